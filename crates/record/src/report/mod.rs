//! The records of a run, and the serial log that they become.
//!
//! A run is a sequence of suites, a suite a sequence of cases, a case one [`TestOutcome`] with its reason.
//! [`Reporter`] writes them as TAP 13 with KTAP blocks for the suites; [`Entry`] is one line of that log and is
//! used in both directions, so that the kernel's writer and the host's reader cannot differ. Nothing here
//! allocates, locks or panics: a CPU that takes over from a broken one can go on with the same reporter.

mod counts;
mod environment;
mod line;
mod parse;
mod reporter;
#[cfg(test)]
mod tests;
mod text;
mod translation;
mod verdict;

pub use counts::{Counts, ParseOutcomeError, TestOutcome};
pub use environment::{Atomics, Environment};
pub use line::{Entry, Line, Mark};
pub use reporter::Reporter;
pub use translation::Translation;
pub use verdict::{Timing, Verdict};
