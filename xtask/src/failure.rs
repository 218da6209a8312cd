//! How the program ends, and what kept it from its task.

use std::{fmt, io, path::PathBuf, process::ExitCode};

/// The exit statuses, by meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Everything that was claimed was seen, but for known deviations.
    Pass = 0,
    /// A failure that is not known, or an error.
    Fail = 1,
    /// The program was called wrongly, or what it needs is missing.
    Usage = 2,
    /// Nothing could be tested on this machine.
    Nothing = 77,
    /// The run took too long.
    TimeOut = 124,
    /// The log ended without a verdict that can be trusted.
    NoVerdict = 125,
    /// The user, or the system, ended the run.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What kept the program from its task, before there was a log to judge.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong.
    Usage {
        /// What is wrong with it.
        message: String,
    },
    /// Two options that exclude each other.
    Conflict {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// Why they do.
        reason: String,
    },
    /// A program that is needed cannot be found or started.
    Tool {
        /// The program.
        tool: String,
        /// What is wrong with it.
        problem: String,
        /// Where to get it.
        hint: &'static str,
    },
    /// A file that cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that does not hold what it should.
    Content {
        /// The file.
        path: PathBuf,
        /// The line, from 1, where there is one to name.
        line: Option<usize>,
        /// What is wrong with it.
        problem: String,
    },
    /// The log cannot be shown any longer.
    Output {
        /// What the system says.
        source: io::Error,
    },
    /// Whoever reads the log takes nothing of it, and the time is up.
    Standstill,
    /// A step of the tests failed; it has told why.
    Step {
        /// The step.
        name: &'static str,
        /// The exit status of what it ran.
        status: u8,
    },
    /// The user, or the system, ended the program.
    Interrupted,
}

impl Failure {
    /// Returns the exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Step { status, .. } => *status,
            Self::Standstill => Exit::TimeOut as u8,
            Self::Interrupted => Exit::Interrupted as u8,
            _ => Exit::Usage as u8,
        }
    }

    /// Wraps what the system says of a file.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message } => formatter.write_str(message),
            Self::Conflict { first, second, reason } => {
                write!(formatter, "{first} and {second} exclude each other: {reason}")
            }
            Self::Tool { tool, problem, hint } => write!(formatter, "{tool}: {problem}\n{hint}"),
            Self::File { path, source } => write!(formatter, "{}: {source}", path.display()),
            Self::Content { path, line: Some(line), problem } => {
                write!(formatter, "{}:{line}: {problem}", path.display())
            }
            Self::Content { path, line: None, problem } => {
                write!(formatter, "{}: {problem}", path.display())
            }
            Self::Output { source } => write!(formatter, "the log cannot be written any longer: {source}"),
            Self::Standstill => formatter.write_str("time-out: the reader of the log stands still"),
            Self::Step { name, status } => write!(formatter, "{name} failed, status {status}"),
            Self::Interrupted => formatter.write_str("interrupted"),
        }
    }
}

impl std::error::Error for Failure {}
