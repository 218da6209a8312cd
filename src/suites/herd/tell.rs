//! The account of a test: herd's histogram, then what the model makes of it.

use super::{Conclusion, Context};
use crate::support::context::Answer;
use alloc::format;
use core::time::Duration;
use litmus::module::Entry;
use litmus::verdict::{Histogram, Model};
use litmus::{FinalState, Test};

/// States of each kind that are shown.
const SHOWN: usize = 8;

/// Tells what was seen, and judges it.
pub fn tell(
    context: &mut Context<'_>,
    entry: &Entry<'_>,
    test: &Test,
    model: &Model,
    histogram: &Histogram<'_>,
    spent: Duration,
) -> Conclusion {
    context.say(format_args!("{}", entry.path));
    histogram.tell(&mut |line| context.say(line));
    let observation = histogram.observation();
    let outcomes = observation.positive + observation.negative;
    let milliseconds = spent.as_millis();
    let rate = u128::from(outcomes) * 1000 / milliseconds.max(1);
    context.say(format_args!("{outcomes} outcomes in {milliseconds} ms, {rate} a second"));
    if *model == Model::Unknown {
        return Answer::skip("nothing says which states are allowed; see the histogram");
    }
    context.say(format_args!("allowed states: {}", entry.source));
    if let (Some((seen, all)), Model::States(states)) = (histogram.coverage(), model) {
        context.say(format_args!("seen {seen} of {all} allowed states"));
        let missed = states.iter().filter(|state| histogram.seen().iter().all(|seen| seen.state != **state));
        for state in missed.take(SHOWN) {
            context.say(format_args!("allowed, not seen: {}", state.shown(test)));
        }
    }
    let forbidden = histogram.forbidden().count();
    if forbidden == 0 {
        return Ok(Answer::PASS);
    }
    for seen in histogram.forbidden().take(SHOWN) {
        context.say(format_args!("not allowed, seen {} times: {}", seen.count, seen.state.shown(test)));
    }
    if entry.waiver.is_empty() {
        return Answer::fail(format_args!(
            "{forbidden} states that the model forbids, at seed {:#x}",
            context.seed
        ));
    }
    Ok(Answer {
        reason: Some(format!("{forbidden} states that the model forbids do not count: {}", entry.waiver)),
        ..Answer::PASS
    })
}

/// Tells which schedule of a sweep was the first to show each state: `--sweep 1` with its seed shows it again.
pub fn first_seen(context: &mut Context<'_>, test: &Test, first_seen: &[(FinalState, u64)]) {
    for (state, seed) in first_seen.iter().take(SHOWN) {
        context.say(format_args!("first at --seed {seed:#x}: {}", state.shown(test)));
    }
}
