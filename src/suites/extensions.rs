//! Accesses with what TCR2_EL1 turns on, against the oracle: indirect permissions, Access flags of Table descriptors.
//!
//! The default run makes a seeded sample of each theme; `--case extensions/covering-set-*` the covering set of an extension.

use super::{Conclusion, Context};
use crate::machine::timer;
use crate::support::context::Answer;
use crate::support::granules::runner;
use crate::support::product::machine::implemented;
use alloc::vec::Vec;
use cases::extended::{ORDER_VERSION, Selection, Setting};

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
        Some(_) => runner::sample(context, selection.sample(context.seed, SAMPLE))?,
        None => {
            let settings: Vec<_> = selection.settings().collect();
            runner::cover(context, &settings, Setting::combinations)?
        }
    };
    findings.conclude(context, format_args!("{selection}: order version {ORDER_VERSION}"), started)
}
