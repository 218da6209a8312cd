//! Running questions of a space through the judge: a sample on this CPU, or a covering set on all.

use super::{El10, Sites, ThisCpu};
use crate::machine::per_cpu::CpuIndex;
use crate::machine::{cpus, watchdog};
use crate::memory::case_memory::CaseMemory;
use crate::support::{Context, Trouble, space};
use afdbm::address::PhysicalAddress;
use alloc::format;
use alloc::string::String;
use cases::geometries::{Dropped, Judge, Question};
use cases::product::Examination;
use oracle::explain;

/// What questions came to.
pub type Findings = space::Findings<Dropped>;

/// Asks each question of a sample.
///
/// # Errors
///
/// [`Trouble`] for want of memory.
pub fn sample<Q: Question>(
    context: &Context<'_>,
    questions: impl Iterator<Item = Q>,
) -> Result<Findings, Trouble> {
    let mut findings = Findings::of_one_cpu();
    on_this_cpu(&mut prepare(context.memory, CpuIndex(0))?, CpuIndex(0), |judge| {
        for question in questions.take_while(|_| !watchdog::expired()) {
            take(&mut findings, judge, &question);
        }
    });
    Ok(findings)
}

/// Asks the questions of each setting of a covering set, on all CPUs that are like the first.
///
/// # Errors
///
/// [`Trouble`] for want of memory, or the trouble of a CPU that was abandoned.
pub fn cover<S: Clone + Sync, Q: Question, I: Iterator<Item = Q>>(
    context: &mut Context<'_>,
    settings: &[S],
    questions: impl Fn(S) -> I + Sync,
) -> Result<Findings, Trouble> {
    let memory = context.memory;
    space::share(
        context,
        settings,
        |index| prepare(memory, index),
        |index, prepared, turns, findings| {
            on_this_cpu(prepared, index, |judge| {
                while let Some(setting) = turns.take() {
                    for question in questions(setting.clone()) {
                        take(findings, judge, &question);
                    }
                }
            });
        },
    )
}

/// Asks a question.
fn take(findings: &mut Findings, judge: &mut Judge<'_, ThisCpu<'_, '_, El10>>, question: &impl Question) {
    if let Some(examination) = judge.judge(question, &mut findings.tally, &mut findings.kinds) {
        findings.keep(|| in_full(question, &examination));
    }
}

fn in_full(question: &impl Question, examination: &Examination) -> String {
    let mut text = format!("combination {}: {question}\n{examination}", question.index());
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
