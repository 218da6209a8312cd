//! The failure that this project comes from, step by step: write, age, read, write.

use crate::{Case, Needs, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "seed",
    about: "the page-fault loop of June 2016: write, age, read, write at EL0",
    hidden: false,
    cases: &[
        Case::function(
            "seed-sequence-ends-with-v4",
            "with HA=HD=0 and v4, a write, aging, a read and a write take two faults each at most",
        )
        .showing(&["I1"]),
        Case::function(
            "seed-sequence-loops-with-v1",
            "with HA=HD=0 and v1, the write after the read of an aged page faults for ever",
        )
        .showing(&["I1"]),
        Case::function(
            "seed-sequence-with-v4-under-hardware",
            "with HA=HD=1 and v4, a write, aging, a read and a write take no fault",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "seed-loop-masked-by-hardware",
            "with HA=HD=1 the fault loop of v1 does not show, since hardware clears RO",
        )
        .needing(Needs::DIRTY_STATE),
    ],
};
