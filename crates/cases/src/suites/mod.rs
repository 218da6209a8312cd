//! Every suite, one a file.

mod abandonment;
mod access_flag;
mod accesses;
mod combine;
mod copy_and_set;
mod dirty_log;
mod dirty_state;
mod extensions;
mod granules;
mod invalidations;
mod ordering;
mod places;
mod probes;
mod product;
mod races;
mod racing;
mod regimes;
mod seed;
mod self_check;
mod set_access_flags;
mod single_accesses;
mod software;
mod stages;
mod stale_entries;
mod swap;
mod sweep;
mod table_memory;
mod updates;

use crate::Suite;

/// Every suite, in the order in which they run: what one access does before what comes of many, and the hardware before the
/// software that stands on it, so that the first failure of a log names the nearest rule.
///
/// A static, since every use of a constant would have all of it again in the image.
pub static SUITES: &[Suite] = &[
    abandonment::SUITE,
    probes::SUITE,
    access_flag::SUITE,
    dirty_state::SUITE,
    places::SUITE,
    single_accesses::SUITE,
    accesses::SUITE,
    copy_and_set::SUITE,
    product::SUITE,
    granules::SUITE,
    extensions::SUITE,
    regimes::SUITE,
    stages::SUITE,
    dirty_log::SUITE,
    table_memory::SUITE,
    ordering::SUITE,
    updates::SUITE,
    stale_entries::SUITE,
    invalidations::SUITE,
    software::SUITE,
    seed::SUITE,
    set_access_flags::SUITE,
    races::SUITE,
    sweep::SUITE,
    swap::SUITE,
    self_check::SUITE,
];
