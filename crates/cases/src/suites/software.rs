//! Software management: the fault handler with today's routine, and a handler that does not do its work.

use crate::{Case, Needs, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "software",
    about: "Access flag and dirty state by the kernel's fault handler, with v4",
    hidden: false,
    cases: &[
        Case::function(
            "load-of-old-resolved-in-one-fault",
            "with HA=HD=0 a load of an old, clean page takes one fault and leaves it clean",
        ),
        Case::function(
            "store-to-old-resolved-in-one-fault",
            "with HA=HD=0 a store to an old, clean page takes one fault and makes it dirty",
        ),
        Case::function(
            "fetch-of-old-resolved-in-one-fault",
            "with HA=HD=0 a fetch from an old page takes one fault and sets AF",
        ),
        Case::function(
            "store-to-clean-resolved-in-one-fault",
            "with HA=HD=0 a store to a young, clean page takes one fault and makes it dirty",
        ),
        Case::function(
            "store-with-access-flag-management",
            "with HA=1 and HD=0 one fault of a store sets AF and makes the page dirty",
        )
        .needing(Needs::ACCESS_FLAG),
        Case::function(
            "idle-handler-convicted-of-loop",
            "a handler that changes nothing is caught in a fault loop",
        ),
        Case::function(
            "half-handler-convicted-of-loop",
            "a handler that sets AF alone is caught in a fault loop by a store",
        ),
        Case::function(
            "unresolvable-fault-is-refused",
            "a store to a read-only page ends with its Permission fault, after one fault",
        ),
    ],
};
