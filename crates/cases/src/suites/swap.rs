//! Swapping under memory pressure: versions against machines, and the report's workload.
//!
//! A loop takes a read fault that v1's routine answers: an Access flag fault on a CPU with HA=0, or a second thread's
//! fault that finds the page mapped, and then a write on a CPU with HD=0. A lost write takes a CPU with HD=1 whose
//! record the routine overwrites; with HA=1 on all CPUs only the second thread's fault gets there.

use crate::swapping::{CpuManagement as Cpus, SwapVerdict};
use crate::{Case, Needs, Suite};
use core::time::Duration;
use history::Selection;

/// The report's size takes a minute or two on a slow host.
const LONG: Duration = Duration::from_secs(1800);

pub(super) const SUITE: Suite = Suite {
    name: "swap",
    about: "swapping under memory pressure: versions against machines, and the report's workload",
    hidden: false,
    cases: &[
        Case::swapping(
            "v0-survives-without-management",
            "v0 swaps without fault loop or lost write at HA=HD=0",
            (Selection::V0, Cpus::None),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "v0-survives-access-flag-management",
            "v0 swaps without fault loop or lost write at HA=1 and HD=0",
            (Selection::V0, Cpus::AccessFlag),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "v0-loses-writes-under-management",
            "v0 loses writes when it swaps at HA=HD=1",
            (Selection::V0, Cpus::Full),
            SwapVerdict::LOSES,
        ),
        Case::swapping(
            "v0-loses-writes-on-unlike-cpus",
            "v0 loses writes when it swaps on CPUs with unlike HA and HD",
            (Selection::V0, Cpus::Mixed),
            SwapVerdict::LOSES,
        ),
        Case::swapping(
            "v1-loops-without-management",
            "v1 runs into a fault loop when it swaps at HA=HD=0",
            (Selection::V1, Cpus::None),
            SwapVerdict::LOOPS,
        ),
        Case::swapping(
            "v1-loops-under-access-flag-management",
            "v1 runs into a fault loop when it swaps at HA=1 and HD=0",
            (Selection::V1, Cpus::AccessFlag),
            SwapVerdict::LOOPS,
        ),
        Case::swapping(
            "v1-loses-writes-under-management",
            "v1 loses writes when it swaps at HA=HD=1",
            (Selection::V1, Cpus::Full),
            SwapVerdict::LOSES,
        ),
        Case::swapping(
            "v1-loops-and-loses-on-unlike-cpus",
            "v1 runs into a fault loop and loses writes when it swaps on CPUs with unlike HA and HD",
            (Selection::V1, Cpus::Mixed),
            SwapVerdict::BOTH,
        ),
        Case::swapping(
            "v2-survives-without-management",
            "v2 swaps without fault loop or lost write at HA=HD=0",
            (Selection::V2, Cpus::None),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "v2-survives-access-flag-management",
            "v2 swaps without fault loop or lost write at HA=1 and HD=0",
            (Selection::V2, Cpus::AccessFlag),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "v2-loses-writes-under-management",
            "v2 loses writes when it swaps at HA=HD=1",
            (Selection::V2, Cpus::Full),
            SwapVerdict::LOSES,
        ),
        Case::swapping(
            "v2-loses-writes-on-unlike-cpus",
            "v2 loses writes when it swaps on CPUs with unlike HA and HD",
            (Selection::V2, Cpus::Mixed),
            SwapVerdict::LOSES,
        ),
        Case::swapping(
            "v4-survives-without-management",
            "v4 swaps without fault loop or lost write at HA=HD=0",
            (Selection::V4, Cpus::None),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "v4-survives-access-flag-management",
            "v4 swaps without fault loop or lost write at HA=1 and HD=0",
            (Selection::V4, Cpus::AccessFlag),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "v4-survives-under-management",
            "v4 swaps without fault loop or lost write at HA=HD=1",
            (Selection::V4, Cpus::Full),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "v4-survives-unlike-cpus",
            "v4 swaps without fault loop or lost write on CPUs with unlike HA and HD",
            (Selection::V4, Cpus::Mixed),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "lock-free-survives-without-management",
            "the lock-free routine swaps without fault loop or lost write at HA=HD=0",
            (Selection::LockFree, Cpus::None),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "lock-free-survives-access-flag-management",
            "the lock-free routine swaps without fault loop or lost write at HA=1 and HD=0",
            (Selection::LockFree, Cpus::AccessFlag),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "lock-free-survives-under-management",
            "the lock-free routine swaps without fault loop or lost write at HA=HD=1",
            (Selection::LockFree, Cpus::Full),
            SwapVerdict::CLEAN,
        ),
        Case::swapping(
            "lock-free-survives-unlike-cpus",
            "the lock-free routine swaps without fault loop or lost write on CPUs with unlike HA and HD",
            (Selection::LockFree, Cpus::Mixed),
            SwapVerdict::CLEAN,
        ),
        Case::function("table-of-verdicts", "a table shows what each version came to on each machine"),
        Case::function(
            "streamed-buffer-survives",
            "a buffer that one thread streams and others use survives swapping",
        )
        .within(LONG),
        Case::function("random-accesses-survive", "random reads and writes of every thread survive swapping")
            .within(LONG),
        Case::function("hardware-spares-faults", "swapping at HA=HD=1 takes fewer faults than at HA=HD=0")
            .needing(Needs::DIRTY_STATE)
            .within(LONG),
    ],
};
