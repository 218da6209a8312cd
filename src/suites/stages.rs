//! Accesses that both stages of the EL1&0 regime translate, against the oracle.
//!
//! The default run makes a seeded sample of each theme; `--case stages/covering-set-of-both-stages` the covering set.

use super::{Conclusion, Context, Trouble};
use crate::machine::per_cpu::CpuIndex;
use crate::machine::{cpus, resident, timer, watchdog};
use crate::memory::case_memory::CaseMemory;
use crate::support::context::Answer;
use crate::support::nested::{Sites, ThisCpu};
use crate::support::product::machine::implemented;
use crate::support::space;
use afdbm::address::PhysicalAddress;
use alloc::format;
use alloc::vec::Vec;
use cases::nested::{Combination, Dropped, Judge, ORDER_VERSION, Selection};

/// Combinations of a sample, before the filter.
const SAMPLE: u64 = 240;

type Findings = space::Findings<Dropped>;

/// Carries out a case of the suite.
pub fn carry_out(context: &mut Context<'_>, selection: &Selection) -> Conclusion {
    let cpu = context.cpu();
    if !resident::is_present() {
        return Answer::skip("stage 2 takes an entry at EL2: --el 2 asks an emulator for one");
    }
    if let Some(lacking) = selection.lacking(&implemented(&cpu)) {
        return Answer::skip(format_args!("this CPU has {lacking}"));
    }
    let started = timer::now();
    let findings = match selection.theme {
        Some(_) => sample(context, selection)?,
        None => cover(context, selection)?,
    };
    findings.conclude(context, format_args!("both stages: order version {ORDER_VERSION}"), started)
}

fn sample(context: &Context<'_>, selection: &Selection) -> Result<Findings, Trouble> {
    let mut findings = Findings::of_one_cpu();
    on_this_cpu(&mut prepare(context.memory, CpuIndex(0))?, CpuIndex(0), |judge| {
        let combinations = selection.sample(context.seed, SAMPLE);
        for combination in combinations.take_while(|_| !watchdog::expired()) {
            take(&mut findings, judge, &combination);
        }
    });
    Ok(findings)
}

fn cover(context: &mut Context<'_>, selection: &Selection) -> Result<Findings, Trouble> {
    let settings: Vec<_> = selection.settings().collect();
    let memory = context.memory;
    space::share(
        context,
        &settings,
        |index| prepare(memory, index),
        |index, prepared, turns, findings| {
            on_this_cpu(prepared, index, |judge| {
                while let Some(setting) = turns.take() {
                    for combination in setting.combinations() {
                        take(findings, judge, &combination);
                    }
                }
            });
        },
    )
}

/// Runs a combination.
fn take(findings: &mut Findings, judge: &mut Judge<'_, ThisCpu<'_, '_>>, combination: &Combination) {
    if let Some(examination) = judge.judge(combination, &mut findings.tally, &mut findings.kinds) {
        findings.keep(|| format!("combination {}: {combination}\n{examination}", combination.index()));
    }
}

/// Sites of a CPU's own, and an empty table.
type Prepared<'a> = (Sites<'a>, PhysicalAddress);

fn prepare(memory: &CaseMemory, index: CpuIndex) -> Result<Prepared<'_>, Trouble> {
    let prepared = Sites::new(memory).and_then(|sites| sites.empty().map(|empty| (sites, empty)));
    prepared.ok_or_else(|| Trouble::Other(format!("no memory for the tables of {index}")))
}

/// Gives `work` a judge of this CPU.
fn on_this_cpu(
    (sites, empty): &mut Prepared<'_>,
    index: CpuIndex,
    work: impl FnOnce(&mut Judge<'_, ThisCpu<'_, '_>>),
) {
    work(&mut Judge::new(&mut ThisCpu::new(sites, *empty, cpus::identification(index))));
}
