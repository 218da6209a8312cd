//! One set_access_flags that nobody disturbs, in instructions.
//!
//! The routine is compiled as a function of its own: cell, entry and kind of fault go in, whether an invalidation
//! is owed comes out. What a function costs that does nothing is taken off, so that call, frame and return do not
//! count.

use crate::machine::instructions::InstructionCounter;
use crate::machine::layout;
use crate::suites::{Conclusion, Context};
use crate::support::context::Answer;
use afdbm::address::VirtualAddress;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::operations::{LockFree, Place, V4, Variant};
use cases::states::WRITABLE_CLEAN;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use history::{V0, V1, V2, V3, V4m};

/// What the contract of v4 requires where something is to be changed, in as few instructions as it takes by hand:
/// load the descriptor (1), mask the entry (4), join it with memory (2), compare and branch (2), keep what was found
/// (1), exchange (5 with LDXR and STXR, 3 with CAS), tell whether write was granted (4) and return that (1).
const CONTRACT: u64 = if cfg!(target_feature = "lse") { 18 } else { 20 };

/// How often each is counted. The least counts: an exclusive store may fail for no reason, and is made again
/// (row E03).
const RUNS: u32 = 8;

const PLACE: Place =
    Place { address: VirtualAddress(0x1000), asid: None, level: Level::L3, translation: layout::CASE };

type Routine = fn(&AtomicU64, Descriptor, bool) -> bool;

fn nothing(_: &AtomicU64, _: Descriptor, _: bool) -> bool {
    false
}

fn routine<V: Variant>(cell: &AtomicU64, entry: Descriptor, write: bool) -> bool {
    V::set_access_flags(cell, entry, write, PLACE).owed.is_owed()
}

/// A version, by name, with the way that its caller builds an entry.
struct Measured {
    name: &'static str,
    routine: Routine,
    build: fn(Descriptor, bool) -> Descriptor,
}

const fn measured<V: Variant>() -> Measured {
    Measured {
        name: V::NAME,
        routine: routine::<V>,
        build: |snapshot, write| V::build_entry(PLACE.stage(), snapshot, write),
    }
}

const ALL: [Measured; 7] = [
    measured::<V0>(),
    measured::<V1>(),
    measured::<V2>(),
    measured::<V3>(),
    measured::<V4>(),
    measured::<V4m>(),
    measured::<LockFree>(),
];

/// Counts every version, and compares today's with what its contract requires.
pub fn count(context: &mut Context<'_>) -> Conclusion {
    let counts = match InstructionCounter::start() {
        Ok(counter) => ALL.map(|one| (one.name, of_version(&counter, &one))),
        Err(reason) => return Answer::skip(format_args!("{reason}; --replay has a counter of instructions")),
    };
    let atomics = if cfg!(target_feature = "lse") { "lse" } else { "llsc" };
    let mut longest = 0;
    for (name, count) in counts {
        let Some([read, write, idle]) = count else {
            return Answer::skip("the counter counts less for a routine than for none");
        };
        context.say(format_args!(
            "{name}, {atomics}: {read} instructions for a read of an old page, {write} for a write to a clean one, \
             {idle} where nothing is to be done"
        ));
        if name == V4::NAME {
            longest = read.max(write);
        }
    }
    context.say(format_args!("the contract of v4 requires {CONTRACT}, {atomics}"));
    if longest <= CONTRACT {
        return Ok(Answer::PASS);
    }
    Answer::fail(format_args!("v4 takes {longest} instructions, its contract requires {CONTRACT}"))
}

/// Counts a read fault on an old page, a write fault on a clean one, and a fault that finds all done; `None` where the
/// counter counts less for a routine than for none.
fn of_version(counter: &InstructionCounter, version: &Measured) -> Option<[u64; 3]> {
    let clean = Descriptor(WRITABLE_CLEAN.flags.0);
    let old = clean.without(Descriptor::AF);
    let mut counts = [0; 3];
    let faults = [(old, old, false), (clean, clean, true), (clean, old, false)];
    for (count, (memory, snapshot, write)) in counts.iter_mut().zip(faults) {
        let cell = AtomicU64::new(memory.0);
        let entry = (version.build)(snapshot, write);
        let least = |routine: Routine| {
            let run = || {
                cell.store(memory.0, Relaxed);
                counter.count(routine, &cell, entry, write).0
            };
            (0..RUNS).map(|_| run()).min().unwrap_or(0)
        };
        let (all, empty) = (least(version.routine), least(nothing));
        // The result of the function that does nothing is an instruction, too.
        *count = (all + 1).checked_sub(empty)?;
    }
    Some(counts)
}
