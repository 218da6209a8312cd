//! The fast form of a probe, which makes the millions of the product, held against the ordinary one.

use crate::{Case, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "probes",
    about: "the fast form of a probe against the ordinary one",
    hidden: false,
    cases: &[Case::function(
        "fast-probe-as-the-ordinary-one",
        "a sample of accesses comes to one result by both forms of a probe",
    )],
};
