//! Hardware updates beside software that writes the same descriptor, and updates that nobody needs.

use crate::case::FOR_A_RACE;
use crate::{Case, Needs, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "updates",
    about: "hardware updates beside software's writes of the descriptor, and those that nobody needs",
    hidden: false,
    cases: &[
        Case::function("b14-no-access-at-all", "hardware may set AF of a page that nobody touches")
            .needing(Needs::DIRTY_STATE),
        Case::function("b15-load-not-taken", "a load behind a mispredicted branch may set AF")
            .needing(Needs::ACCESS_FLAG),
        Case::function(
            "e01-atomics-lose-nothing",
            "software's atomics and the hardware's updates of one descriptor lose nothing",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2))
        .within(FOR_A_RACE),
        Case::function(
            "e02-write-is-not-undone",
            "an update never brings back a descriptor that software has replaced",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2))
        .within(FOR_A_RACE),
        Case::function(
            "e02-turned-read-only",
            "a descriptor that turns read-only and back is never made dirty while read-only",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2))
        .within(FOR_A_RACE),
        Case::function(
            "e03-exclusive-store-fails",
            "an STXR to a descriptor fails after hardware has updated it",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2))
        .within(FOR_A_RACE),
        Case::function(
            "e06-swap-to-invalid",
            "a swap that takes a descriptor out finds it dirty only if the store passed",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2))
        .within(FOR_A_RACE),
        Case::function(
            "e06-turned-invalid",
            "a descriptor that turns invalid and back never changes while invalid",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2))
        .within(FOR_A_RACE),
        Case::function(
            "f02-group-with-young-member",
            "a load of an old entry in a group with a young one takes no fault",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "f04-group-with-dirty-member",
            "a store to a clean entry in a group with a dirty one takes no fault",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "f08-group-taken-singly",
            "a machine that ignores the Contiguous bit updates the accessed entry alone",
        )
        .needing(Needs::DIRTY_STATE),
    ],
};
