//! Software management.
use super::Suite;
/// The suite.
pub const SUITE: Suite = Suite {
    name: "software",
    about: "software management of the Access flag and the dirty state",
    hidden: false,
    cases: &[],
};
