//! Rows K: what TLB invalidation removes, and from whose TLB.

use super::{
    Row,
    Showing::{Case, Concurrent, NothingAsserted, Permitted},
    row,
};

/// Rows K: what TLB invalidation removes, and from whose TLB.
#[rustfmt::skip] // a table: one row a line
pub(super) const ROWS: &[Row] = &[
    row("K01", "R_LXHLD, D8.17.5.4", "After a TLBI and DSB, the PE that executed them uses no old entry that the TLBI covers", Case),
    row("K02", "R_LXHLD, R_FZTHY", "After a Shareable TLBI and DSB, no PE of the domain uses an old entry that the TLBI covers", Concurrent),
    row("K03", "D8.17.5.2", "A TLBI by range covers every address of its range, from the first to the last", Case),
    row("K04", "R_LTZBK, R_SQXYZ", "A TLBI that names the level of the leaf covers the leaf", Case),
    row("K05", "C5.5, TLBI VAE1", "A TLBI by address covers global entries, whatever its ASID", Case),
    row("K06", "D8.17.5.4", "A TLBI of every level covers the Table descriptors on the path to its address", Case),
    row("K07", "R_JGGKN", "A TLBI by address or range covers the upper range, by bit 55 of the address", Case),
    row("K08", "C5.5, TLBI VAE1NXS", "A TLBI with nXS covers entries of memory without the XS attribute", Case),
    row("K09", "R_GPPYH", "An old entry may be used while no TLBI covers it", Permitted),
    row("K10", "D8.17.5", "A TLBI of one PE need not reach another", Permitted),
    row("K11", "D8.17.5.4", "A TLBI of the last level need not cover Table descriptors", Permitted),
    row("K12", "D8.17.5.4", "A TLBI by ASID need not cover global entries, nor those of another ASID", Permitted),
    row("K13", "R_SQXYZ, C5.5", "A TLBI whose operand names another address or level need not cover what was meant", Permitted),
    row("K14", "R_LQLSD", "A TLBI of one address of a Block covers loads and stores of all of it", Case),
    row("K15", "D8.17.5.2", "A TLBI by range of SCALE 3 covers every address of its range", Case),
    row("K16", "R_LQLSD, R_LXHLD", "A TLBI of one address of a Block covers fetches from all of it", Case),
    row("K17", "R_MMZTY, I_YGYRY", "A TLBI may remove more than it covers, and a TLB may forget at any time", NothingAsserted),
];
