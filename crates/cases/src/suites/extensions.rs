//! Rows H21, I01 to I07 and J01 to J06: what TCR2_EL1 turns on, and indirect permissions of stage 2, against the oracle.

use crate::extended::{Extension, Selection, Theme};
use crate::nested;
use crate::{Case, Suite};
use Extension::{IndirectPermissions, TableAccessFlags};
use Theme::{Fetches, NoLeaf, Reads, Restrictions, TranslationWalks, Translations, Unmanaged, Walks, Writes};
use core::time::Duration;

/// A budget that only hangs overrun, though a slow machine takes an hour.
const AN_HOUR: Duration = Duration::from_secs(1 << 12);

/// A sample of one theme.
const fn sample(
    name: &'static str,
    claim: &'static str,
    (extension, theme): (Extension, Theme),
    rows: &'static [&'static str],
) -> Case {
    Case::extended(name, claim, Selection { extension, theme: Some(theme) }).showing(rows)
}

/// A sample of one theme of both stages, with each granule of stage 2.
const fn sample_of_stage_2(
    name: &'static str,
    claim: &'static str,
    theme: nested::Theme,
    rows: &'static [&'static str],
) -> Case {
    Case::nested(name, claim, nested::Selection { granule: None, theme: Some(theme) }).showing(rows)
}

/// The covering set of an extension.
const fn cover(name: &'static str, claim: &'static str, extension: Extension) -> Case {
    Case::extended(name, claim, Selection { extension, theme: None }).hidden().within(AN_HOUR)
}

pub(super) const SUITE: Suite = Suite {
    name: "extensions",
    about: "rows H21, I01 to I07, J01 to J06: indirect permissions and Access flags of tables, against the oracle",
    hidden: false,
    cases: &[
        sample(
            "i01-indirect-writes",
            "with indirect permissions a write that the index grants clears nDirty, or faults",
            (IndirectPermissions, Writes),
            &["I01", "I02", "I03"],
        ),
        sample(
            "i04-indirect-reads",
            "with indirect permissions a load leaves nDirty as it is",
            (IndirectPermissions, Reads),
            &["I04"],
        ),
        sample(
            "i05-indirect-fetches",
            "with indirect permissions the index alone grants execution, whatever SCTLR_EL1.WXN is",
            (IndirectPermissions, Fetches),
            &["I05"],
        ),
        sample(
            "i01-indirect-translations",
            "AT reports what indirect permissions say, and leaves nDirty as it is",
            (IndirectPermissions, Translations),
            &["I01", "I03"],
        ),
        sample(
            "i06-indirect-under-restrictions",
            "with indirect permissions APTable, UXNTable and PXNTable take nothing away",
            (IndirectPermissions, Restrictions),
            &["I06"],
        ),
        sample_of_stage_2(
            "i07-indirect-at-stage-2",
            "with indirect permissions at stage 2 a write that the index grants sets Dirty, or faults",
            nested::Theme::IndirectData,
            &["I07"],
        ),
        sample_of_stage_2(
            "h21-mostly-read-only",
            "a table that stage 2 lets be mostly read only is updated by a walk, and refuses a store",
            nested::Theme::IndirectTables,
            &["H21"],
        ),
        sample(
            "j01-table-flags",
            "with HAFT=1 a walk sets AF of every Table descriptor on its path without a fault",
            (TableAccessFlags, Walks),
            &["J01", "J06"],
        ),
        sample(
            "j02-table-flags-unmanaged",
            "with HA=0 and HAFT=1 no Table descriptor changes",
            (TableAccessFlags, Unmanaged),
            &["J02"],
        ),
        sample(
            "j03-table-flags-by-translation",
            "with HAFT=1 AT sets AF of every Table descriptor on its path",
            (TableAccessFlags, TranslationWalks),
            &["J03"],
        ),
        sample(
            "j05-table-flags-without-leaf",
            "with HAFT=1 a walk to an invalid leaf faults, and changes no more than AF of tables",
            (TableAccessFlags, NoLeaf),
            &["J05"],
        ),
        cover(
            "covering-set-of-indirect-permissions",
            "every pair of permissions with all indexes, controls and accesses does what the oracle says",
            IndirectPermissions,
        ),
        cover(
            "covering-set-of-table-flags",
            "all flags of tables with all leaves, controls and accesses do what the oracle says",
            TableAccessFlags,
        ),
    ],
};
