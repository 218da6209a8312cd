//! What a log says, read line by line, and where it contradicts itself.

use crate::{
    machine::Machine,
    problem::Problem,
    report::{Origin, origin},
    terminal,
};
use cases::product::{Dropped, Kind};
use record::options::ByNumber;
use record::report::{Counts, Entry, Environment, Line, Mark, Outcome, Verdict};
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
    pub(crate) outcome: Outcome,
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
        if self.suite == ByNumber::SUITE {
            return self.name.starts_with("sampled-");
        }
        if matches!(self.suite.as_str(), "granules" | "stages") {
            return !self.name.starts_with("covering-set");
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
    outcome: Outcome,
    text: String,
}

impl Record {
    /// Takes the next line.
    pub(crate) fn take(&mut self, text: &str) {
        self.heard = true;
        if self.begun {
            return self.take_line(text);
        }
        let text = terminal::behind_controls(text);
        match Entry::parse(text).line {
            Line::Version | Line::Usage(_) | Line::Panic(_) => self.take_line(text),
            Line::Diagnostic(comment) => origin::take(&mut self.origin, comment),
            _ => {}
        }
    }

    fn take_line(&mut self, text: &str) {
        let Entry { depth, line } = Entry::parse(text);
        // Behind the kernel's last line stands what this program has made of it.
        if self.origin.emulator.is_some() && self.rerun.is_some() && text.starts_with('#') {
            if let Line::Panic(text) = line {
                self.panic = Some(text.to_owned());
            }
            self.judged = text.strip_prefix("# host: ").map(str::to_owned).or(self.judged.take());
            return;
        }
        let may_follow_the_verdict =
            matches!(line, Line::Diagnostic(_) | Line::Rerun(_) | Line::Other(_) | Line::Panic(_));
        if self.verdict.is_some() && !may_follow_the_verdict {
            self.problem(Problem::Misplaced(text.to_owned()));
            return;
        }
        if self.is_out_of_form(text, depth, &line) {
            self.problem(Problem::Misplaced(text.to_owned()));
            return;
        }
        match line {
            Line::Version if !self.begun && depth == 0 => self.begun = true,
            Line::Environment(_) if depth == 0 && self.environment.is_none() && self.planned.is_none() => {
                self.environment = text.strip_prefix("# ").map(str::to_owned);
            }
            Line::SuiteVersion if depth == 1 && self.suite.is_none() && self.planned.is_some() => {
                self.suite = Some(Suite::default());
                self.forget_what_was_told();
            }
            Line::Suite(name) if depth == 1 => match &mut self.suite {
                Some(suite) if suite.name.is_empty() => name.clone_into(&mut suite.name),
                _ => self.problem(Problem::Misplaced(text.to_owned())),
            },
            Line::Plan(planned) => {
                let (place, expected_depth, comes_first) = match &mut self.suite {
                    Some(suite) => (&mut suite.planned, 1, suite.reported == 0 && !suite.name.is_empty()),
                    None => (&mut self.planned, 0, self.suites == 0),
                };
                let misplaced = place.replace(planned).is_some() || depth != expected_depth || !comes_first;
                if self.suite.is_some() {
                    self.planned_cases = self.planned_cases.saturating_add(planned);
                }
                if misplaced {
                    self.problem(Problem::Misplaced(text.to_owned()));
                }
            }
            Line::Failed(reason) => self.set_reason(depth, Outcome::Fail, reason),
            Line::Error(reason) => self.set_reason(depth, Outcome::Error, reason),
            Line::Result { number, name, mark } if depth == 1 && self.suite.is_some() => {
                self.end_case(number, name, mark);
            }
            Line::Result { number, name, mark } if depth == 0 => self.end_suite(number, name, mark),
            Line::Verdict(verdict) if depth == 0 => self.end(verdict),
            Line::Rerun(command) if self.verdict.is_some() => self.rerun = Some(command.to_owned()),
            Line::Rerun(command) => self.detail(format!("rerun: {command}")),
            Line::Kinds { kinds, failures } if depth == 1 && self.is_planned() => {
                if self.announced.replace((kinds, failures)).is_some() || !self.kinds.is_empty() {
                    self.problem(Problem::Misplaced(text.to_owned()));
                }
            }
            Line::Kind { count, kind } if depth == 1 && self.is_planned() => {
                if self.kinds.iter().any(|(_, told)| *told == kind) {
                    self.problem(Problem::Repeated(text.to_owned()));
                }
                self.detail(text.trim_start_matches([' ', '#']).to_owned());
                if self.kinds.len() < KINDS {
                    self.kinds.push((count, kind));
                }
            }
            // What resembles a line that decides could hide one: a kind that is new, another verdict.
            Line::Diagnostic(text) | Line::Other(text) if Line::resembles_one_that_decides(text) => {
                self.problem(Problem::Misplaced(text.to_owned()));
            }
            Line::Usage(text) => self.usage = Some(text.to_owned()),
            Line::Panic(text) => self.panic = Some(text.to_owned()),
            Line::Diagnostic(text) if self.planned.is_none() && self.notes.len() < DETAILS => {
                if let Some(name) = text.strip_prefix(Line::HYPERVISOR) {
                    self.hypervisor = Some(name.to_owned());
                }
                self.notes.push(text.to_owned());
            }
            Line::Diagnostic(text) => self.detail(text.to_owned()),
            // A line that firmware writes in between is no part of the log.
            Line::Other(_) => {}
            _ => self.problem(Problem::Misplaced(text.to_owned())),
        }
    }

    /// Tells whether a line on which the outcome depends is not as the kernel writes it, or comes between a reason and
    /// its result.
    fn is_out_of_form(&self, text: &str, depth: usize, line: &Line<'_>) -> bool {
        match line {
            Line::Diagnostic(_) | Line::Other(_) | Line::Rerun(_) | Line::Usage(_) | Line::Panic(_) => false,
            _ if Entry { depth, line: *line }.to_string() != text => true,
            Line::Failed(_) | Line::Error(_) | Line::Result { .. } | Line::Verdict(_) => false,
            _ => self.reason.is_some(),
        }
    }

    /// Tells whether the kernel has said its last word, and will power off.
    pub(crate) const fn is_decided(&self) -> bool {
        self.verdict.is_some() || self.usage.is_some() || self.panic.is_some()
    }

    /// Returns the environment, if the log has told it.
    pub(crate) fn environment(&self) -> Option<Environment<'_>> {
        self.environment.as_deref().and_then(Environment::parse)
    }

    /// Checks, once the log is complete, that just the cases ran that were asked for, on the machine that was. Where a
    /// CPU was lost the verdict says so itself.
    pub(crate) fn compare(&mut self, selected: &[(&str, &str)], machine: &Machine<'_>) {
        self.compare_cases(selected);
        self.compare_machine(machine);
    }

    /// Checks that just these cases ran.
    pub(crate) fn compare_cases(&mut self, selected: &[(&str, &str)]) {
        let asked: BTreeSet<(&str, &str)> = selected.iter().copied().collect();
        let ran: BTreeSet<(&str, &str)> =
            self.cases.iter().map(|case| (case.suite.as_str(), case.name.as_str())).collect();
        let id = |(suite, case): &(&str, &str)| format!("{suite}/{case}");
        let lost = self.verdict.as_ref().is_some_and(|verdict| verdict.lost.is_some());
        let mut problems: Vec<Problem> =
            ran.difference(&asked).map(|case| Problem::NotAsked(id(case))).collect();
        if !lost {
            problems.extend(asked.difference(&ran).map(|case| Problem::NotRun(id(case))));
        }
        problems.into_iter().for_each(|problem| self.problem(problem));
    }

    /// Checks that the machine is the one that was asked for.
    pub(crate) fn compare_machine(&mut self, machine: &Machine<'_>) {
        self.other_machine = self.environment().and_then(|environment| machine.difference(&environment));
    }

    /// Tells whether a suite is open that has said how many cases it has.
    fn is_planned(&self) -> bool {
        self.suite.as_ref().is_some_and(|suite| suite.planned.is_some())
    }

    fn set_reason(&mut self, depth: usize, outcome: Outcome, text: &str) {
        self.count_own_error();
        self.reason = Some(Reason { depth, outcome, text: text.to_owned() });
    }

    /// A reason that no result follows is the suite's, or the run's, own.
    fn count_own_error(&mut self) {
        if let Some(Reason { depth, outcome, text }) = self.reason.take() {
            match &mut self.suite {
                Some(suite) if depth == 1 => suite.counts.add(outcome),
                _ => self.counts.add(outcome),
            }
            if outcome != Outcome::Error {
                self.problem(Problem::Misplaced(format!("failed: {text}")));
            }
        }
    }

    /// Decides what a result came to: the mark, and the reason before it.
    fn outcome(&mut self, depth: usize, name: &str, mark: Mark<&str>) -> (Outcome, String) {
        if self.reason.as_ref().is_some_and(|reason| reason.depth != depth) {
            self.count_own_error();
        }
        let reason = self.reason.take();
        match (mark, reason) {
            (Mark::NotOk, Some(reason)) => (reason.outcome, reason.text),
            (Mark::NotOk, None) => {
                self.problem(Problem::NoReason(name.to_owned()));
                (Outcome::Error, String::new())
            }
            (Mark::Ok | Mark::Skip(_), Some(Reason { outcome: expected, text, .. })) => {
                let name = name.to_owned();
                self.problem(Problem::Contradiction { name, expected, found: Outcome::Pass });
                (expected, text)
            }
            (Mark::Ok, None) => (Outcome::Pass, String::new()),
            (Mark::Skip(reason), None) => (Outcome::Skip, reason.to_owned()),
        }
    }

    fn end_case(&mut self, number: usize, name: &str, mark: Mark<&str>) {
        let (outcome, reason) = self.outcome(1, name, mark);
        let kinds = self.told_kinds(name, outcome);
        let details = std::mem::take(&mut self.details);
        self.forget_what_was_told();
        let Some(suite) = &mut self.suite else { return };
        suite.reported += 1;
        suite.counts.add(outcome);
        let (expected, suite) = (suite.reported, suite.name.clone());
        self.check_name(name, number, expected);
        self.detail_bytes += details.iter().map(String::len).sum::<usize>();
        if self.cases.len() < CASES {
            self.cases.push(Case { suite, name: name.to_owned(), outcome, reason, kinds, details });
        }
    }

    /// Takes the kinds of the case that ends, held against what it has announced.
    fn told_kinds(&mut self, name: &str, outcome: Outcome) -> Vec<(u64, Kind)> {
        let (announced, kinds) = (self.announced.take(), std::mem::take(&mut self.kinds));
        let failures = kinds.iter().fold(0, |sum: u64, (count, _)| sum.saturating_add(*count));
        let told = (kinds.len(), failures);
        // An error is never known, and may come while kinds are told.
        if announced.unwrap_or_default() != told && outcome != Outcome::Error {
            self.problem(Problem::Kinds { name: name.to_owned(), announced, told });
        } else if !kinds.is_empty() && outcome.is_ok() {
            self.problem(Problem::KindsWithoutFailure(name.to_owned()));
        }
        kinds
    }

    fn forget_what_was_told(&mut self) {
        self.details.clear();
        self.announced = None;
        self.kinds.clear();
    }

    fn end_suite(&mut self, number: usize, name: &str, mark: Mark<&str>) {
        let (found, _) = self.outcome(0, name, mark);
        if !self.kinds.is_empty() || self.announced.is_some() {
            self.problem(Problem::Misplaced(format!("kinds of failure before the end of {name}")));
        }
        self.forget_what_was_told();
        self.suites += 1;
        self.check_name(name, number, self.suites);
        let Some(Suite { name: opened, planned, reported, counts }) = self.suite.take() else {
            return self.problem(Problem::Misplaced(format!("the end of {name}")));
        };
        self.counts += counts;
        if opened != name {
            self.problem(Problem::Misplaced(format!("the end of {name} within {opened}")));
        }
        let (own, of) = (counts.total() > reported, name.to_owned());
        if planned != Some(reported) && !own {
            self.problem(Problem::Plan { of: of.clone(), planned, reported });
        }
        if counts.outcome() != found {
            self.problem(Problem::Contradiction { name: of, expected: counts.outcome(), found });
        }
    }

    fn end(&mut self, verdict: Verdict<&str>) {
        let own = self.reason.is_some();
        self.count_own_error();
        if let Some(suite) = self.suite.take() {
            self.problem(Problem::Misplaced(format!("the verdict within {}", suite.name)));
        }
        if self.environment.is_none() {
            self.problem(Problem::NoEnvironment);
        }
        if self.planned != Some(self.suites) && !own {
            let (planned, reported) = (self.planned, self.suites);
            self.problem(Problem::Plan { of: "the run".into(), planned, reported });
        }
        let Verdict { outcome: found, counts, timing, lost } = verdict;
        if counts != self.counts {
            self.problem(Problem::Counts { expected: self.counts, found: counts });
        }
        let expected = match self.counts.outcome() {
            Outcome::Pass | Outcome::Skip if lost.is_some() => Outcome::Error,
            outcome => outcome,
        };
        if found != expected {
            self.problem(Problem::Contradiction { name: "the verdict".into(), expected, found });
        }
        let lost = lost.map(str::to_owned);
        self.verdict = Some(Verdict { outcome: found, counts, timing, lost });
    }

    fn check_name(&mut self, name: &str, found: usize, expected: usize) {
        if found != expected {
            self.problem(Problem::Number { name: name.to_owned(), expected, found });
        }
        if self.names.len() == CASES {
            self.problem(Problem::TooMany);
        } else if !self.names.insert(name.to_owned()) {
            self.problem(Problem::Repeated(name.to_owned()));
        }
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
