//! The interleavings I1 to I24, as worlds to explore.

mod contiguous;
mod faults;
mod races;
mod tables;

use crate::{
    explore::{Report, explore},
    family::Family,
    scenario::Scenario,
};

pub use contiguous::{i17, i18};
pub use faults::{i1, i2, i3, i4, i5, i6, i16, i23};
pub use races::{i7, i8, i9, i10, i11, i12, i13, i14, i24, three_agents};
pub use tables::{i15, i19, i20, i21, i22, spurious_path_missing, without_invalidation};

/// (HA, HD) of a CPU that manages nothing.
pub const NOTHING: (bool, bool) = (false, false);
/// (HA, HD) of a CPU that manages the Access flag.
pub const FLAG: (bool, bool) = (true, false);
/// (HA, HD) of a CPU that manages both.
pub const BOTH: (bool, bool) = (true, true);
/// Every legal (HA, HD).
pub const CONTROLS: [(bool, bool); 3] = [NOTHING, FLAG, BOTH];

/// Explores every scenario and adds up what was seen.
#[must_use]
pub fn run(scenarios: &[Scenario], family: &Family) -> Report {
    let mut report = Report::default();
    for scenario in scenarios {
        report += explore(scenario, family, false);
    }
    report
}

/// Returns the worlds that judge a set_access_flags on a single descriptor from legal states: those in which faults
/// are handled, with the lock that the routine relies on.
#[must_use]
pub fn of_single() -> Vec<Scenario> {
    let held = |scenarios: Vec<Scenario>| scenarios.into_iter().filter(|scenario| scenario.locked);
    [i1(), i2(), i3(), i4(), i5(), i7(), i16(), i20(), i21(), i22(), i23(), three_agents()]
        .into_iter()
        .flatten()
        .chain(held(i8()))
        .chain(held(i9()))
        .chain(held(i24()))
        .collect()
}

/// Returns the worlds that take the page-table lock away.
#[must_use]
pub fn of_single_without_lock() -> Vec<Scenario> {
    [i8(), i9(), i24()].into_iter().flatten().filter(|scenario| !scenario.locked).collect()
}
