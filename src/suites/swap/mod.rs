//! Swapping under memory pressure, with any version of set_access_flags: the report's scenario.
//!
//! A small memory manager runs threads at EL0 over fewer frames than they use pages. The table says what each
//! version comes to on each machine, from sequences that leave nothing to chance; the versions that are right then
//! run under pressure too. The other cases run the report's workload at any size.

mod acts;
mod counts;
mod fault;
mod machines;
mod manager;
mod pressure;
mod reclaim;
mod run;
mod stop;
mod store_memory;
mod table;
mod tell;
mod thread;
mod window;

use super::{Case, Suite};
use core::time::Duration;
use table::{cell, verdicts};

/// The report's size takes a minute or two on a slow host.
const LONG: Duration = Duration::from_secs(1800);

/// The suite.
pub const SUITE: Suite = Suite {
    name: "swap",
    about: "swapping under memory pressure: versions against machines, and the report's workload",
    hidden: false,
    cases: &[
        Case::function("v0-survives-without-management", "HA=HD=0: clean", cell::<0, 0>),
        Case::function("v0-survives-access-flag-management", "HA=1 HD=0: clean", cell::<0, 1>),
        Case::function("v0-loses-writes-under-management", "HA=HD=1: lost write", cell::<0, 2>),
        Case::function("v0-loses-writes-on-unlike-cpus", "one CPU of each: lost write", cell::<0, 3>),
        Case::function("v1-loops-without-management", "HA=HD=0: fault loop", cell::<1, 0>),
        Case::function("v1-loops-under-access-flag-management", "HA=1 HD=0: fault loop", cell::<1, 1>),
        Case::function("v1-loses-writes-under-management", "HA=HD=1: lost write, no loop", cell::<1, 2>),
        Case::function("v1-loops-and-loses-on-unlike-cpus", "one CPU of each: both", cell::<1, 3>),
        Case::function("v2-survives-without-management", "HA=HD=0: clean", cell::<2, 0>),
        Case::function("v2-survives-access-flag-management", "HA=1 HD=0: clean", cell::<2, 1>),
        Case::function("v2-loses-writes-under-management", "HA=HD=1: lost write", cell::<2, 2>),
        Case::function("v2-loses-writes-on-unlike-cpus", "one CPU of each: lost write", cell::<2, 3>),
        Case::function("v4-survives-without-management", "HA=HD=0: clean", cell::<3, 0>),
        Case::function("v4-survives-access-flag-management", "HA=1 HD=0: clean", cell::<3, 1>),
        Case::function("v4-survives-under-management", "HA=HD=1: clean", cell::<3, 2>),
        Case::function("v4-survives-unlike-cpus", "one CPU of each: clean", cell::<3, 3>),
        Case::function("lock-free-survives-without-management", "HA=HD=0: clean", cell::<4, 0>),
        Case::function("lock-free-survives-access-flag-management", "HA=1 HD=0: clean", cell::<4, 1>),
        Case::function("lock-free-survives-under-management", "HA=HD=1: clean", cell::<4, 2>),
        Case::function("lock-free-survives-unlike-cpus", "one CPU of each: clean", cell::<4, 3>),
        Case::function("table-of-verdicts", "versions against machines, as they ran", verdicts),
        Case::function(
            "streamed-buffer-survives",
            "one thread streams, the others read and write",
            run::stream,
        )
        .within(LONG),
        Case::function("random-accesses-survive", "every thread reads and writes at random", run::mix)
            .within(LONG),
        Case::function("hardware-spares-faults", "the same work at HA=HD=0 and at HA=HD=1", run::compare)
            .within(LONG),
    ],
};
