//! Where a log contradicts itself.

use record::report::{Counts, TestOutcome};
use std::fmt;

/// A contradiction in a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Problem {
    /// A line that stands where it cannot.
    Misplaced(String),
    /// A name that occurs twice.
    Repeated(String),
    /// A result whose number is not the next.
    Number { name: String, expected: usize, found: usize },
    /// A plan and as many results as it does not say.
    Plan { of: String, planned: Option<usize>, reported: usize },
    /// A result that differs from what the lines before it say.
    Contradiction { name: String, expected: TestOutcome, found: TestOutcome },
    /// A `not ok` without its reason.
    NoReason(String),
    /// A verdict with other counts than the cases have.
    Counts { expected: Counts, found: Counts },
    /// Kinds of failure, with how many failures they have together, that are not as announced.
    Kinds { name: String, announced: Option<(usize, u64)>, told: (usize, u64) },
    /// Kinds of failure of a case that did not fail.
    KindsWithoutFailure(String),
    /// More cases than any image has.
    TooMany,
    /// No environment line.
    NoEnvironment,
    /// Another version of this project.
    Version(String),
    /// No line, as the kernel writes it, that says what it was asked for.
    NoRerun,
    /// A case that was asked for and is not there.
    NotRun(String),
    /// A case that was not asked for.
    NotAsked(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misplaced(line) => write!(formatter, "{line:?} cannot stand where it does"),
            Self::Repeated(name) => write!(formatter, "{name} is there twice"),
            Self::Number { name, expected, found } => {
                write!(formatter, "{name} has number {found}, where {expected} is next")
            }
            Self::Plan { of, planned: Some(planned), reported } => {
                write!(formatter, "{of} announces {planned} and reports {reported}")
            }
            Self::Plan { of, planned: None, reported } => {
                write!(formatter, "{of} announces no plan and reports {reported}")
            }
            Self::Contradiction { name, expected, found } => {
                write!(formatter, "{name} is {found}, where the lines before it make it {expected}")
            }
            Self::NoReason(name) => write!(formatter, "{name} is not ok, without a reason"),
            Self::Counts { expected, found } => {
                write!(formatter, "the verdict counts \"{found}\", the cases are \"{expected}\"")
            }
            Self::Kinds { name, announced: Some((kinds, failures)), told } => write!(
                formatter,
                "{name} announces {kinds} kinds with {failures} failures, and tells {} with {}",
                told.0, told.1
            ),
            Self::Kinds { name, announced: None, told } => {
                write!(formatter, "{name} announces no kinds, and tells {} with {} failures", told.0, told.1)
            }
            Self::KindsWithoutFailure(name) => {
                write!(formatter, "{name} tells kinds of failure, and did not fail")
            }
            Self::TooMany => formatter.write_str("there are more cases than any image has"),
            Self::Version(version) => {
                write!(
                    formatter,
                    "it is of afdbm {version}, whose cases are not those of {}",
                    env!("CARGO_PKG_VERSION")
                )
            }
            Self::NoRerun => formatter.write_str("it does not tell, behind the verdict, what was asked for"),
            Self::NoEnvironment => formatter.write_str("there is no environment line"),
            Self::NotRun(case) => write!(formatter, "{case} was asked for and is not there"),
            Self::NotAsked(case) => write!(formatter, "{case} is there and was not asked for"),
        }
    }
}
