//! The pages of a guest that were written, as a hypervisor learns of them: by the dirty state of stage 2, and by faults.

use crate::{Case, Needs, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "dirty-log",
    about: "rows A14, H04, H06: the log of a guest's dirty pages, by hardware and by faults, page by page",
    hidden: false,
    cases: &[
        Case::function(
            "log-by-hardware",
            "a harvest of stage 2's dirty state finds each page that EL1 wrote, and no other",
        )
        .showing(&["H04", "H05"])
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "log-by-faults",
            "write protection at stage 2 tells of each page that EL1 wrote, and of no other",
        )
        .showing(&["H06"]),
        Case::function(
            "log-of-unlike-cpus",
            "CPUs that differ in VTCR_EL2.HA and HD keep one log by both means, and lose no page",
        )
        .showing(&["A14", "H04", "H06"])
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "harvest-without-invalidation",
            "a harvest that leaves writable entries in TLBs loses a page that is written again",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "harvest-of-stage-2-entries-alone",
            "a harvest that invalidates entries of stage 2 alone loses a page that is written again",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function("harvest-as-in-stage-1", "a harvest that sets bit 7 finds pages that nobody wrote")
            .needing(Needs::DIRTY_STATE),
        Case::function(
            "log-that-leaves-pages-writable",
            "a log that begins with writable pages finds pages that nobody wrote",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "write-protection-that-keeps-dbm",
            "write protection that leaves DBM set lets hardware grant the write, and no fault tells of it",
        )
        .needing(Needs::DIRTY_STATE),
    ],
};
