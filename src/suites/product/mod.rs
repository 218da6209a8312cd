//! Every combination of leaf, tables, controls and access, on this machine, against the oracle.
//!
//! The default run makes a seeded sample; `--suite product` the covering set; with `--full` everything, from
//! `--from` on; `--case product/N` the one combination of that number, told in full.

mod access;
mod crew;
mod machine;
mod rate;
mod tell;

use super::{Case, Conclusion, Context, Suite, Trouble};
use crate::machine::timer;
use crate::suites::context::Answer;
use afdbm::options::ByNumber;
use afdbm::product::{COMBINATIONS, Combination, Judge, Sample, Slice, Tally, covering, full};
use alloc::format;
use core::time::Duration;
use crew::{Crew, Task};

/// The suite.
pub const SUITE: Suite = Suite {
    name: ByNumber::SUITE,
    about: "every combination of leaf, tables, controls and access, against the oracle",
    hidden: false,
    cases: &[
        Case::function("sampled-combinations", "a sample of all combinations, drawn with the seed", sample),
        Case::function(
            "covering-set",
            "some 19 million: all leaf bits with all controls and accesses",
            cover,
        )
        .hidden()
        .within(HOURS),
        Case::function("every-combination", "with --full all of them, from --from on", everything)
            .hidden()
            .within(HOURS),
        Case::function(ByNumber::CASE, "the one that --case product/N names, told in full", one).hidden(),
    ],
};

/// A budget that only hangs overrun, though a slow machine takes hours.
const HOURS: Duration = Duration::from_secs(1 << 22);
/// Combinations of the sample, before the filter.
const SAMPLE: u64 = 40_000;
/// The most combinations of one part, two bytes each; less where many CPUs share the heap.
const PART: u64 = 1 << 18;
/// Combinations in the parts of all CPUs together, two bytes each of the heap.
const PARTS: u64 = 1 << 20;
/// Parts for each CPU between two lines of progress.
const ROUND: u64 = 8;

fn lacks(context: &Context<'_>) -> Result<Crew, Trouble> {
    let _ = context;
    Crew::new().ok_or_else(|| Trouble::Other("no memory for the tables of every CPU".into()))
}

fn sample(context: &mut Context<'_>) -> Conclusion {
    let crew = lacks(context)?;
    let sample = Sample { seed: context.seed, size: SAMPLE };
    let started = timer::now();
    let total = crew.run(Task::Sample(&sample))?;
    tell::summary(context, &crew, &total.tally, started);
    tell::fingerprint(context, &total.tally);
    tell::kinds(context, &total);
    conclude(&total.tally, total.kinds.len(), "kinds of failure")
}

fn cover(context: &mut Context<'_>) -> Conclusion {
    let crew = lacks(context)?;
    rate::tell(context, &crew)?;
    let started = timer::now();
    for slice in &covering() {
        run_slice(context, &crew, slice, 0)?;
    }
    finish(context, &crew, started)
}

fn everything(context: &mut Context<'_>) -> Conclusion {
    if !context.options.full {
        return Answer::skip("--full was not given");
    }
    let crew = lacks(context)?;
    let started = timer::now();
    let from = context.options.from.map_or(0, |from| from.get());
    run_slice(context, &crew, &full(), from)?;
    finish(context, &crew, started)
}

/// Runs a slice part by part, from the part that holds its combination `from` on.
fn run_slice(context: &mut Context<'_>, crew: &Crew, slice: &Slice, from: u64) -> Result<(), Trouble> {
    let parts = slice.parts(PART.min(PARTS / crew.len() as u64));
    let length = slice.len() / parts.total();
    let round = ROUND * crew.len() as u64;
    let mut next = from / length;
    while next < parts.total() {
        let end = parts.total().min(next + round);
        let started = timer::now();
        let total = crew.run(Task::Parts { parts: &parts, range: next..end, length })?;
        next = end;
        tell::progress(context, crew, &total.tally, started, (next * length, slice.len()));
    }
    Ok(())
}

fn finish(context: &mut Context<'_>, crew: &Crew, started: u64) -> Conclusion {
    let tally = crew.total();
    tell::summary(context, crew, &tally, started);
    tell::fingerprint(context, &tally);
    let findings = crew.findings();
    tell::findings(context, crew, &findings);
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

fn one(context: &mut Context<'_>) -> Conclusion {
    let Some(ByNumber(Some(number))) = context.options.by_number() else {
        return Answer::skip(format!("--case product/N names one, N from 0 to {}", COMBINATIONS - 1));
    };
    let Some(combination) = Combination::from_index(number) else {
        return Err(Trouble::Other(format!("there is no combination {number}")));
    };
    let crew = lacks(context)?;
    let told = crew.on_first(|machine| tell::one(context, &mut Judge::new(machine), &combination));
    told.ok_or_else(|| Trouble::Other("the combination did not end".into()))?
}
