//! Two and more CPUs on one descriptor: operations of the family against hardware, and against each other.
//!
//! Every interleaving of the reference (I1 to I24) that a machine can show. First with the window open: between
//! two steps of the operation CPU 0 waits until the other CPU has made its access, so that a wrong version is
//! convicted in every round. Then closed, at full speed, with as many CPUs as there are. I1, I2, I6 and I19 need one
//! CPU and are in `set-access-flags`; I21 is row D16.

mod agent;
mod closed;
mod crowd;
mod grant;
mod group;
mod stale;
mod table;
mod trace;
mod window;

pub use table::SUITE;

use super::{Conclusion, Context};
use crate::support::context::Answer;
use crate::support::race::interleaving::Interleaving;
use afdbm::operations::{Invariant, Step};
use alloc::string::String;

/// Returns the reason to skip the race on this machine, if any.
fn lacks(context: &Context<'_>, race: &Interleaving) -> Option<String> {
    let hardware = race.other.is_hardware().then(|| context.lacks_management(2)).flatten();
    hardware.or_else(|| context.lacks_cpus(2))
}

/// Says how each window went.
fn tell_windows(context: &mut Context<'_>, opened: &window::Opened, race: &Interleaving) {
    context.say(format_args!("open: {race}"));
    for window::Scored { step, rounds, broken } in &opened.windows {
        context.say(format_args!("window before {step}: {rounds} rounds, {broken} break an invariant"));
    }
}

/// Has what is to be right stand the race, with the window open and closed.
fn acquit(context: &mut Context<'_>, race: &Interleaving) -> Conclusion {
    if let Some(reason) = lacks(context, race) {
        return Answer::skip(reason);
    }
    let opened = window::run(context, race, None)?;
    tell_windows(context, &opened, race);
    if !opened.findings.is_empty() {
        opened.trace.tell(context);
        return opened.findings.acquit(context, race);
    }
    let raced = closed::run(context, race)?;
    raced.tell(context, race);
    raced.findings.acquit(context, race)
}

/// The same with the window open alone, and only before steps of one kind.
fn acquit_in(context: &mut Context<'_>, race: &Interleaving, only: Step) -> Conclusion {
    if let Some(reason) = lacks(context, race) {
        return Answer::skip(reason);
    }
    let opened = window::run(context, race, Some(only))?;
    tell_windows(context, &opened, race);
    if !opened.findings.is_empty() {
        opened.trace.tell(context);
    }
    opened.findings.acquit(context, race)
}

/// Has what is known to be wrong convicted: with some window open in every round, and of just this. How often it
/// goes wrong at full speed is told, and decides nothing.
fn convict(context: &mut Context<'_>, race: &Interleaving, expected: &[Invariant]) -> Conclusion {
    if let Some(reason) = lacks(context, race) {
        return Answer::skip(reason);
    }
    let answer = convict_in(context, race, None, expected)?;
    closed::run(context, race)?.tell(context, race);
    Ok(answer)
}

/// The same with the window open alone, before steps of one kind only if one is given.
fn convict_in(
    context: &mut Context<'_>,
    race: &Interleaving,
    only: Option<Step>,
    expected: &[Invariant],
) -> Conclusion {
    if let Some(reason) = lacks(context, race) {
        return Answer::skip(reason);
    }
    let opened = window::run(context, race, only)?;
    tell_windows(context, &opened, race);
    opened.trace.tell(context);
    if !window::convicts_every_time(&opened.windows) {
        opened.findings.tell(context);
        return Answer::fail(format_args!("{race}: no window convicts it in every round"));
    }
    opened.findings.convict(context, race, expected)
}
