//! Accesses through tables of every granule, size and format in the range of TTBR0_EL1, against the oracle. The kernel's own
//! tables, of TTBR1_EL1, keep the 4K granule; their format is the case's.
//!
//! The default run makes a seeded sample of each theme; `--case granules/covering-set-*` the covering set of a granule.

use super::{Conclusion, Context};
use crate::machine::timer;
use crate::support::context::Answer;
use crate::support::granules::runner;
use crate::support::product::machine::implemented;
use alloc::vec::Vec;
use cases::geometries::{Combination, ORDER_VERSION, Selection};

/// Combinations of a sample, before the filter.
const SAMPLE: u64 = 240;

/// Carries out a case of the suite.
pub fn carry_out(context: &mut Context<'_>, selection: &Selection) -> Conclusion {
    let cpu = context.cpu();
    if let Some(lacking) = selection.lacking(&implemented(&cpu)) {
        return Answer::skip(format_args!("this CPU has {lacking}"));
    }
    let started = timer::now();
    let findings = match selection.theme {
        Some(_) => {
            let numbers = selection.sample(context.seed, SAMPLE);
            runner::sample(context, numbers.filter_map(Combination::from_index))?
        }
        None => {
            let settings: Vec<_> = selection.settings().collect();
            let covered =
                |numbers: core::ops::Range<u64>| numbers.filter_map(|number| selection.covered(number));
            runner::cover(context, &settings, covered)?
        }
    };
    findings.conclude(context, format_args!("geometries: order version {ORDER_VERSION}"), started)
}
