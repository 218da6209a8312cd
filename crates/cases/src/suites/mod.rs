//! Every suite, one a file.

mod abandonment;
mod access_flag;
mod combine;
mod dirty_state;
mod invalidations;
mod ordering;
mod probes;
mod product;
mod races;
mod racing;
mod seed;
mod self_check;
mod set_access_flags;
mod single_accesses;
mod software;
mod stale_entries;
mod swap;
mod sweep;
mod table_memory;
mod updates;

use crate::Suite;

/// Every suite, in the order in which they run.
pub const SUITES: &[Suite] = &[
    abandonment::SUITE,
    probes::SUITE,
    software::SUITE,
    seed::SUITE,
    set_access_flags::SUITE,
    access_flag::SUITE,
    dirty_state::SUITE,
    races::SUITE,
    sweep::SUITE,
    swap::SUITE,
    single_accesses::SUITE,
    ordering::SUITE,
    updates::SUITE,
    stale_entries::SUITE,
    invalidations::SUITE,
    table_memory::SUITE,
    product::SUITE,
    self_check::SUITE,
];
