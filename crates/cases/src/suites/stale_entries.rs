//! Rows about what a TLB may still hold, and about PEs that are set apart.

use crate::{Case, Needs, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "stale-entries",
    about: "rows of several steps: what a TLB may hold, and PEs that are set apart",
    hidden: false,
    cases: &[
        Case::function("a18-different-ha-share-an-entry", "AF that one CPU has set serves a CPU with HA=0")
            .needing(Needs::ACCESS_FLAG.with_cpus(2)),
        Case::function(
            "a19-different-hd-share-an-entry",
            "a CPU with HD=0 uses or refuses a clean entry that another CPU made dirty",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function("b16-cleared-flag-may-come-back", "AF that software has cleared may come back")
            .needing(Needs::ACCESS_FLAG),
        Case::function("c06-other-bits-survive", "an update changes no bits but AF and AP[2]")
            .needing(Needs::DIRTY_STATE),
        Case::function(
            "d47-page-with-its-own-descriptor",
            "a store to the page's own descriptor comes after the update of it",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "e04-made-invalid-without-tlbi",
            "a store through an entry made invalid without a TLBI faults and marks nothing",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "e05-output-changed-without-tlbi",
            "a store after a new output without a TLBI goes there, with the page marked dirty",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "e21-granted-without-tlbi",
            "a store after write access is granted without a TLBI may fault",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "e26-old-entry-is-not-cached",
            "no stale Access flag fault comes after software has set AF",
        ),
    ],
};
