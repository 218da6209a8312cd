//! Rows A14, D46 and H01 to H22: accesses that both stages translate, against the oracle.

use crate::nested::{Selection, Theme};
use crate::{Case, Suite};
use Theme::{
    Both, Data, Exclusives, Protected, Speculation, Tables, TranslationsByBoth, TranslationsByOne, Warm,
};
use afdbm::geometry::Granule::{self, Size4K, Size16K, Size64K};
use core::time::Duration;

/// A budget that only hangs overrun, though a slow machine takes an hour.
const AN_HOUR: Duration = Duration::from_secs(1 << 12);

/// A sample of one theme.
const fn sample(
    name: &'static str,
    claim: &'static str,
    (granule, theme): (Option<Granule>, Theme),
    rows: &'static [&'static str],
) -> Case {
    Case::nested(name, claim, Selection { granule, theme: Some(theme) }).showing(rows)
}

const OF_DATA: &[&str] = &["A14", "D46", "H01", "H02", "H04", "H05", "H06", "H07", "H16"];
const OF_TABLES: &[&str] = &["A14", "H03", "H08", "H09", "H10", "H11", "H13", "H14", "H17"];

pub(super) const SUITE: Suite = Suite {
    name: "stages",
    about: "rows A14, D46, H01 to H22: stage 2 below stage 1, with each granule, against the oracle",
    hidden: false,
    cases: &[
        sample(
            "h01-data-in-4k-of-stage-2",
            "stage 2 marks and refuses the data as the oracle says, with 4K and each start level",
            (Some(Size4K), Data),
            OF_DATA,
        ),
        sample(
            "h01-data-in-16k-of-stage-2",
            "stage 2 marks and refuses the data as the oracle says, with 16K and each start level",
            (Some(Size16K), Data),
            OF_DATA,
        ),
        sample(
            "h01-data-in-64k-of-stage-2",
            "stage 2 marks and refuses the data as the oracle says, with 64K",
            (Some(Size64K), Data),
            OF_DATA,
        ),
        sample(
            "h03-tables-in-4k-of-stage-2",
            "stage 2 marks and refuses the tables of stage 1 as the oracle says, with 4K",
            (Some(Size4K), Tables),
            OF_TABLES,
        ),
        sample(
            "h03-tables-in-16k-of-stage-2",
            "stage 2 marks and refuses the tables of stage 1 as the oracle says, with 16K",
            (Some(Size16K), Tables),
            OF_TABLES,
        ),
        sample(
            "h03-tables-in-64k-of-stage-2",
            "stage 2 marks and refuses the tables of stage 1 as the oracle says, with 64K",
            (Some(Size64K), Tables),
            OF_TABLES,
        ),
        sample(
            "h18-tables-and-data",
            "where stage 2 may refuse tables and data, a fault of either is reported as the oracle says",
            (None, Both),
            &["H15", "H17", "H18"],
        ),
        sample(
            "h22-protected-walk",
            "with HCR_EL2.PTW a walk does not read Device memory, and is not hindered elsewhere",
            (None, Protected),
            &["H22"],
        ),
        sample(
            "h12-prefetches",
            "a prefetch that stage 2 refuses, or its update, is not told and leaves AF of stage 1 clear",
            (None, Speculation),
            &["H12"],
        ),
        sample(
            "h19-translations-by-stage-1",
            "with stage 2 on AT by stage 1 reports the output, or takes an abort of its walk to EL2",
            (None, TranslationsByOne),
            &["H19", "H20"],
        ),
        sample(
            "h20-translations-by-both-stages",
            "AT by both stages reports the fault with its stage, and leaves both leaves clean",
            (None, TranslationsByBoth),
            &["H19", "H20"],
        ),
        sample(
            "h10-exclusives",
            "pairs of exclusives are refused, and mark both stages, as the oracle says of each of the two",
            (None, Exclusives),
            &["H01", "H04", "H05", "H06", "H10"],
        ),
        sample(
            "h04-writes-after-reads",
            "what a load or a store left in the TLB changes no fault, and hides no write from a stage",
            (None, Warm),
            &["H04", "H05", "H08", "H11"],
        ),
        Case::nested(
            "covering-set-of-both-stages",
            "every three leaves of both stages, with all controls and accesses, do what the oracle says",
            Selection { granule: None, theme: None },
        )
        .hidden()
        .within(AN_HOUR),
    ],
};
