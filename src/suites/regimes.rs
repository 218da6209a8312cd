//! What stays at EL2, beside the accesses that it makes: those are the product's.

use super::{Conclusion, Context, Function};
use crate::machine::calls::{self, Abandoned};
use crate::machine::per_cpu;
use crate::machine::resident;
use crate::support::context::Answer;
use afdbm::fault::ExceptionClass;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[("el2-bug-is-told", bug)];

/// A fault of the resident part itself is handed to EL1, with its syndrome, and ends the work that has called it.
fn bug(context: &mut Context<'_>) -> Conclusion {
    // Of whatever was handed before.
    let _ = resident::take_handed();
    let ended = calls::guarded(resident::break_on_purpose);
    let (report, handed) = (per_cpu::this_cpu().unexpected.take(), resident::take_handed());
    let Some(report) = report else { return Answer::fail("no exception was told") };
    context.say(format_args!("told: {report}"));
    if ended != Err(Abandoned) || handed.is_none() || !report.is_of_el2() {
        return Answer::fail(format_args!("{ended:?}, handed by EL2: {handed:?}, told: {report}"));
    }
    match report.fault.syndrome.class() {
        ExceptionClass::Breakpoint => Ok(Answer::PASS),
        class => Answer::fail(format_args!("{class:?}, a BRK expected")),
    }
}
