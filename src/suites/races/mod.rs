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
mod trace;
mod window;

use super::{Conclusion, Context, Function, Trouble};
use crate::support::context::Answer;
use afdbm::operations::{Invariant, Step};
use alloc::format;
use cases::Expected;
use cases::race::Race;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("i11-cleaned-page-dirties-again", stale::clean_with_invalidation),
    ("i11-clean-without-tlbi-convicted", stale::clean_without_invalidation),
    ("i14-nothing-after-removal", stale::remove_with_invalidation),
    ("i14-removal-without-tlbi-convicted", stale::remove_without_invalidation),
    ("i15-old-page-invalidated", stale::remove_old_with_invalidation),
    ("i15-old-skips-tlbi-convicted", stale::remove_old_without_invalidation),
    ("i16-stale-read-only-entry", grant::grant_with_local_invalidation),
    ("i16-forgetful-handler-convicted", grant::grant_with_forgetful_handler),
    ("i17-sibling-dirtied-meanwhile", group::fault_with_ours),
    ("i17-c0-convicted", group::fault_with_c0),
    ("i18-conversion-keeps-store", group::convert_with_break),
    ("i18-unfold-by-store-convicted", group::convert_by_store),
    ("i20-access-flag-reappears", grant::access_flag_reappears),
    ("i22-toggled-management", grant::toggle),
    ("crowd-of-unlike-agents", crowd::with_ours),
    ("crowd-without-lock", crowd::with_lock_free),
];

/// Carries out a race.
pub fn carry_out(
    context: &mut Context<'_>,
    race: &Race,
    before: Option<Step>,
    expected: Expected,
) -> Conclusion {
    let race = race.with(context.options.variant);
    match expected {
        Expected::Acquitted => acquit(context, &race, before),
        Expected::Convicted(broken) => convict(context, &race, before, broken),
    }
}

/// What is wrong with a race that nothing came into: to acquit by it would be to acquit of nothing.
fn no_window(race: &Race) -> Trouble {
    Trouble::Other(format!("{race}: the operation has no step with a window before it"))
}

/// Says how each window went.
fn tell_windows(context: &mut Context<'_>, opened: &window::Opened, race: &Race) {
    context.say(format_args!("open: {race}"));
    for window::Scored { step, rounds, broken } in &opened.windows {
        context.say(format_args!("window before {step}: {rounds} rounds, {broken} break an invariant"));
    }
}

/// Has what is to be right stand the race: with the window open and, unless it opens before steps of one kind only,
/// closed.
fn acquit(context: &mut Context<'_>, race: &Race, before: Option<Step>) -> Conclusion {
    let opened = window::run(context, race, before)?;
    tell_windows(context, &opened, race);
    if opened.windows.is_empty() {
        return Err(no_window(race));
    }
    if !opened.findings.is_empty() {
        opened.trace.tell(context);
        return opened.findings.acquit(context, race);
    }
    if before.is_some() {
        return Ok(Answer::PASS);
    }
    let raced = closed::run(context, race)?;
    raced.tell(context, race);
    raced.findings.acquit(context, race)
}

/// Has what is known to be wrong convicted: with some window open in every round, and of just this. How often it
/// goes wrong at full speed is told, and decides nothing.
fn convict(
    context: &mut Context<'_>,
    race: &Race,
    before: Option<Step>,
    expected: &[Invariant],
) -> Conclusion {
    let opened = window::run(context, race, before)?;
    tell_windows(context, &opened, race);
    opened.trace.tell(context);
    let answer = if window::convicts_every_time(&opened.windows) {
        opened.findings.convict(context, race, expected)?
    } else {
        opened.findings.tell(context);
        Answer::fail(format_args!("{race}: no window convicts it in every round"))?
    };
    if before.is_none() {
        closed::run(context, race)?.tell(context, race);
    }
    Ok(answer)
}
