//! How long a run may take, from what it is asked for, and how long it may be silent, from what it is at.

use cases::{FOR_A_LITMUS_TEST, LITMUS, SUITES};
use record::options::{Number, Options};
use std::{fmt, time::Duration};

/// How long the kernel may take to its first line, and between two suites.
const BEGINNING: Duration = Duration::from_secs(60);

/// What a suite is given beyond the budget of its longest case: the kernel itself tells that a case has overrun its
/// budget, or that a CPU is lost, and goes first. A busy host may be late.
const MARGIN: Duration = Duration::from_secs(60);

/// How many times as long a run may take whose time follows its instructions: one a nanosecond, which a slow host
/// needs many for.
const REPLAY: u32 = 20;

/// The limits of a run.
#[derive(Debug)]
pub(crate) struct Limits {
    /// How long it may take in all.
    pub(crate) total: Duration,
    /// Whether `--timeout` says so.
    given: bool,
    slowness: u32,
}

/// The limit that was up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Limit {
    /// What `--timeout` allows.
    Given(Duration),
    /// The budgets of all cases together.
    Budgets(Duration),
    /// No line for so long.
    Silence(Duration),
    /// The output was closed for so long, and the emulator did not end.
    Closed(Duration),
}

impl Limits {
    /// Adds up what the cases may take, as (suite, case), unless `--timeout` says how long they may.
    pub(crate) fn new(selected: &[(&str, &str)], options: &Options<'_>) -> Self {
        let slowness = if options.replay || options.sweep.is_some() { REPLAY } else { 1 };
        let given = options.timeout.map(|seconds| Duration::from_secs(Number::get(seconds).into()));
        let budgets: Duration = selected.iter().map(|(suite, case)| budget(suite, case) + MARGIN).sum();
        let total = given.unwrap_or((BEGINNING + budgets) * slowness);
        Self { total, given: given.is_some(), slowness }
    }

    /// Returns the limit of the whole run.
    pub(crate) const fn of_run(&self) -> Limit {
        if self.given { Limit::Given(self.total) } else { Limit::Budgets(self.total) }
    }

    /// Returns how long there may be no line within this suite, or outside any.
    pub(crate) fn silence(&self, suite: Option<&str>) -> Duration {
        self.slowness * suite.map_or(BEGINNING, |suite| longest_silence(suite) + MARGIN)
    }
}

/// A case with a larger budget tells its progress meanwhile.
const TELLS_PROGRESS: Duration = Duration::from_secs(3600);

/// Returns the budgets of the cases of a suite, each with the case's name.
fn budgets(suite: &str) -> impl Iterator<Item = (&'static str, Duration)> {
    let suites = SUITES.iter().filter(move |one| one.name == suite);
    suites.flat_map(|suite| suite.cases.iter().map(|case| (case.name, case.budget)))
}

/// Returns the longest budget of a case of this suite that may stay silent meanwhile.
fn longest_silence(suite: &str) -> Duration {
    if suite == LITMUS {
        return FOR_A_LITMUS_TEST;
    }
    let silent = budgets(suite).map(|(_, budget)| budget).filter(|budget| *budget <= TELLS_PROGRESS);
    silent.max().unwrap_or(BEGINNING)
}

/// Returns the budget of a case.
fn budget(suite: &str, case: &str) -> Duration {
    if suite == LITMUS {
        return FOR_A_LITMUS_TEST;
    }
    budgets(suite).find(|(name, _)| *name == case).map_or(BEGINNING, |(_, budget)| budget)
}

/// Shows `time-out after 10 s, as --timeout says`.
impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(limit) => {
                write!(formatter, "time-out after {} s, as --timeout says", limit.as_secs())
            }
            Self::Budgets(limit) => write!(
                formatter,
                "time-out after {} s, what all cases may take together (--timeout S sets another limit)",
                limit.as_secs()
            ),
            Self::Silence(limit) => write!(
                formatter,
                "time-out after {} s without a line, longer than a case may take that may be running",
                limit.as_secs()
            ),
            Self::Closed(limit) => {
                let limit = limit.as_secs();
                write!(formatter, "the emulator closed its output, and had not ended {limit} s later")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;
    use record::options::Options;
    use std::time::Duration;

    fn limits(selected: &[(&str, &str)], options: &str) -> Limits {
        Limits::new(selected, &Options::from_text(options).unwrap())
    }

    #[test]
    fn a_run_may_take_as_long_as_its_cases() {
        let one = [("dirty-state", "d01-store-marks-dirty")];
        let two = [("dirty-state", "d01-store-marks-dirty"), ("races", "i03-v0-loses-store")];
        assert!(limits(&one, "").total < limits(&two, "").total);
        assert!(limits(&two, "").total > Duration::from_secs(900));
        assert!(limits(&[("swap", "streamed-buffer-survives")], "").total > Duration::from_secs(1800));
        assert!(limits(&[("product", "every-combination")], "--full").total > Duration::from_secs(86_400));
        assert!(limits(&one, "--replay").total > limits(&one, "").total);
        assert_eq!(limits(&two, "--timeout 7").total, Duration::from_secs(7));
    }

    #[test]
    fn silence_ends_a_run_after_the_kernel_itself_would_have() {
        let limits = limits(&[("dirty-state", "d01-store-marks-dirty")], "");
        assert!(limits.silence(Some("dirty-state")) > Duration::from_secs(65));
        assert!(limits.silence(Some("swap")) > Duration::from_secs(1805));
        assert!(limits.silence(None) < limits.silence(Some("dirty-state")));
    }
}
