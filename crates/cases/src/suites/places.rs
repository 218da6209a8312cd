//! Updates on every CPU, beside every other bit of the leaf, and faults to the byte.

use super::combine::{
    CLEAN, CONTIGUOUS, DIRTY, OLD_CLEAN, READ_ONLY, USER, VALID, YOUNG, access, at, at_el0, data, flag_only,
    software,
};
use crate::product::{Combination, Variant, Variation};
use crate::{Case, Needs, Suite};
use afdbm::descriptor::Level;
use oracle::AccessKind::*;

/// What every CPU does that manages anything, and what it leaves alone: the simplest of rows A, B and D.
const BASIC: &[Combination] = &[
    data(Load, VALID),
    flag_only(data(Load, VALID)),
    data(Store, OLD_CLEAN),
    data(Store, CLEAN),
    at_el0(data(Store, OLD_CLEAN | USER)),
    access(Fetch, VALID | READ_ONLY),
    data(FetchAdd, OLD_CLEAN),
    data(Load, CLEAN),
    data(Store, DIRTY),
    flag_only(data(Store, CLEAN)),
    software(data(Load, VALID)),
    software(data(Store, CLEAN)),
];

pub(super) const SUITE: Suite = Suite {
    name: "places",
    about: "updates on every CPU, beside every other bit of the leaf, and faults to the byte",
    hidden: false,
    cases: &[
        Case::varied(
            "every-cpu-updates-alike",
            "each CPU sets AF and makes pages dirty as its own ID registers promise",
            BASIC,
            Variation::Cpus,
        ),
        Case::varied(
            "first-middle-and-last-entry",
            "the first, a middle and the last entry of a table are updated alike",
            &[
                data(Load, VALID),
                data(Store, OLD_CLEAN),
                data(Store, CLEAN),
                data(Store, OLD_CLEAN | CONTIGUOUS),
                at(Level::L2, data(Load, VALID)),
                at(Level::L2, data(Store, OLD_CLEAN)),
                at(Level::L1, data(Load, VALID)),
                at(Level::L1, data(Store, OLD_CLEAN)),
                at_el0(data(Store, OLD_CLEAN | USER)),
                access(Fetch, VALID | READ_ONLY),
            ],
            Variation::Entries(&[0, 256, 511]),
        )
        .needing(Needs::DIRTY_STATE),
        Case::varied(
            "c06-each-other-bit-survives",
            "SH, AttrIndx, nG, GP and bits 63:55 of a leaf survive every update, and change none",
            &[
                data(Load, VALID),
                data(Load, OLD_CLEAN),
                data(Store, OLD_CLEAN),
                data(Store, CLEAN),
                data(Store, OLD_CLEAN | CONTIGUOUS),
                at(Level::L2, data(Load, OLD_CLEAN)),
                at(Level::L2, data(Store, OLD_CLEAN)),
                at(Level::L1, data(Store, OLD_CLEAN)),
                at_el0(data(Store, OLD_CLEAN | USER)),
                data(Load, YOUNG),
                data(Store, DIRTY),
                flag_only(data(Store, OLD_CLEAN)),
                software(data(Load, VALID)),
                software(data(Store, CLEAN)),
                data(Store, VALID | READ_ONLY),
            ],
            Variation::Queries(&Variant::LEAVES),
        )
        .needing(Needs::DIRTY_STATE),
        Case::varied(
            "fault-address-is-to-the-byte",
            "FAR holds the byte where a refused access begins, wherever in the page that is",
            &[
                data(Load, 0),
                data(Store, 0),
                data(Load, OLD_CLEAN & !VALID),
                data(Store, YOUNG | READ_ONLY),
                at_el0(data(Load, YOUNG)),
                at_el0(data(Store, YOUNG)),
                software(data(Load, VALID)),
                software(data(Store, OLD_CLEAN)),
                software(data(Store, CLEAN)),
                data(LoadUnprivileged, YOUNG),
                data(StoreUnprivileged, YOUNG),
                data(ZeroBlock, 0),
                data(ZeroBlock, YOUNG | READ_ONLY),
                at(Level::L2, data(Load, 0)),
                at(Level::L1, data(Store, YOUNG | READ_ONLY)),
            ],
            Variation::Queries(&Variant::OFFSETS),
        ),
        Case::varied(
            "update-of-any-byte",
            "a load or store of any eight bytes of a page sets AF and makes the page dirty",
            &[
                data(Load, OLD_CLEAN),
                data(Store, OLD_CLEAN),
                data(Store, CLEAN),
                at_el0(data(Store, OLD_CLEAN | USER)),
                at(Level::L2, data(Store, OLD_CLEAN)),
            ],
            Variation::Queries(&Variant::OFFSETS),
        )
        .needing(Needs::DIRTY_STATE),
    ],
};
