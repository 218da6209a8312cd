//! Every combination of leaf, tables, controls and access, on this machine, against the oracle.

use crate::{Asked, Case, Needs, Suite};
use core::time::Duration;

/// A budget that only hangs overrun, though a slow machine takes hours.
const HOURS: Duration = Duration::from_secs(1 << 22);

pub(super) const SUITE: Suite = Suite {
    name: "product",
    about: "every combination of leaf, tables, controls and access, against the oracle",
    hidden: false,
    cases: &[
        Case::function("sampled-reads", "a sample of loads does what the oracle says"),
        Case::function("sampled-writes", "a sample of stores does what the oracle says"),
        Case::function("sampled-zeroing", "a sample of DC ZVA does what the oracle says"),
        Case::function("sampled-atomics", "a sample of CAS, CASP, SWP and LDADD does what the oracle says"),
        Case::function("sampled-fetches", "a sample of instruction fetches does what the oracle says"),
        Case::function("sampled-prefetches", "a sample of PRFM does what the oracle says"),
        Case::function("sampled-maintenance", "a sample of DC and IC by address does what the oracle says"),
        Case::function("sampled-translations", "a sample of AT does what the oracle says"),
        Case::function(
            "sampled-reserved-encodings",
            "a sample of every access through reserved encodings does what the oracle says",
        ),
        Case::function(
            "covering-set",
            "all leaf bits with all controls and accesses do what the oracle says",
        )
        .hidden()
        .within(HOURS),
        Case::function("every-combination", "every combination from --from on does what the oracle says")
            .needing(Needs { asked: Some(Asked::Full), ..Needs::NOTHING })
            .hidden()
            .within(HOURS),
        Case::function(
            "one-combination",
            "the combination that --case product/N names does what the oracle says",
        )
        .in_regime(None)
        .hidden(),
    ],
};
