//! The known deviations of machines: failures that are expected, each with the rule that the machine breaks.
//!
//! A file is for one kind of machine. It begins with what chooses it, then has one deviation a line:
//!
//! ```text
//! emulator    qemu
//! versions    7.2-10.0
//! measured    7.2.22, 10.0.2
//! accelerator tcg
//! cpu         *
//!
//! dirty-state/d15-*  cpus=1  D15  R_NSXRD  one sentence on what the machine does
//! ```

mod condition;
mod file;
#[cfg(test)]
mod tests;

use crate::{emulator::Version, failure::Failure};
use afdbm::{
    options::Pattern,
    report::{Environment, Outcome},
};
use condition::Condition;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The machine, as far as files are chosen by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The emulator's version.
    pub(crate) version: Version,
    /// `tcg`, `kvm` or `hvf`.
    pub(crate) accelerator: &'a str,
    /// Whether one thread of the host executes all CPUs.
    pub(crate) single_threaded: bool,
    /// The CPU model.
    pub(crate) cpu: &'a str,
}

/// The deviations that are known of one machine.
#[derive(Debug, Default)]
pub(crate) struct Expectations {
    deviations: Vec<Deviation>,
    single_threaded: bool,
}

/// A failure that is expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Deviation {
    /// The file.
    pub(crate) path: PathBuf,
    /// The line in it, from 1.
    pub(crate) line: usize,
    /// The row of the case table.
    pub(crate) row: String,
    /// The rule of the Arm ARM.
    pub(crate) rule: String,
    /// What the machine does.
    pub(crate) note: String,
    /// The versions with which it was seen.
    pub(crate) measured: String,
    case: String,
    conditions: Vec<Condition>,
}

impl Expectations {
    /// Reads every file `*.txt` of the directory, and keeps what is said of the subject.
    ///
    /// # Errors
    ///
    /// Where the directory or a file cannot be read; and at the first line of any file, chosen or not, that does
    /// not hold what it should.
    pub(crate) fn read(directory: &Path, subject: Subject<'_>) -> Result<Self, Failure> {
        let entries = directory.read_dir().map_err(Failure::file(directory))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
        paths.sort();
        let mut deviations = Vec::new();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
            let (chosen, of_file) = file::parse(&path, &text, subject)?;
            if chosen {
                deviations.extend(of_file);
            }
        }
        Ok(Self { deviations, single_threaded: subject.single_threaded })
    }

    /// Returns the deviation that a case, run in this environment, is expected to show.
    pub(crate) fn of(&self, suite: &str, case: &str, environment: &Environment<'_>) -> Option<&Deviation> {
        let single_threaded = self.single_threaded;
        let holds = |deviation: &&Deviation| {
            deviation.conditions.iter().all(|condition| condition.holds(environment, single_threaded))
        };
        self.deviations.iter().filter(|deviation| deviation.is_of(suite, case)).find(holds)
    }

    /// Returns the deviations that name none of the cases.
    pub(crate) fn strangers<'s>(&'s self, cases: &'s [(&str, &str)]) -> impl Iterator<Item = &'s Deviation> {
        let names_none =
            |deviation: &&Deviation| !cases.iter().any(|(suite, case)| deviation.is_of(suite, case));
        self.deviations.iter().filter(names_none)
    }
}

impl Deviation {
    /// Tells whether an outcome is what the deviation expects: a failure, never an error.
    pub(crate) fn explains(outcome: Outcome) -> bool {
        outcome == Outcome::Fail
    }

    fn is_of(&self, suite: &str, case: &str) -> bool {
        Pattern::new(&self.case).is_some_and(|pattern| pattern.matches(suite, case))
    }
}
