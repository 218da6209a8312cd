//! One line of the log, written by the kernel and read by the host.

use super::{
    Environment, Verdict,
    text::{Comment, OneLine, indent},
};
use cases::product::Kind;
use core::fmt::{self, Write};

/// A line and how deep it stands: 0 for the run, 1 for a suite's cases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'a, T = &'a str> {
    /// Levels of four spaces, which TAP readers take for a subtest.
    pub depth: usize,
    /// What it says.
    pub line: Line<'a, T>,
}

/// What a line says. `T` is free text: `fmt::Arguments` when written, `&str` when read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line<'a, T = &'a str> {
    /// `TAP version 13`, the first line of a log.
    Version,
    /// `KTAP version 1`, the first line of a suite.
    SuiteVersion,
    /// `# Subtest: NAME`, the second line of a suite.
    Suite(&'a str),
    /// `1..N`: how many suites, or cases of this suite, are to come.
    Plan(usize),
    /// `# afdbm VERSION | ...`.
    Environment(Environment<'a>),
    /// `ok 1 NAME`, `not ok 1 NAME` or `ok 1 NAME # SKIP REASON`: a case's, or a suite's, outcome.
    Result {
        /// The position in its plan, from 1.
        number: usize,
        /// The name, lower-case with hyphens.
        name: &'a str,
        /// What TAP says of it.
        mark: Mark<T>,
    },
    /// `# failed: REASON`, before the `not ok` of what failed.
    Failed(T),
    /// `# error: REASON`, before the `not ok` of an error, or alone where a suite or the run is not as announced.
    Error(T),
    /// `# rerun: COMMAND`.
    Rerun(T),
    /// `# kinds: N with M failures`, before the kinds of the failures of a case: how many lines follow, and the sum of
    /// their counts.
    Kinds {
        /// How many kinds.
        kinds: usize,
        /// How many failures they have together.
        failures: u64,
    },
    /// `# kind: COUNT times | ...`: a kind of the failures of the case whose outcome comes next.
    Kind {
        /// How many.
        count: u64,
        /// What kind.
        kind: Kind,
    },
    /// `# verdict: ...`, which makes a log complete.
    Verdict(Verdict<T>),
    /// `# usage: TEXT`: the kernel was asked for what it does not have, and ran nothing.
    Usage(T),
    /// `# panic: TEXT`: the kernel's own defect; nothing follows.
    Panic(T),
    /// `# TEXT`: anything else that is said; each line of the text becomes one line of the log.
    Diagnostic(T),
    /// No line of this format.
    Other(T),
}

/// What TAP says of a case or a suite; which kind of `not ok` it is stands in the reason before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark<T> {
    /// `ok`.
    Ok,
    /// `not ok`.
    NotOk,
    /// `ok ... # SKIP REASON`.
    Skip(T),
}

/// Shows the line, or the lines, without a line ending after the last one.
impl<T: fmt::Display> fmt::Display for Entry<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let depth = self.depth;
        indent(formatter, depth)?;
        match &self.line {
            Line::Version => formatter.write_str(Line::VERSION),
            Line::SuiteVersion => formatter.write_str(Line::SUITE_VERSION),
            Line::Plan(count) => write!(formatter, "{}{count}", Line::PLAN),
            Line::Other(text) => write!(OneLine(formatter), "{text}"),
            Line::Result { number, name, mark } => {
                formatter.write_str(if matches!(mark, Mark::NotOk) { Line::NOT_OK } else { Line::OK })?;
                write!(formatter, "{number} ")?;
                write!(OneLine(formatter), "{name}")?;
                match mark {
                    Mark::Ok | Mark::NotOk => Ok(()),
                    Mark::Skip(reason) => {
                        formatter.write_str(Line::SKIP)?;
                        write!(OneLine(formatter), "{reason}")
                    }
                }
            }
            Line::Suite(name) => comment(formatter, depth, Line::SUITE, name),
            Line::Environment(environment) => comment(formatter, depth, "", environment),
            Line::Failed(reason) => comment(formatter, depth, Line::FAILED, reason),
            Line::Error(reason) => comment(formatter, depth, Line::ERROR, reason),
            Line::Rerun(command) => comment(formatter, depth, Line::RERUN, command),
            Line::Kinds { kinds, failures } => {
                comment(formatter, depth, Line::KINDS, &format_args!("{kinds} with {failures} failures"))
            }
            Line::Kind { count, kind } => {
                comment(formatter, depth, Line::KIND, &format_args!("{count} times | {kind}"))
            }
            Line::Verdict(verdict) => comment(formatter, depth, Line::VERDICT, verdict),
            Line::Usage(text) => comment(formatter, depth, Line::USAGE, text),
            Line::Panic(text) => comment(formatter, depth, Line::PANIC, text),
            Line::Diagnostic(text) => comment(formatter, depth, "", text),
        }
    }
}

fn comment<T: fmt::Display>(
    formatter: &mut fmt::Formatter<'_>,
    depth: usize,
    label: &str,
    text: &T,
) -> fmt::Result {
    write!(Comment::new(formatter, depth)?, "{label}{text}")
}

/// The words that tell lines apart.
impl Line<'_> {
    pub(super) const VERSION: &'static str = "TAP version 13";
    pub(super) const SUITE_VERSION: &'static str = "KTAP version 1";
    pub(super) const PLAN: &'static str = "1..";
    pub(super) const OK: &'static str = "ok ";
    pub(super) const NOT_OK: &'static str = "not ok ";
    pub(super) const SKIP: &'static str = " # SKIP ";
    pub(super) const SUITE: &'static str = "Subtest: ";
    pub(super) const FAILED: &'static str = "failed: ";
    pub(super) const ERROR: &'static str = "error: ";
    pub(super) const RERUN: &'static str = "rerun: ";
    pub(super) const KINDS: &'static str = "kinds: ";
    pub(super) const KIND: &'static str = "kind: ";
    pub(super) const VERDICT: &'static str = "verdict: ";
    pub(super) const USAGE: &'static str = "usage: ";
    pub(super) const PANIC: &'static str = "panic: ";
    /// What the comment begins with that names what is above EL1.
    pub const HYPERVISOR: &'static str = "hypervisor: ";

    /// Tells whether a line that was read as free text begins like one on which the outcome depends: it is torn, or
    /// was tampered with.
    #[must_use]
    pub fn resembles_one_that_decides(text: &str) -> bool {
        let comment = text.trim_start_matches(['#', ' ']);
        let result = text.trim_start_matches(' ');
        let begins = |text: &str, labels: &[&str]| labels.iter().any(|label| text.starts_with(label));
        begins(comment, &[Environment::LABEL, Line::KINDS, Line::KIND, Line::VERDICT])
            || begins(result, &[Line::OK, Line::NOT_OK, Line::PLAN, Line::VERSION, Line::SUITE_VERSION])
    }
}
