//! Schedules by number: the seed chooses, at every step of both CPUs, how often a CPU lets the other one go first.

use super::racing::{LOCK_FREE, against_each_other, against_remove, read_fault};
use crate::race::Version::{Ours, This};
use crate::{
    Case,
    Expected::{Acquitted, Convicted},
    Suite,
};
use afdbm::operations::Invariant;
use history::Selection;

pub(super) const SUITE: Suite = Suite {
    name: "sweep",
    about: "one schedule a seed: the distinct outcomes of a race, with --replay the same each time",
    hidden: false,
    cases: &[
        Case::schedules(
            "sweep-ours-against-store",
            "v4 keeps a store against a read fault in every schedule",
            read_fault(Ours),
            Acquitted,
        )
        .showing(&["I3"]),
        Case::schedules(
            "sweep-ours-against-write-fault",
            "v4 joins a read fault and a write fault in every schedule",
            against_each_other(Ours),
            Acquitted,
        )
        .showing(&["I23"]),
        Case::schedules(
            "sweep-lock-free-against-removal",
            "the lock-free routine leaves a removed descriptor removed in every schedule",
            against_remove(LOCK_FREE),
            Acquitted,
        )
        .showing(&["I9"]),
        Case::schedules(
            "sweep-v0-against-store",
            "v0 loses the dirty state of a store in some schedules",
            read_fault(This(Selection::V0)),
            Convicted(&[Invariant::NoLostDirty, Invariant::Monotone]),
        )
        .showing(&["I3"]),
        Case::schedules(
            "sweep-v4-against-removal",
            "v4 without its lock brings a removed descriptor back in some schedules",
            against_remove(This(Selection::V4)),
            Convicted(&[Invariant::InvalidStays]),
        )
        .showing(&["I9"]),
    ],
};
