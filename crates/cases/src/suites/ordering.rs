//! Rows E07 to E18: how updates are ordered with barriers, messages, dependencies and writes of the descriptor.

use crate::{Case, Needs, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "ordering",
    about: "rows E07 to E18: hardware updates against barriers, messages and writes",
    hidden: false,
    cases: &[
        Case::function(
            "e07-dsb-shows-the-update",
            "a load of the descriptor after a store and DSB ISH sees the update",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "e08-load-barrier-need-not",
            "a load of the descriptor after a store and DSB ISHLD may see the old one",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "e09-dsb-before-message",
            "a CPU that gets a message sent after a store and DSB ISH sees the update",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "e10-weaker-barrier-before-message",
            "a CPU that gets a message sent after a store and DSB ISHLD may see no update",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "e11-write-in-order-is-final",
            "a write of the descriptor after a store in program order is final",
        )
        .needing(Needs::DIRTY_STATE),
        Case::function(
            "e13-store-seen-before-update",
            "a CPU that sees the stored data may see the descriptor before its update",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "e14-update-after-its-load",
            "a CPU that knows of a completed load may see the descriptor with AF=0",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "e15-invalidation-covers-updates",
            "a completed TLBI covers the updates before an access that used the old entry",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "e16-never-the-old-descriptor",
            "no CPU sees the old descriptor after a new one, its TLBI and a message",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "e17-dependencies-order-the-update",
            "an update follows a message on which the store's address or branch depends",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "e17-data-dependency-need-not",
            "an update may come before a message on which the stored value depends",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
        Case::function(
            "e18-all-store-at-once",
            "stores of all CPUs at once take no fault, make the page dirty and all land",
        )
        .needing(Needs::DIRTY_STATE.with_cpus(2)),
    ],
};
