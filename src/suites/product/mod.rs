//! Every combination of leaf, tables, controls and access, on this machine, against the oracle.
//!
//! The default run makes a seeded sample; `--suite product` the covering set; with `--full` everything, from
//! `--from` on; `--case product/N` the one combination of that number, told in full.

pub mod accesses;
mod rate;
mod tell;
mod varied;

pub use varied::run_varied;

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::timer;
use crate::support::context::Answer;
use crate::support::product::crew::{Crew, Task};
use afdbm::regime::Regime;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use cases::product::{COMBINATIONS, Combination, Group, Judge, Kinds, Sample, Slice, Tally, covering, full};
use record::options::ByNumber;
use record::report::TestOutcome;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("sampled-reads", |context| sample(context, Group::Reads)),
    ("sampled-writes", |context| sample(context, Group::Writes)),
    ("sampled-zeroing", |context| sample(context, Group::Zeroing)),
    ("sampled-atomics", |context| sample(context, Group::Atomics)),
    ("sampled-fetches", |context| sample(context, Group::Fetches)),
    ("sampled-prefetches", |context| sample(context, Group::Prefetches)),
    ("sampled-maintenance", |context| sample(context, Group::Maintenance)),
    ("sampled-translations", |context| sample(context, Group::Translations)),
    ("sampled-reserved-encodings", |context| sample(context, Group::Reserved)),
    ("covering-set", cover),
    ("every-combination", everything),
    ("one-combination", one),
    ("sampled-el2", sample_all),
    ("sampled-el2-and-0", sample_all),
    ("covering-el2", cover),
    ("covering-el2-and-0", cover),
];

/// Combinations of the sample, before the filter.
const SAMPLE: u64 = 32_000;
/// The same where it is one case for all accesses.
const SAMPLE_OF_ALL: u64 = 8_000;
/// The most combinations of one part, two bytes each; less where many CPUs share the heap.
const PART: u64 = 1 << 18;
/// Combinations in the parts of all CPUs together, two bytes each of the heap.
const PARTS: u64 = 1 << 20;
/// Parts for each CPU between two lines of progress: a busy host ends a run that has been silent for long.
const ROUND: u64 = 2;
/// The same for a regime of EL2, where an access takes ten times as long and more: the host waits for lines.
const PART_OF_EL2: u64 = 1 << 14;
const ROUND_OF_EL2: u64 = 1;

fn sample(context: &mut Context<'_>, group: Group) -> Conclusion {
    let crew = Crew::new(context.memory, context.regime)?;
    let sample = Sample { seed: context.seed, size: SAMPLE };
    let started = timer::now();
    let tally = crew.run(Task::Sample { sample: &sample, group: Some(group) })?;
    tell::summary(context, &crew, &tally, started);
    tell::fingerprint(context, &tally, group == Group::Reserved);
    let kinds = crew.kinds();
    tell::kinds(context, &kinds);
    conclude(&tally, kinds.iter().count(), "kinds of failure")
}

/// A sample of every access.
fn sample_all(context: &mut Context<'_>) -> Conclusion {
    let crew = Crew::new(context.memory, context.regime)?;
    let started = timer::now();
    let sample = Sample { seed: context.seed, size: SAMPLE_OF_ALL };
    let tally = crew.run(Task::Sample { sample: &sample, group: None })?;
    tell::summary(context, &crew, &tally, started);
    let kinds = crew.kinds();
    tell::kinds(context, &kinds);
    conclude(&tally, kinds.iter().count(), "kinds of failure")
}

fn cover(context: &mut Context<'_>) -> Conclusion {
    let crew = Crew::new(context.memory, context.regime)?;
    rate::tell(context, &crew);
    let started = timer::now();
    for slice in &covering() {
        run_slice(context, &crew, slice, 0)?;
    }
    finish(context, &crew, started)
}

fn everything(context: &mut Context<'_>) -> Conclusion {
    let crew = Crew::new(context.memory, context.regime)?;
    let started = timer::now();
    let from = context.options.from.map_or(0, |from| from.get());
    run_slice(context, &crew, &full(), from)?;
    finish(context, &crew, started)
}

/// Runs a slice part by part, from the part that holds its combination `from` on.
fn run_slice(context: &mut Context<'_>, crew: &Crew<'_>, slice: &Slice, from: u64) -> Result<(), Trouble> {
    let (part, parts_at_once) = match context.regime {
        Regime::El10 => (PART, ROUND),
        Regime::El2 | Regime::El20 => (PART_OF_EL2, ROUND_OF_EL2),
    };
    let parts = slice.parts(part.min(PARTS / crew.len() as u64));
    let length = slice.len() / parts.total();
    let at_once = parts_at_once * crew.len() as u64;
    let mut next = from / length;
    while next < parts.total() {
        let end = parts.total().min(next + at_once);
        let started = timer::now();
        let round = crew.run(Task::Parts { parts: &parts, range: next..end, length })?;
        next = end;
        tell::progress(context, crew, &round, started, (next * length, slice.len()));
    }
    Ok(())
}

fn finish(context: &mut Context<'_>, crew: &Crew<'_>, started: u64) -> Conclusion {
    let tally = crew.total();
    tell::summary(context, crew, &tally, started);
    tell::fingerprint(context, &tally, true);
    let findings = crew.findings();
    tell::findings(context, crew, &findings);
    tell::kinds(context, &crew.kinds());
    conclude(&tally, findings.iter().count(), "clusters")
}

fn conclude(tally: &Tally, kinds: usize, what: &str) -> Conclusion {
    if tally.run == 0 {
        return Answer::skip("every combination was dropped");
    }
    if tally.failed == 0 {
        return Ok(Answer::PASS);
    }
    Answer::fail(format!("{} of {} combinations fail, {kinds} {what}", tally.failed, tally.run))
}

/// Runs the combinations that show a row of the case table.
///
/// # Errors
///
/// [`Trouble`] for want of memory.
pub fn run_all(combinations: &[Combination], context: &mut Context<'_>) -> Conclusion {
    let crew = Crew::new(context.memory, context.regime)?;
    let told = crew.on_first(|machine| {
        let mut judge = Judge::new(machine);
        let mut kinds = Box::<Kinds>::default();
        let (mut skipped, mut reasons) = (None, Vec::new());
        let mut passed = 0;
        // All of them, so that a failure that is known hides no other.
        for combination in combinations {
            let answer = tell::one(context, &mut judge, combination, &mut kinds)?;
            match answer.outcome {
                TestOutcome::Pass => passed += 1,
                TestOutcome::Skip => skipped = answer.reason,
                _ => reasons.extend(answer.reason),
            }
        }
        context.tell_kinds(&kinds);
        match skipped {
            Some(reason) if passed == 0 && reasons.is_empty() => Answer::skip(reason),
            _ => Answer::of_failures(&reasons),
        }
    });
    told.ok_or_else(|| Trouble::Other("the combinations did not end".into()))?
}

fn one(context: &mut Context<'_>) -> Conclusion {
    let Some(ByNumber(Some(number))) = context.options.by_number() else {
        return Answer::skip(format!("--case product/N names one, N from 0 to {}", COMBINATIONS - 1));
    };
    let Some(combination) = Combination::from_index(number) else {
        return Err(Trouble::Other(format!("there is no combination {number}")));
    };
    let crew = Crew::new(context.memory, context.regime)?;
    let mut kinds = Box::<Kinds>::default();
    let told =
        crew.on_first(|machine| tell::one(context, &mut Judge::new(machine), &combination, &mut kinds));
    context.tell_kinds(&kinds);
    told.ok_or_else(|| Trouble::Other("the combination did not end".into()))?
}
