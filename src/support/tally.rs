//! How often each outcome of a case was seen, as the log says it.

use super::context::Answer;
use super::{Conclusion, Context};

/// Prints a histogram, and fails where anything forbidden was seen.
pub fn tell(
    context: &mut Context<'_>,
    permitted: &[(&str, usize)],
    (forbidden, count): (&str, usize),
    rule: &str,
) -> Conclusion {
    for (name, count) in permitted {
        context.say(format_args!("histogram: {count} {name}"));
    }
    context.say(format_args!("histogram: {count} {forbidden} (forbidden)"));
    match count {
        0 => Ok(Answer::PASS),
        _ => Answer::fail(format_args!("{count} {forbidden}: {rule}")),
    }
}
