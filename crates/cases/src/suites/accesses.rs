//! The accesses that the product leaves out, against the oracle.

use crate::{Case, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "accesses",
    about: "every other instruction through pairs of leaf states and controls, against the oracle",
    hidden: false,
    cases: &[
        Case::function("loads", "every load of a general-purpose register does what the oracle says")
            .showing(&["B01", "B07", "B09", "D06"]),
        Case::function("stores", "every store of a general-purpose register does what the oracle says")
            .showing(&["B03", "B04", "D01", "D02", "D11"]),
        Case::function(
            "pairs",
            "every load and store of a pair of general-purpose registers does what the oracle says",
        )
        .showing(&["B07", "D01"]),
        Case::function(
            "vectors",
            "every load and store of SIMD and floating-point registers does what the oracle says",
        )
        .showing(&["B07", "D01"]),
        Case::function(
            "scalable-vectors",
            "every load and store of SVE, with elements active or none, does what the oracle says",
        )
        .showing(&["B44", "B45", "B07", "D01"]),
        Case::function("memory-operations", "SET and CPY of no bytes do what the oracle says")
            .showing(&["B44"]),
        Case::function("acquire-release", "every load-acquire and store-release does what the oracle says")
            .showing(&["B07", "B26", "D01"]),
        Case::function("exclusives", "every exclusive and pair of exclusives does what the oracle says")
            .showing(&["B08", "B11", "D18", "D19", "D20"]),
        Case::function("atomics-byte", "every atomic on a byte does what the oracle says")
            .showing(&["B08", "B22", "D15"]),
        Case::function("atomics-halfword", "every atomic on a halfword does what the oracle says")
            .showing(&["B08", "B22", "D15"]),
        Case::function("atomics-word", "every atomic on a word does what the oracle says")
            .showing(&["B08", "B22", "D15"]),
        Case::function("atomics-doubleword", "every atomic on a doubleword does what the oracle says")
            .showing(&["B08", "B22", "D15"]),
        Case::function("atomics-quadword", "every atomic on two doublewords does what the oracle says")
            .showing(&["B08", "B22", "D15"]),
        Case::function("compare-and-swap", "every CAS and CASP, matching or not does what the oracle says")
            .showing(&["B10", "D15", "D16", "D17", "D21"]),
        Case::function("tags", "every store and load of Allocation Tags does what the oracle says")
            .showing(&["D45"]),
        Case::function("prefetches", "every kind of PRFM does what the oracle says").showing(&["B37", "D27"]),
        Case::function("maintenance", "every other DC by address does what the oracle says")
            .showing(&["B38", "B39", "D26"]),
        Case::function("translations", "AT S1E1A does what the oracle says").showing(&["B40", "B41", "D31"]),
    ],
};
