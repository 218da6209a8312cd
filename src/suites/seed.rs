//! The failure that this project comes from, step by step: write, age, read, write.
//!
//! In June 2016 commit 66dbd6e61a52 made Linux's set_access_flags atomic and took the wrong RO: after a read of an aged page
//! the entry asked for equals what is in memory, though the next write cannot pass. At HA=HD=0 that write
//! faults for ever; with HD=1 the hardware clears RO again and hides it.

use super::{Conclusion, Context, Function};
use crate::machine::controls::{Controls, Management};
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace, discharge};
use crate::probe::{Ending, ExceptionLevel, FAULT_CAP, Probe, Stub};
use crate::support::context::Answer;
use crate::support::handler::{Chosen, Handler};
use afdbm::descriptor::{Descriptor, Level};
use afdbm::operations::{Closed, test_and_clear_young};
use afdbm::stage::Stage;
use cases::states::Flags;
use history::Selection;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("seed-sequence-ends-with-v4", v4),
    ("seed-sequence-loops-with-v1", v1),
    ("seed-sequence-with-v4-under-hardware", v4_managed),
    ("seed-loop-masked-by-hardware", v1_managed),
];

/// How the sequence went.
struct Told {
    /// The step that looped, if one did.
    looped: Option<&'static str>,
    /// A step that ended in another wrong way.
    broken: Option<&'static str>,
    /// The most faults of one step, and the most changes of the descriptor by the fault handler.
    most: u32,
    changes: u32,
}

fn v4(context: &mut Context<'_>) -> Conclusion {
    let ours = context.ours();
    let told = sequence(context, ours, Management::NONE)?;
    match told {
        // A fault that finds nothing to change is permitted after one for the Access flag, up to the cap of all suites.
        Told { looped: None, broken: None, changes: ..=2, .. } => Ok(Answer::PASS),
        Told { looped, broken, most, changes } => Answer::fail(format_args!(
            "looped at {looped:?}, broken at {broken:?}, {most} faults and {changes} changes in one step"
        )),
    }
}

fn v1(context: &mut Context<'_>) -> Conclusion {
    let told = sequence(context, Selection::V1, Management::NONE)?;
    match told.looped {
        Some("write again") => {
            context.say(format_args!(
                "v1 ({}) is convicted: the entry asked for equals memory, so nothing is changed, and the write \
                 faults again and again ({FAULT_CAP} times, the cap)",
                Selection::V1.origin()
            ));
            Ok(Answer::PASS)
        }
        looped => Answer::fail(format_args!("no fault loop in the last write: looped at {looped:?}")),
    }
}

fn v4_managed(context: &mut Context<'_>) -> Conclusion {
    let ours = context.ours();
    let told = sequence(context, ours, Management::FULL)?;
    match told {
        Told { looped: None, broken: None, most: 0, .. } => Ok(Answer::PASS),
        Told { looped, broken, most, .. } => Answer::fail(format_args!(
            "looped at {looped:?}, broken at {broken:?}, {most} faults in one step, 0 expected"
        )),
    }
}

fn v1_managed(context: &mut Context<'_>) -> Conclusion {
    let told = sequence(context, Selection::V1, Management::FULL)?;
    match told {
        Told { looped: None, broken: None, .. } => {
            context
                .say(format_args!("masked: with HA=1 the read sets AF itself, and v1 is not called at all"));
            survive_what_v1_leaves(context)
        }
        Told { looped, broken, .. } => {
            Answer::fail(format_args!("not masked: looped at {looped:?}, broken at {broken:?}"))
        }
    }
}

/// Shows the other half of the mask: with HD=1 a write passes through the descriptor that v1 leaves.
fn survive_what_v1_leaves(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, Flags::CLEAN.user().0)?;
    let left = page.with_flags(Flags::CLEAN.user().0 | Descriptor::SOFTWARE_DIRTY);
    page.set(left);
    let seen = {
        let settings = space.settings(Management::FULL);
        let _controls = Controls::apply(&settings);
        Probe::new(Stub::Store, page.address).at(ExceptionLevel::El0).storing(1).run()
    };
    let after = page.descriptor();
    context.say(format_args!(
        "masked: what v1 leaves, {left}, is {after} after a write with HD=1, {}",
        seen.ending
    ));
    if seen.ending == Ending::Returned && after == Stage::One.with_dirty(left) {
        context.say(format_args!("this is why the failure came with CPUs that manage neither"));
        Ok(Answer::PASS)
    } else {
        Answer::fail(format_args!("a write to what v1 leaves: {} at HA=HD=1", seen.ending))
    }
}

/// Runs the sequence with the pair of a variant, and logs the descriptor after each step.
fn sequence(
    context: &mut Context<'_>,
    selection: Selection,
    management: Management,
) -> Result<Told, super::Trouble> {
    let space = context.space()?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, Flags::CLEAN.user().0)?;
    page.set(page.with_flags(Flags::CLEAN.user().0));
    let handler = Handler::new(&space, Chosen::new(selection, Closed));
    let mut told = Told { looped: None, broken: None, most: 0, changes: 0 };
    context.say(format_args!("{selection} ({}), {management}", selection.origin()));
    context.say(format_args!("start:       {}", page.descriptor()));
    for (name, step) in [
        ("write", Some(Stub::Store)),
        ("age", None),
        ("read", Some(Stub::Load)),
        ("write again", Some(Stub::Store)),
    ] {
        handler.clear();
        let Some(stub) = step else {
            let (_, owed) = test_and_clear_young(page.cell, place(&space, &page)?);
            // An aged page is to be walked again: the old entry would hide the next access.
            discharge(owed.widen(afdbm::operations::Scope::AllCpus));
            context.say(format_args!("{name:11}: {}", page.descriptor()));
            continue;
        };
        let seen = {
            let settings = space.settings(management);
            let _controls = Controls::apply(&settings);
            Probe::new(stub, page.address).at(ExceptionLevel::El0).storing(1).resolved_by(&handler).run()
        };
        context.say(format_args!("{name:11}: {} after {} fault(s)", page.descriptor(), seen.faults));
        handler.tell(&mut |line| context.say(line));
        told.most = told.most.max(seen.faults);
        told.changes = told.changes.max(handler.changes());
        match seen.ending {
            Ending::Returned => {}
            Ending::FaultLoop => {
                told.looped = Some(name);
                break;
            }
            Ending::Fault | Ending::TimedOut => {
                told.broken = Some(name);
                break;
            }
        }
    }
    if told.looped.is_none() && told.broken.is_none() && !is_dirty(&page) {
        told.broken = Some("the end: the page is not dirty");
    }
    Ok(told)
}

fn is_dirty(page: &CasePage<'_>) -> bool {
    Descriptor::is_dirty(page.descriptor())
}

fn place(space: &CaseSpace, page: &CasePage<'_>) -> Result<afdbm::operations::Place, super::Trouble> {
    Ok(space.tables().leaf(page.address)?.place)
}
