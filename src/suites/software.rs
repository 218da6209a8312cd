//! Software management: the fault handler with today's routine, and a handler that does not do its work.

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::caches;
use crate::machine::controls::{Controls, Management};
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::probe::{Ending, ExceptionLevel, FETCHED_CODE, Probe, Stub};
use crate::support::context::Answer;
use crate::support::handler::{Chosen, Handler, Resolve, With};
use afdbm::descriptor::{Descriptor, Difference, Level};
use afdbm::fault::FaultStatus;
use afdbm::operations::{Change, Closed, Place, Slot, Step, V4, Variant};
use afdbm::stage::Stage;
use cases::states::Flags;
use core::sync::atomic::Ordering::Relaxed;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("load-of-old-resolved-in-one-fault", load),
    ("store-to-old-resolved-in-one-fault", store),
    ("fetch-of-old-resolved-in-one-fault", fetch),
    ("store-to-clean-resolved-in-one-fault", clean),
    ("store-with-access-flag-management", partial),
    ("idle-handler-convicted-of-loop", idle),
    ("half-handler-convicted-of-loop", half),
    ("unresolvable-fault-is-refused", refused),
];

/// Where the leaf under test stands, at any level.
/// What a store stores.
const VALUE: u64 = 0x5a5a;
const OLD_CLEAN: Flags = Flags::CLEAN.user().old();

/// One access that the handler is to resolve.
struct Trial {
    stub: Stub,
    management: Management,
    from: Flags,
    /// The descriptor that the handler is to leave, from the one before.
    expected: fn(Descriptor) -> Descriptor,
}

fn load(context: &mut Context<'_>) -> Conclusion {
    let expected = |before: Descriptor| before.with(Descriptor::AF);
    try_all(context, &Trial { stub: Stub::Load, management: Management::NONE, from: OLD_CLEAN, expected })
}

/// A write's record: AF and D set, RO clear.
fn written(before: Descriptor) -> Descriptor {
    Stage::One.with_dirty(before.with(Descriptor::AF | Descriptor::SOFTWARE_DIRTY))
}

fn store(context: &mut Context<'_>) -> Conclusion {
    let expected = written;
    try_all(context, &Trial { stub: Stub::Store, management: Management::NONE, from: OLD_CLEAN, expected })
}

fn clean(context: &mut Context<'_>) -> Conclusion {
    let from = Flags::CLEAN.user();
    try_all(context, &Trial { stub: Stub::Store, management: Management::NONE, from, expected: written })
}

fn fetch(context: &mut Context<'_>) -> Conclusion {
    let expected = |before: Descriptor| before.with(Descriptor::AF);
    // EL1 executes no page that EL0 may write, so each level has a read-only page to fetch from.
    let from = Flags::READ_ONLY.user().executable().old();
    try_all(context, &Trial { stub: Stub::Fetch, management: Management::NONE, from, expected })
}

fn partial(context: &mut Context<'_>) -> Conclusion {
    let management = Management::ACCESS_FLAG;
    try_all(context, &Trial { stub: Stub::Store, management, from: OLD_CLEAN, expected: written })
}

/// Makes the trial at EL0 and EL1, on a page and on blocks of levels 2 and 1 where all of a block is memory.
fn try_all(context: &mut Context<'_>, trial: &Trial) -> Conclusion {
    for level in [Level::L3, Level::L2, Level::L1] {
        for from in [ExceptionLevel::El0, ExceptionLevel::El1] {
            let space = context.space()?;
            if !CaseSpace::may_map(level, space.frame()?) {
                continue;
            }
            let leaf = prepare(&space, level, trial)?;
            let before = leaf.descriptor();
            let handler = Handler::new(&space, Chosen::new(context.ours(), Closed));
            let seen = {
                let _controls = Controls::apply(&space.settings(trial.management));
                Probe::new(trial.stub, leaf.address).at(from).storing(VALUE).resolved_by(&handler).run()
            };
            let (after, expected) = (leaf.descriptor(), (trial.expected)(before));
            let stored = trial.stub != Stub::Store || leaf.word(0).load(Relaxed) == VALUE;
            // Where nothing is owed no DSB comes before the retry, whose walk may not see the change yet (Arm ARM R_WZCBG):
            // it faults again, and the handler finds nothing to change.
            let repeats = trial.stub != Stub::Store;
            let is_once = handler.changes() == 1 && (seen.faults == 1 || repeats);
            if seen.ending == Ending::Returned && is_once && after == expected && stored {
                continue;
            }
            context.say(format_args!("{} at {from}, leaf of {level:?}, {}", trial.stub, trial.management));
            context.say(format_args!("descriptor before {before}, expected {expected}, after {after}"));
            context.say(format_args!("differs: {}", Difference { from: expected, to: after }));
            handler.tell(&mut |line| context.say(line));
            return Answer::fail(format_args!(
                "{} after {} faults and {} changes of the descriptor, 1 expected; data stored: {stored}",
                seen.ending,
                seen.faults,
                handler.changes()
            ));
        }
    }
    Ok(Answer::PASS)
}

fn prepare<'a>(space: &'a CaseSpace, level: Level, trial: &Trial) -> Result<CasePage<'a>, Trouble> {
    let leaf = space.map(ADDRESS, level, space.frame()?, trial.from.0)?;
    leaf.set(leaf.with_flags(trial.from.0));
    if trial.stub == Stub::Fetch {
        leaf.word(0).store(FETCHED_CODE, Relaxed);
        caches::publish_code(leaf.word(0));
    }
    Ok(leaf)
}

/// A routine that finds every descriptor as it should be.
struct Idle;

impl Variant for Idle {
    const NAME: &'static str = "idle";
    const ORIGIN: &'static str = "made up: a negative control";

    fn build_entry(_stage: Stage, snapshot: Descriptor, _write: bool) -> Descriptor {
        snapshot
    }

    fn set_access_flags<S: Slot + ?Sized>(slot: &S, _: Descriptor, _: bool, place: Place) -> Change {
        Change::unchanged(slot.load(Relaxed, Step::Load), place)
    }
}

/// A routine that sets the Access flag and forgets the write.
struct Half;

impl Variant for Half {
    const NAME: &'static str = "half";
    const ORIGIN: &'static str = "made up: a negative control";

    fn build_entry(_stage: Stage, snapshot: Descriptor, _write: bool) -> Descriptor {
        snapshot.with(Descriptor::AF)
    }

    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, _: bool, place: Place) -> Change {
        V4::set_access_flags(slot, entry, false, place)
    }
}

fn idle(context: &mut Context<'_>) -> Conclusion {
    convict(context, With::<Idle, _>::new(Closed), Stub::Load)
}

fn half(context: &mut Context<'_>) -> Conclusion {
    convict(context, With::<Half, _>::new(Closed), Stub::Store)
}

/// Has a wrong handler resolve an access; it passes if the cap convicts it of a fault loop.
fn convict(context: &mut Context<'_>, wrong: impl Resolve, stub: Stub) -> Conclusion {
    let space = context.space()?;
    let leaf = space.map(ADDRESS, Level::L3, space.frame()?, OLD_CLEAN.0)?;
    leaf.set(leaf.with_flags(OLD_CLEAN.0));
    let handler = Handler::new(&space, wrong);
    let seen = {
        let _controls = Controls::apply(&space.settings(Management::NONE));
        Probe::new(stub, leaf.address).storing(VALUE).resolved_by(&handler).run()
    };
    handler.tell(&mut |line| context.say(line));
    match seen.ending {
        Ending::FaultLoop => Ok(Answer::PASS),
        other => Answer::fail(format_args!("{other} after {} faults, a fault loop expected", seen.faults)),
    }
}

fn refused(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let leaf = space.map(ADDRESS, Level::L3, space.frame()?, Flags::READ_ONLY.user().0)?;
    let before = leaf.with_flags(Flags::READ_ONLY.user().0);
    leaf.set(before);
    let handler = Handler::new(&space, Chosen::new(context.ours(), Closed));
    let seen = {
        let _controls = Controls::apply(&space.settings(Management::NONE));
        Probe::new(Stub::Store, leaf.address).storing(VALUE).resolved_by(&handler).run()
    };
    let status = seen.fault.map(|fault| fault.syndrome.status());
    let right = seen.ending == Ending::Fault
        && seen.faults == 1
        && status == Some(FaultStatus::Permission(Level::L3))
        && leaf.descriptor() == before;
    if right {
        return Ok(Answer::PASS);
    }
    handler.tell(&mut |line| context.say(line));
    Answer::fail(format_args!("{} after {} faults: {status:?}", seen.ending, seen.faults))
}
