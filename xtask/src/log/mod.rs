//! What a log says, read line by line, and where it contradicts itself.

mod asked;
mod ends;
mod lines;

use crate::{problem::Problem, report::Origin};
use cases::product::{Dropped, Kind};
use cases::{Extent, SUITES};
use record::report::{Counts, Environment, TestOutcome, Verdict};
use std::collections::BTreeSet;

/// More details than these of one case are not kept; the log has them all.
const DETAILS: usize = 500;
/// More bytes of details than these are not kept either.
const DETAIL_BYTES: usize = 16 << 20;
/// More kinds than these of one case are not kept, so that they are not as many as announced.
const KINDS: usize = 1000;
/// More cases than these are not kept.
const CASES: usize = 1 << 16;
/// More problems than these are only counted.
const PROBLEMS: usize = 100;

/// A case that has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Case {
    /// The suite's name.
    pub(crate) suite: String,
    /// The case's name.
    pub(crate) name: String,
    /// What it came to.
    pub(crate) outcome: TestOutcome,
    /// Why it failed, is an error, or was skipped.
    pub(crate) reason: String,
    /// The kinds of its failures, each with how many.
    pub(crate) kinds: Vec<(u64, Kind)>,
    /// What the log says of it.
    pub(crate) details: Vec<String>,
}

impl Case {
    /// Tells whether it may have left out what a deviation is about: it asks a sample, which the seed chooses, or of many
    /// instructions those that the CPU has.
    pub(crate) fn asks_a_part(&self) -> bool {
        let suite = SUITES.iter().find(|suite| suite.name == self.suite);
        let declared = suite.and_then(|suite| suite.cases.iter().find(|case| case.name == self.name));
        match declared.map(cases::Case::extent) {
            Some(Extent::Sample) => return true,
            Some(Extent::Covering) => return false,
            Some(Extent::Declared) | None => {}
        }
        let lacking = Dropped::NotImplemented.to_string();
        self.details.iter().any(|line| line.starts_with("dropped: ") && line.contains(&lacking))
    }
}

/// The records of one log.
#[derive(Default)]
pub(crate) struct Record {
    /// Whether the log has begun.
    pub(crate) begun: bool,
    /// A line has come, of whatever kind.
    pub(crate) heard: bool,
    /// The environment line, without its mark.
    pub(crate) environment: Option<String>,
    /// What is said before the plan.
    pub(crate) notes: Vec<String>,
    /// How many cases the suites that have begun announce.
    pub(crate) planned_cases: usize,
    /// The cases that have ended, in their order.
    pub(crate) cases: Vec<Case>,
    /// The suite that is open.
    pub(crate) suite: Option<Suite>,
    /// The verdict.
    pub(crate) verdict: Option<Verdict<String>>,
    /// The command that runs the same again.
    pub(crate) rerun: Option<String>,
    /// What the kernel was asked for and does not have.
    pub(crate) usage: Option<String>,
    /// The kernel's own defect.
    pub(crate) panic: Option<String>,
    /// Whether the emulator has complained.
    pub(crate) complained: bool,
    /// Where the log contradicts itself.
    pub(crate) problems: Vec<Problem>,
    /// How many more problems there are.
    pub(crate) more_problems: usize,
    /// Where the machine is not the one that was asked for.
    pub(crate) other_machine: Option<String>,
    /// What this program wrote down before the log, if it did.
    pub(crate) origin: Origin,
    /// What the log says is above EL1.
    pub(crate) hypervisor: Option<String>,
    /// What this program made of the log when it wrote it down.
    pub(crate) judged: Option<String>,
    planned: Option<usize>,
    suites: usize,
    counts: Counts,
    names: BTreeSet<String>,
    details: Vec<String>,
    detail_bytes: usize,
    /// How many kinds, and failures, the case announces whose outcome comes next.
    announced: Option<(usize, u64)>,
    kinds: Vec<(u64, Kind)>,
    reason: Option<Reason>,
}

/// A suite that has begun and not ended.
#[derive(Default)]
pub(crate) struct Suite {
    /// Its name, once it is known.
    pub(crate) name: String,
    planned: Option<usize>,
    reported: usize,
    counts: Counts,
}

/// A `# failed:` or `# error:` that waits for its `not ok`.
struct Reason {
    depth: usize,
    outcome: TestOutcome,
    text: String,
}

impl Record {
    /// Tells whether the kernel has said its last word, and will power off.
    pub(crate) const fn is_decided(&self) -> bool {
        self.verdict.is_some() || self.usage.is_some() || self.panic.is_some()
    }

    /// Returns the environment, if the log has told it.
    pub(crate) fn environment(&self) -> Option<Environment<'_>> {
        self.environment.as_deref().and_then(Environment::parse)
    }

    fn detail(&mut self, text: String) {
        if self.details.len() < DETAILS && self.detail_bytes < DETAIL_BYTES {
            self.details.push(text);
        }
    }

    /// Notes where the log contradicts itself, or what was asked for.
    pub(crate) fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }
}
