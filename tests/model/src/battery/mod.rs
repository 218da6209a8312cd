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
pub use races::{clean_against_fault, i7, i8, i9, i10, i11, i12, i13, i14, i24, three_agents};
pub use tables::{
    gap, grants, i15, i19, i20, i21, i22, replaced, spurious_path_missing, without_invalidation,
};

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

/// Keeps the worlds that hold the page-table lock, or those that do not.
fn only(locked: bool, scenarios: Vec<Scenario>) -> impl Iterator<Item = Scenario> {
    scenarios.into_iter().filter(move |scenario| scenario.locked == locked)
}

/// Returns the worlds that judge a set_access_flags on a single descriptor from legal states, with the page-table lock.
#[must_use]
pub fn with_lock() -> Vec<Scenario> {
    [i1(), i2(), i3(), i4(), i5(), i8(), i9(), i16(), i24(), clean_against_fault(), three_agents()]
        .into_iter()
        .flat_map(|scenarios| only(true, scenarios))
        .collect()
}

/// Returns the worlds of I8, I9, I24, a clean and three agents without the lock, which a routine survives that tests again what it relies on.
#[must_use]
pub fn without_lock() -> Vec<Scenario> {
    let three = three_agents().into_iter().map(Scenario::unlocked);
    [i8(), i9(), i24(), clean_against_fault()]
        .into_iter()
        .flat_map(|scenarios| only(false, scenarios))
        .chain(three)
        .collect()
}

/// Returns the worlds that judge the other operations.
#[must_use]
pub fn of_operations() -> Vec<Scenario> {
    [i10(), i11(), i12(), i13(), i14(), i15(), i19(), i20(), i21(), i22(), grants(), replaced(), gap()]
        .into_iter()
        .flatten()
        .collect()
}

/// Returns the worlds of contiguous groups.
#[must_use]
pub fn of_groups() -> Vec<Scenario> {
    [i17(), i18()].into_iter().flatten().collect()
}
