//! Outcomes, and how many of each become the outcome of a suite or of the run.

use core::{fmt, ops::AddAssign, str::FromStr};

/// What a case, a suite or the run came to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TestOutcome {
    /// What was claimed was seen.
    Pass,
    /// The machine, or the routine under test, is wrong.
    Fail,
    /// The test or its environment is wrong, and nothing can be said of the machine.
    Error,
    /// Not tested: the machine lacks something, or what is permitted did not show.
    Skip,
}

/// The text is none of the four outcomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ParseOutcomeError;

impl TestOutcome {
    /// Every outcome, in the order of the verdict's counts.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Fail, Self::Error, Self::Skip];

    /// Returns the word that stands for it in the verdict.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Skip => "skip",
        }
    }

    /// Tells whether TAP says `ok` of it; a skip is `ok` with a directive.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        matches!(self, Self::Pass | Self::Skip)
    }
}

impl fmt::Display for TestOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

impl FromStr for TestOutcome {
    type Err = ParseOutcomeError;

    fn from_str(text: &str) -> Result<Self, ParseOutcomeError> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == text).ok_or(ParseOutcomeError)
    }
}

/// How many cases came to each outcome.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Counts {
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed.
    pub failed: usize,
    /// Cases that were errors, and suites that were not what they had announced.
    pub errors: usize,
    /// Cases that were skipped.
    pub skipped: usize,
}

impl Counts {
    /// Counts one more.
    pub const fn add(&mut self, outcome: TestOutcome) {
        match outcome {
            TestOutcome::Pass => self.passed += 1,
            TestOutcome::Fail => self.failed += 1,
            TestOutcome::Error => self.errors += 1,
            TestOutcome::Skip => self.skipped += 1,
        }
    }

    /// Returns how many there are in all.
    #[must_use]
    pub const fn total(self) -> usize {
        self.passed + self.failed + self.errors + self.skipped
    }

    /// Combines: fail if any failed, else error if any, else pass if any passed, else skip; of nothing, error,
    /// since silence is an error.
    #[must_use]
    pub const fn outcome(self) -> TestOutcome {
        match self {
            Self { failed: 1.., .. } => TestOutcome::Fail,
            Self { errors: 1.., .. } => TestOutcome::Error,
            Self { passed: 1.., .. } => TestOutcome::Pass,
            Self { skipped: 1.., .. } => TestOutcome::Skip,
            _ => TestOutcome::Error,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

/// Shows `passed 211 failed 2 errors 0 skipped 5`.
impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, errors, skipped } = self;
        write!(formatter, "passed {passed} failed {failed} errors {errors} skipped {skipped}")
    }
}
