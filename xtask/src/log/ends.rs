//! The ends of cases, of suites and of the run, each held against what the log has said before it.

use super::{CASES, Case, Problem, Reason, Record, Suite};
use cases::product::Kind;
use record::report::{Mark, TestOutcome, Verdict};

impl Record {
    pub(super) fn set_reason(&mut self, depth: usize, outcome: TestOutcome, text: &str) {
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
            if outcome != TestOutcome::Error {
                self.problem(Problem::Misplaced(format!("failed: {text}")));
            }
        }
    }

    /// Decides what a result came to: the mark, and the reason before it.
    fn outcome(&mut self, depth: usize, name: &str, mark: Mark<&str>) -> (TestOutcome, String) {
        if self.reason.as_ref().is_some_and(|reason| reason.depth != depth) {
            self.count_own_error();
        }
        let reason = self.reason.take();
        match (mark, reason) {
            (Mark::NotOk, Some(reason)) => (reason.outcome, reason.text),
            (Mark::NotOk, None) => {
                self.problem(Problem::NoReason(name.to_owned()));
                (TestOutcome::Error, String::new())
            }
            (Mark::Ok | Mark::Skip(_), Some(Reason { outcome: expected, text, .. })) => {
                let name = name.to_owned();
                self.problem(Problem::Contradiction { name, expected, found: TestOutcome::Pass });
                (expected, text)
            }
            (Mark::Ok, None) => (TestOutcome::Pass, String::new()),
            (Mark::Skip(reason), None) => (TestOutcome::Skip, reason.to_owned()),
        }
    }

    pub(super) fn end_case(&mut self, number: usize, name: &str, mark: Mark<&str>) {
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
    fn told_kinds(&mut self, name: &str, outcome: TestOutcome) -> Vec<(u64, Kind)> {
        let (announced, kinds) = (self.announced.take(), std::mem::take(&mut self.kinds));
        let failures = kinds.iter().fold(0, |sum: u64, (count, _)| sum.saturating_add(*count));
        let told = (kinds.len(), failures);
        // An error is never known, and may come while kinds are told.
        if announced.unwrap_or_default() != told && outcome != TestOutcome::Error {
            self.problem(Problem::Kinds { name: name.to_owned(), announced, told });
        } else if !kinds.is_empty() && outcome.is_ok() {
            self.problem(Problem::KindsWithoutFailure(name.to_owned()));
        }
        kinds
    }

    pub(super) fn forget_what_was_told(&mut self) {
        self.details.clear();
        self.announced = None;
        self.kinds.clear();
    }

    pub(super) fn end_suite(&mut self, number: usize, name: &str, mark: Mark<&str>) {
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

    pub(super) fn end(&mut self, verdict: Verdict<&str>) {
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
            TestOutcome::Pass | TestOutcome::Skip if lost.is_some() => TestOutcome::Error,
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
}
