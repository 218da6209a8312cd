//! Accesses through tables of every granule, size and format in the range of TTBR0_EL1, against the oracle. The kernel's own
//! tables, of TTBR1_EL1, keep the 4K granule.
//!
//! The default run makes a seeded sample of each theme; `--case granules/covering-set-*` the covering set of a granule.

use super::{Conclusion, Context, Trouble};
use crate::machine::per_cpu::CpuIndex;
use crate::machine::{cpus, timer, watchdog};
use crate::memory::case_memory::CaseMemory;
use crate::support::context::Answer;
use crate::support::granules::{El10, Sites, ThisCpu};
use crate::support::product::machine::implemented;
use crate::support::space;
use afdbm::address::PhysicalAddress;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use cases::geometries::{Combination, Dropped, Judge, ORDER_VERSION, Selection};
use cases::product::Examination;
use oracle::explain;

/// Combinations of a sample, before the filter.
const SAMPLE: u64 = 240;

type Findings = space::Findings<Dropped>;

/// Carries out a case of the suite.
pub fn carry_out(context: &mut Context<'_>, selection: &Selection) -> Conclusion {
    let cpu = context.cpu();
    if let Some(lacking) = selection.lacking(&implemented(&cpu)) {
        return Answer::skip(format_args!("this CPU has {lacking}"));
    }
    let started = timer::now();
    let findings = match selection.theme {
        Some(_) => sample(context, selection)?,
        None => cover(context, selection)?,
    };
    findings.conclude(context, format_args!("geometries: order version {ORDER_VERSION}"), started)
}

fn sample(context: &Context<'_>, selection: &Selection) -> Result<Findings, Trouble> {
    let mut findings = Findings::of_one_cpu();
    on_this_cpu(&mut prepare(context.memory, CpuIndex(0))?, CpuIndex(0), |judge| {
        let combinations = selection.sample(context.seed, SAMPLE).filter_map(Combination::from_index);
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
                    for combination in setting.clone().filter_map(|number| selection.covered(number)) {
                        take(findings, judge, &combination);
                    }
                }
            });
        },
    )
}

/// Runs a combination.
fn take(findings: &mut Findings, judge: &mut Judge<'_, ThisCpu<'_, '_, El10>>, combination: &Combination) {
    if let Some(examination) = judge.judge(combination, &mut findings.tally, &mut findings.kinds) {
        findings.keep(|| in_full(combination, &examination));
    }
}

fn in_full(combination: &Combination, examination: &Examination) -> String {
    let mut text = format!("combination {}: {combination}\n{examination}", combination.index());
    for clause in explain(&examination.query, &examination.outcome).take(4) {
        text = format!("{text}\nas if it did not know: {clause}");
    }
    text
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
    work: impl FnOnce(&mut Judge<'_, ThisCpu<'_, '_, El10>>),
) {
    let cpu = cpus::identification(index);
    let regime = El10::new(cpu, *empty);
    work(&mut Judge::new(&mut ThisCpu::new(sites, regime, cpu)));
}
