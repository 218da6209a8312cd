//! Rows C02 to C05: pages, Blocks and contiguous groups of every granule and format, against the oracle.

use crate::geometries::{Selection, Size, Theme};
use crate::{Case, Suite};
use afdbm::geometry::Granule::{self, Size4K, Size16K, Size64K};
use core::time::Duration;

/// A budget that only hangs overrun, though a slow machine takes an hour.
const AN_HOUR: Duration = Duration::from_secs(1 << 12);

/// A sample of one theme.
const fn sample(
    name: &'static str,
    claim: &'static str,
    (granule, size, theme): (Granule, Size, Theme),
    rows: &'static [&'static str],
) -> Case {
    let selection = Selection { granule, size: Some(size), theme: Some(theme) };
    Case::geometries(name, claim, selection).showing(rows)
}

/// The covering set of a granule.
const fn cover(name: &'static str, claim: &'static str, granule: Granule) -> Case {
    let selection = Selection { granule, size: None, theme: None };
    Case::geometries(name, claim, selection).hidden().within(AN_HOUR)
}

use Size::{Large, Usual};
use Theme::{Blocks, Groups, LargestBlocks, Outputs, Pages, Translations};

const OF_4K: &[&str] = &["C01", "C06", "C07"];
const OF_16K: &[&str] = &["C03", "C06", "C07"];
const OF_4K_LPA2: &[&str] = &["C05", "C06", "C07"];
const OF_16K_LPA2: &[&str] = &["C03", "C05", "C06", "C07"];
const OF_64K: &[&str] = &["C04", "C06", "C07"];

pub(super) const SUITE: Suite = Suite {
    name: "granules",
    about: "rows C02 to C05: tables of every granule, size and format of address, against the oracle",
    hidden: false,
    cases: &[
        sample(
            "c01-4k-pages",
            "4K pages do what the oracle says, from each level that a walk may start at",
            (Size4K, Usual, Pages),
            OF_4K,
        ),
        sample(
            "c01-4k-blocks",
            "4K Blocks do what the oracle says, from each level that a walk may start at",
            (Size4K, Usual, Blocks),
            OF_4K,
        ),
        sample(
            "f01-4k-groups",
            "contiguous groups of 16 at each level of the 4K granule do what the oracle says",
            (Size4K, Usual, Groups),
            &["F01", "F02", "F03", "F04"],
        ),
        sample(
            "c01-4k-outputs",
            "a 4K leaf with an output address that is too large is not updated",
            (Size4K, Usual, Outputs),
            OF_4K,
        ),
        sample(
            "c01-4k-translations",
            "AT reports what 4K tables of each size say",
            (Size4K, Usual, Translations),
            OF_4K,
        ),
        sample(
            "c03-16k-pages",
            "16K pages do what the oracle says, from each level that a walk may start at",
            (Size16K, Usual, Pages),
            OF_16K,
        ),
        sample(
            "c03-16k-blocks",
            "16K Blocks of 32 MiB do what the oracle says",
            (Size16K, Usual, Blocks),
            OF_16K,
        ),
        sample(
            "c03-16k-groups",
            "contiguous groups of 128 pages and of 32 Blocks of the 16K granule do what the oracle says",
            (Size16K, Usual, Groups),
            &["C03", "F01", "F02", "F03", "F04"],
        ),
        sample(
            "c03-16k-outputs",
            "a 16K leaf with an output address that is too large is not updated",
            (Size16K, Usual, Outputs),
            OF_16K,
        ),
        sample(
            "c03-16k-translations",
            "AT reports what 16K tables of each size say",
            (Size16K, Usual, Translations),
            OF_16K,
        ),
        sample(
            "c04-64k-pages",
            "64K pages do what the oracle says, from each level that a walk may start at",
            (Size64K, Usual, Pages),
            OF_64K,
        ),
        sample(
            "c04-64k-blocks",
            "64K Blocks of 512 MiB and, with FEAT_LPA, of 4 TiB do what the oracle says",
            (Size64K, Usual, Blocks),
            OF_64K,
        ),
        sample(
            "c04-64k-groups",
            "contiguous groups of 32 pages and of 32 Blocks of the 64K granule do what the oracle says",
            (Size64K, Usual, Groups),
            &["C04", "F01", "F02", "F03", "F04"],
        ),
        sample(
            "c04-64k-outputs",
            "a 64K leaf holds 52 bits of output address, and is not updated where they are too large",
            (Size64K, Usual, Outputs),
            OF_64K,
        ),
        sample(
            "c04-64k-translations",
            "AT reports what 64K tables of each size say",
            (Size64K, Usual, Translations),
            OF_64K,
        ),
        sample(
            "c04-64k-52-bits-pages",
            "64K pages of a 52-bit range (FEAT_LVA) do what the oracle says",
            (Size64K, Large, Pages),
            OF_64K,
        ),
        sample(
            "c04-64k-52-bits-blocks",
            "64K Blocks of a 52-bit range (FEAT_LVA) do what the oracle says",
            (Size64K, Large, Blocks),
            OF_64K,
        ),
        sample(
            "c04-64k-52-bits-translations",
            "AT reports what 64K tables of a 52-bit range (FEAT_LVA) say",
            (Size64K, Large, Translations),
            OF_64K,
        ),
        sample(
            "c02-level-0-block",
            "a Block of 512 GiB, at level 0 with TCR_EL1.DS=1, does what the oracle says",
            (Size4K, Large, LargestBlocks),
            &["C02", "C05", "C06", "C07"],
        ),
        sample(
            "c05-4k-lpa2-pages",
            "4K pages with TCR_EL1.DS=1, walked from level -1 and level 0, do what the oracle says",
            (Size4K, Large, Pages),
            OF_4K_LPA2,
        ),
        sample(
            "c05-4k-lpa2-blocks",
            "4K Blocks with TCR_EL1.DS=1, walked from level -1 and level 0, do what the oracle says",
            (Size4K, Large, Blocks),
            OF_4K_LPA2,
        ),
        sample(
            "c05-4k-lpa2-groups",
            "contiguous groups of the 4K granule with TCR_EL1.DS=1 do what the oracle says",
            (Size4K, Large, Groups),
            OF_4K_LPA2,
        ),
        sample(
            "c05-4k-lpa2-outputs",
            "a 4K leaf with TCR_EL1.DS=1 holds 52 bits of output address where the format puts them",
            (Size4K, Large, Outputs),
            OF_4K_LPA2,
        ),
        sample(
            "c05-4k-lpa2-translations",
            "AT reports what 4K tables with TCR_EL1.DS=1 say",
            (Size4K, Large, Translations),
            OF_4K_LPA2,
        ),
        sample(
            "c05-16k-lpa2-pages",
            "16K pages with TCR_EL1.DS=1, in a range of 52 bits and of 47, do what the oracle says",
            (Size16K, Large, Pages),
            OF_16K_LPA2,
        ),
        sample(
            "c05-16k-lpa2-blocks",
            "16K Blocks of 32 MiB and of 64 GiB with TCR_EL1.DS=1 do what the oracle says",
            (Size16K, Large, Blocks),
            OF_16K_LPA2,
        ),
        sample(
            "c05-16k-lpa2-groups",
            "contiguous groups of the 16K granule with TCR_EL1.DS=1 do what the oracle says",
            (Size16K, Large, Groups),
            OF_16K_LPA2,
        ),
        sample(
            "c05-16k-lpa2-outputs",
            "a 16K leaf with TCR_EL1.DS=1 holds 52 bits of output address where the format puts them",
            (Size16K, Large, Outputs),
            OF_16K_LPA2,
        ),
        sample(
            "c05-16k-lpa2-translations",
            "AT reports what 16K tables with TCR_EL1.DS=1 say",
            (Size16K, Large, Translations),
            OF_16K_LPA2,
        ),
        cover(
            "covering-set-4k",
            "all leaf bits with all controls and accesses in 4K tables do what the oracle says",
            Size4K,
        ),
        cover(
            "covering-set-16k",
            "all leaf bits with all controls and accesses in 16K tables do what the oracle says",
            Size16K,
        ),
        cover(
            "covering-set-64k",
            "all leaf bits with all controls and accesses in 64K tables do what the oracle says",
            Size64K,
        ),
    ],
};
