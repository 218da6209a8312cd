//! From a log to the exit status: the verdict, held against the known deviations.

use crate::{
    expectations::{Deviation, Expectations, Expected},
    failure::Exit,
    follow::End,
    lines::LARGEST,
    log::{Case, Record},
    retry::Retried,
};
use record::report::TestOutcome;
use std::fmt;

/// What the host makes of a log.
pub(crate) struct Judgement<'r> {
    /// The exit status.
    pub(crate) exit: Exit,
    /// Failures that are known, each with its deviations.
    pub(crate) known: Vec<(&'r Case, Vec<&'r Deviation>)>,
    /// Failures and errors that are not known, each with what is known of its case.
    pub(crate) new: Vec<(&'r Case, Expected<'r, 'r>)>,
    /// Cases that passed where a failure was expected.
    pub(crate) gone: Vec<(&'r Case, &'r Deviation)>,
    /// What `--retry` has shown of those that are new.
    pub(crate) retried: Option<Retried>,
    reason: Reason,
}

/// Why the exit status is what it is.
enum Reason {
    /// The kernel's verdict, with what the expectations make of it.
    Verdict(&'static str),
    /// All that failed is known, and `--strict` lets it count.
    Strict,
    /// There is no verdict that can be trusted.
    Without(String),
}

/// Judges a log that has ended.
pub(crate) fn judge<'r>(
    record: &'r Record,
    end: &End,
    expectations: &'r Expectations,
    strict: bool,
) -> Judgement<'r> {
    let mut judgement = Judgement {
        exit: Exit::NoVerdict,
        known: Vec::new(),
        new: Vec::new(),
        gone: Vec::new(),
        retried: None,
        reason: Reason::Without(String::new()),
    };
    let environment = record.environment();
    for case in &record.cases {
        let holds = |environment| expectations.of(&case.suite, &case.name, environment).collect();
        let deviations: Vec<&Deviation> = environment.as_ref().map(holds).unwrap_or_default();
        match case.outcome {
            TestOutcome::Fail => {
                let expected = Expectations::judge(deviations, &case.kinds);
                if expected.known {
                    judgement.known.push((case, expected.deviations));
                } else {
                    judgement.new.push((case, expected));
                }
            }
            // An error is never known.
            TestOutcome::Error => judgement.new.push((case, Expected::default())),
            // A part of the combinations may merely have missed what the machine still does.
            TestOutcome::Pass if case.asks_a_part() => {}
            TestOutcome::Pass => judgement.gone.extend(deviations.into_iter().map(|one| (case, one))),
            TestOutcome::Skip => {}
        }
    }
    (judgement.exit, judgement.reason) = match without_verdict(record, end) {
        Some((exit, text)) => (exit, Reason::Without(text)),
        None => of_verdict(record, &judgement, strict),
    };
    judgement
}

/// Tells what keeps the log from having a verdict that can be trusted, if anything does.
fn without_verdict(record: &Record, end: &End) -> Option<(Exit, String)> {
    if let Some(text) = &record.usage {
        return Some((Exit::Usage, format!("the kernel refuses the command line: {text}")));
    }
    if let Some(text) = &record.panic {
        return Some((Exit::NoVerdict, format!("the kernel panicked: {text}")));
    }
    if record.verdict.is_none() {
        let place = Place(record);
        return Some(match end {
            End::Interrupted => (Exit::Interrupted, format!("interrupted {place}")),
            End::TimedOut(limit) => (Exit::TimeOut, format!("{limit}, {place}")),
            End::Flooded => (Exit::NoVerdict, flooded(record)),
            End::Closed => (Exit::NoVerdict, format!("the log ends without a verdict, {place}")),
            // An emulator that refuses its command line says so before the kernel's first instruction.
            End::Ended(status) if !record.begun && status.code().is_some_and(|code| code != 0) => {
                // QEMU 7.2 is silent where a CPU of 32 bits is given an image of 64.
                let why =
                    if record.complained { "" } else { ", without a word; is the --cpu one of 64 bits?" };
                (Exit::Usage, format!("the emulator did not boot the kernel: {status}{why}"))
            }
            End::Ended(status) => {
                (Exit::NoVerdict, format!("the log ends without a verdict, {place}; the emulator: {status}"))
            }
        });
    }
    if let Some(problem) = record.problems.first() {
        let more = match record.problems.len() - 1 + record.more_problems {
            0 => String::new(),
            count => format!(", and {count} more"),
        };
        return Some((Exit::NoVerdict, format!("the log contradicts itself: {problem}{more}")));
    }
    if let Some(difference) = &record.other_machine {
        return Some((Exit::NoVerdict, format!("not the machine that was asked for: {difference}")));
    }
    match end {
        End::Flooded => Some((Exit::NoVerdict, flooded(record))),
        End::Closed => {
            // Behind an error that the kernel has told stand counts, and this log tells it again.
            let is_of_host = |judged: &&String| {
                let why = judged.strip_prefix("error, ");
                why.is_some_and(|why| !why.starts_with(|first: char| first.is_ascii_digit()))
            };
            let judged = record.judged.as_ref().filter(is_of_host);
            judged.map(|judged| (Exit::NoVerdict, format!("it was judged before: {judged}")))
        }
        End::Ended(status) if !status.success() => {
            Some((Exit::NoVerdict, format!("the emulator went wrong after the verdict: {status}")))
        }
        _ => None,
    }
}

fn flooded(record: &Record) -> String {
    format!("the emulator writes without end, {} MiB so far, {}", LARGEST >> 20, Place(record))
}

fn of_verdict(record: &Record, judgement: &Judgement<'_>, strict: bool) -> (Exit, Reason) {
    let outcome = record.verdict.as_ref().map_or(TestOutcome::Error, |verdict| verdict.outcome);
    let errors = record.verdict.as_ref().is_some_and(|verdict| verdict.counts.errors != 0);
    let lost = record.verdict.as_ref().is_some_and(|verdict| verdict.lost.is_some());
    match outcome {
        TestOutcome::Pass => (Exit::Pass, Reason::Verdict("pass")),
        TestOutcome::Skip => (Exit::Nothing, Reason::Verdict("nothing could be tested")),
        TestOutcome::Error => (Exit::Fail, Reason::Verdict("error")),
        TestOutcome::Fail if !judgement.new.is_empty() || errors || lost => {
            (Exit::Fail, Reason::Verdict("fail"))
        }
        TestOutcome::Fail if strict => (Exit::Fail, Reason::Strict),
        TestOutcome::Fail => (Exit::Pass, Reason::Verdict("pass")),
    }
}

impl Judgement<'_> {
    /// Tells whether the log has a verdict that can be trusted.
    pub(crate) const fn is_of_verdict(&self) -> bool {
        !matches!(self.reason, Reason::Without(_))
    }
}

/// Shows `pass, 2 known deviations`, the host's own line.
impl fmt::Display for Judgement<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Verdict(word) => formatter.write_str(word)?,
            Reason::Strict => formatter.write_str("fail, as --strict lets known deviations count")?,
            Reason::Without(text) => return write!(formatter, "error, {text}"),
        }
        let errors = self.new.iter().filter(|(case, _)| case.outcome == TestOutcome::Error).count();
        for (count, one, several) in [
            (self.new.len() - errors, "new failure", "new failures"),
            (errors, "error", "errors"),
            (self.known.len(), "known deviation", "known deviations"),
            (self.gone.len(), "no longer deviates", "no longer deviate"),
        ] {
            match count {
                0 => {}
                1 => write!(formatter, ", 1 {one}")?,
                _ => write!(formatter, ", {count} {several}")?,
            }
        }
        match &self.retried {
            Some(retried) => write!(formatter, "; {retried}"),
            None => Ok(()),
        }
    }
}

/// How far a log came.
struct Place<'r>(&'r Record);

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(record) = self;
        if !record.heard {
            return formatter.write_str(
                "before the log began: no line was heard; does the machine have the console that the kernel drives?",
            );
        }
        if !record.begun {
            return formatter.write_str("before the log began");
        }
        let last = record.cases.last();
        match (&record.suite, last) {
            (Some(suite), Some(case)) if case.suite == suite.name => {
                write!(formatter, "after {}/{}", case.suite, case.name)
            }
            (Some(suite), _) => write!(formatter, "at the beginning of {}", suite.name),
            (None, Some(case)) => write!(formatter, "after the end of {}", case.suite),
            (None, None) => formatter.write_str("before the first suite"),
        }
    }
}
