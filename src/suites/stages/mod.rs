//! Accesses that both stages of the EL1&0 regime translate, against the oracle.
//!
//! The default run makes a seeded sample of each theme; `--case stages/covering-set-of-both-stages` the covering set.

mod cover;

use super::{Conclusion, Context, Trouble};
use crate::machine::per_cpu::CpuIndex;
use crate::machine::{cpus, resident, timer, watchdog};
use crate::memory::case_memory::CaseMemory;
use crate::support::context::Answer;
use crate::support::nested::{Sites, ThisCpu};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use cases::geometries::Implemented;
use cases::nested::{Combination, Judge, ORDER_VERSION, Selection, Tally};
use cases::product::Kinds;
use core::time::Duration;

/// Combinations of a sample, before the filter.
const SAMPLE: u64 = 480;
/// How many failures of a CPU's are told one by one.
const TOLD: usize = 4;

/// Carries out a case of the suite.
pub fn carry_out(context: &mut Context<'_>, selection: &Selection) -> Conclusion {
    let cpu = context.cpu();
    if !resident::is_present() {
        return Answer::skip("stage 2 takes an entry at EL2: --el 2 asks an emulator for one");
    }
    if let Some(lacking) = selection.lacking(&Implemented { mmfr0: cpu.mmfr0, mmfr2: cpu.mmfr2 }) {
        return Answer::skip(format_args!("this CPU has {lacking}"));
    }
    let started = timer::now();
    let findings = match selection.theme {
        Some(_) => sample(context, selection)?,
        None => cover::run(context, selection)?,
    };
    let took = timer::frequency().duration(timer::now().saturating_sub(started));
    tell(context, &findings, took);
    let Findings { tally, kinds, .. } = findings;
    if let (0, Some(reason)) = (tally.run, tally.reason) {
        return Answer::skip(reason);
    }
    if tally.failed == 0 {
        return Ok(Answer::PASS);
    }
    let kinds = kinds.iter().count();
    Answer::fail(format_args!(
        "{} of {} combinations fail, {kinds} kinds of failure",
        tally.failed, tally.run
    ))
}

/// What combinations came to.
#[derive(Default)]
struct Findings {
    tally: Tally,
    kinds: Box<Kinds>,
    /// The first failures, each in full.
    told: Vec<String>,
    /// CPUs that took part.
    cpus: u64,
}

impl Findings {
    /// Takes in a combination.
    fn judge(&mut self, judge: &mut Judge<'_, ThisCpu<'_>>, combination: &Combination) {
        if let Some(examination) = judge.judge(combination, &mut self.tally, &mut self.kinds)
            && self.told.len() < TOLD
        {
            self.told.push(format!("combination {}: {combination}\n{examination}", combination.index()));
        }
    }

    /// Takes in what another CPU found.
    fn merge(&mut self, other: Self) {
        self.tally.merge(&other.tally);
        self.kinds.merge(&other.kinds);
        self.told.extend(other.told);
        self.cpus += other.cpus;
    }
}

fn sample(context: &Context<'_>, selection: &Selection) -> Result<Findings, Trouble> {
    let mut findings = Findings { cpus: 1, ..Findings::default() };
    on_this_cpu(context.memory, CpuIndex(0), |judge| {
        for combination in selection.sample(context.seed, SAMPLE) {
            if watchdog::expired() {
                break;
            }
            findings.judge(judge, &combination);
        }
    })?;
    Ok(findings)
}

/// Gives `work` a judge of this CPU, with sites of its own.
fn on_this_cpu(
    memory: &CaseMemory,
    index: CpuIndex,
    work: impl FnOnce(&mut Judge<'_, ThisCpu<'_>>),
) -> Result<(), Trouble> {
    let want = || Trouble::Other(format!("no memory for the tables of {index}"));
    let mut sites = Sites::new(memory).ok_or_else(want)?;
    let empty = sites.empty().ok_or_else(want)?;
    work(&mut Judge::new(&mut ThisCpu::new(&mut sites, empty, cpus::identification(index))));
    Ok(())
}

fn tell(context: &mut Context<'_>, findings: &Findings, took: Duration) {
    let Findings { tally, kinds, told, cpus } = findings;
    let each = took.as_nanos() * u128::from(*cpus) / u128::from(tally.run.max(1));
    context.say(format_args!(
        "both stages: order version {ORDER_VERSION}, {} run, {} dropped, {} fail; {}.{:03} s on {cpus} CPUs, {each} ns a combination and CPU",
        tally.run,
        tally.dropped,
        tally.failed,
        took.as_secs(),
        took.subsec_millis(),
    ));
    for line in told.iter().flat_map(|text| text.lines()) {
        context.say(format_args!("{line}"));
    }
    context.tell_kinds(kinds);
}
