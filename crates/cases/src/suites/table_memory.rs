//! Rows G02, G03 and G05 to G08: tables in memory for which no hardware update is promised.

use crate::{Asked, Case, Needs, Suite};

/// Each may end in an external abort, which a board's firmware may take (SCR_EL3.EA) and end the run for.
const NEEDS: Needs = Needs { asked: Some(Asked::Hazards), ..Needs::DIRTY_STATE };

pub(super) const SUITE: Suite = Suite {
    name: "table-memory",
    about: "rows G: walks that are not Write-Back, Inner Shareable",
    hidden: false,
    cases: &[
        Case::function("g02-non-shareable-tables", "an update in Non-shareable tables is made or refused")
            .needing(NEEDS),
        Case::function(
            "g03-non-cacheable-tables",
            "an update in Non-cacheable or Write-Through tables is made or refused",
        )
        .needing(NEEDS),
        Case::function(
            "g05-syndrome-of-a-refused-update",
            "the syndrome of a refused update has the right class, address and stage",
        )
        .needing(NEEDS),
        Case::function(
            "g06-refused-or-read-only",
            "a store to an old, read-only page in Non-cacheable tables is refused",
        )
        .needing(NEEDS),
        Case::function(
            "g07-at-with-non-cacheable-tables",
            "AT through Non-cacheable tables reports the output or a refused update",
        )
        .needing(NEEDS),
        Case::function(
            "g08-no-update-needed",
            "an access through Non-cacheable tables that needs no update takes no fault",
        )
        .needing(NEEDS),
    ],
};
