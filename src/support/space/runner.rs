//! Running combinations through the judge: a seeded sample on this CPU, or a covering set on all.

use super::{Findings, share};
use crate::machine::per_cpu::CpuIndex;
use crate::machine::registers::Identification;
use crate::machine::{cpus, timer, watchdog};
use crate::memory::case_memory::CaseMemory;
use crate::support::context::Answer;
use crate::support::product::machine::implemented;
use crate::support::{Conclusion, Context, Trouble};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use cases::space::{Examined, Judge, Machine, Part, Question, Space};

/// Combinations of a sample, before the filter.
const SAMPLE: u64 = 240;

/// Tables and memory of a CPU's own, through which it makes the accesses of a space.
pub trait Sites<'a>: Sized + Send {
    /// The space.
    type Space: Space;

    /// Begins without any site; `None` for want of memory.
    fn new(memory: &'a CaseMemory) -> Option<Self>;

    /// Makes this CPU the machine, until the value is dropped.
    fn machine(&mut self, cpu: Identification) -> impl Machine<Self::Space>;
}

/// Carries out a case: the covering set of its part of the space, or a sample.
///
/// # Errors
///
/// [`Trouble`] for want of memory, or the trouble of a CPU that was abandoned.
pub fn carry_out<'a, S, P>(context: &mut Context<'a>, part: P) -> Conclusion
where
    S: Sites<'a>,
    P: Part<Question: Question<Space = S::Space>> + Sync,
{
    if let Some(lacking) = part.lacking(&implemented(&context.cpu())) {
        return Answer::skip(format_args!("this CPU has {lacking}"));
    }
    let started = timer::now();
    let findings =
        if part.is_covering() { cover::<S, P>(context, part)? } else { sample::<S, P>(context, part)? };
    findings.conclude(context, format_args!("{part}: order version {}", P::ORDER_VERSION), started)
}

fn sample<'a, S, P>(context: &Context<'a>, part: P) -> Result<Findings, Trouble>
where
    S: Sites<'a>,
    P: Part<Question: Question<Space = S::Space>>,
{
    let mut findings = Findings::of_one_cpu();
    let mut sites = prepare::<S>(context.memory, CpuIndex(0))?;
    let mut machine = sites.machine(cpus::identification(CpuIndex(0)));
    let mut judge = Judge::new(&mut machine);
    let questions = part.sample(context.seed, SAMPLE);
    for question in questions.take_while(|_| !watchdog::expired()) {
        take(&mut findings, &mut judge, &question);
    }
    Ok(findings)
}

fn cover<'a, S, P>(context: &mut Context<'a>, part: P) -> Result<Findings, Trouble>
where
    S: Sites<'a>,
    P: Part<Question: Question<Space = S::Space>> + Sync,
{
    let settings: Vec<_> = part.settings().collect();
    let memory = context.memory;
    share(
        context,
        &settings,
        |index| prepare::<S>(memory, index),
        |index, sites, turns, findings| {
            let mut machine = sites.machine(cpus::identification(index));
            let mut judge = Judge::new(&mut machine);
            while let Some(setting) = turns.take() {
                for question in part.covered(setting.clone()) {
                    take(findings, &mut judge, &question);
                }
            }
        },
    )
}

/// Runs a combination.
fn take<Q: Question>(findings: &mut Findings, judge: &mut Judge<'_, Q::Space>, question: &Q) {
    if let Some(examination) = judge.judge(question, &mut findings.tally, &mut findings.kinds) {
        findings.keep(|| in_full(question, &examination));
    }
}

fn in_full(question: &impl Question, examination: &impl Examined) -> String {
    let mut text = format!("combination {}: {question}\n{examination}", question.index());
    for clause in examination.explain().take(4) {
        text = format!("{text}\nas if it did not know: {clause}");
    }
    text
}

fn prepare<'a, S: Sites<'a>>(memory: &'a CaseMemory, index: CpuIndex) -> Result<S, Trouble> {
    S::new(memory).ok_or_else(|| Trouble::Other(format!("no memory for the tables of {index}")))
}
