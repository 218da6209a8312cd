//! The known deviations of machines: failures that are expected, each with the rule that the machine breaks.
//!
//! A file is for one kind of machine. It begins with what chooses it, then has the deviations, each a line and the
//! kinds of failure that are known below it:
//!
//! ```text
//! emulator    qemu
//! versions    7.2-10.0
//! measured    7.2.22, 10.0.2
//! accelerator tcg
//! cpu         *
//!
//! product/sampled-writes,product/covering-set  cpus=1  D15  R_NSXRD  one sentence on what the machine does
//!     kind  wrong data in memory where completion is expected | A completed write is in memory | access=swp EL=1
//! ```
//!
//! A file for a machine that this program does not start itself begins with `midr`, `hypervisor` and `measured`.

mod condition;
mod file;
pub(crate) mod lines;
#[cfg(test)]
mod tests;

use crate::{emulator::Version, failure::Failure};
use cases::product::Kind;
pub(crate) use condition::Condition;
pub(crate) use file::{KIND, MISSING, is_comment, parse as parse_file};
use record::options::{Accelerator, Pattern};
use record::report::Environment;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The machine, as far as files are chosen by it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    /// An emulator's.
    Emulated(Emulated<'a>),
    /// One that nothing but its log tells of.
    Machine {
        /// MIDR_EL1 of the first CPU.
        midr: u32,
        /// What is above EL1.
        hypervisor: &'a str,
    },
}

/// What an emulator makes of a machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Emulated<'a> {
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
    /// The release series that its file is for, the first and the last.
    pub(crate) versions: String,
    /// The versions with which it was seen.
    pub(crate) measured: String,
    cases: Vec<String>,
    conditions: Vec<Condition>,
    kinds: Vec<Kind>,
}

/// What expectations make of a failure.
#[derive(Debug, Default)]
pub(crate) struct Expected<'e, 'k> {
    /// The deviations that are known of the case.
    pub(crate) deviations: Vec<&'e Deviation>,
    /// The kinds of its failures that none of them expects.
    pub(crate) unexpected: Vec<&'k (u64, Kind)>,
    /// Whether all of it is expected.
    pub(crate) known: bool,
}

impl<'a> Emulated<'a> {
    /// Describes what an emulator of this version makes of a CPU model.
    pub(crate) fn new(version: Version, accelerator: Accelerator, cpu: &'a str) -> Self {
        let single_threaded = accelerator == Accelerator::TcgSingle;
        Self { version, accelerator: accelerator.kind(), single_threaded, cpu }
    }
}

impl Deviation {
    /// Tells whether one of its kinds fails in this aspect against the clause of this statement.
    pub(crate) fn has_kind(&self, aspect: &str, statement: &str) -> bool {
        self.kinds.iter().any(|kind| {
            kind.signature.aspect.to_string() == aspect
                && kind.clause.is_some_and(|clause| clause.statement() == statement)
        })
    }
}

impl Expectations {
    /// Reads every file `*.txt` of the directory, and keeps what is said of the subject.
    ///
    /// # Errors
    ///
    /// Where the directory or a file cannot be read; and at the first line of any file, chosen or not, that does
    /// not hold what it should.
    pub(crate) fn read(directory: &Path, subject: Subject<'_>) -> Result<Self, Failure> {
        Self::of_files(files(directory)?, subject)
    }

    /// Takes in what is known of the same machine in another respect.
    pub(crate) fn add(&mut self, other: Self) {
        self.deviations.extend(other.deviations);
    }

    /// Reads the same but for one file, a draft, whose deviations are handed over: it may be unfinished.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub(crate) fn read_with(
        directory: &Path,
        draft: &Path,
        deviations: &[Deviation],
        subject: Subject<'_>,
    ) -> Result<Self, Failure> {
        let mut paths = files(directory)?;
        let draft = draft.canonicalize().ok();
        paths.retain(|path| draft.is_none() || path.canonicalize().ok() != draft);
        let mut expectations = Self::of_files(paths, subject)?;
        expectations.deviations.extend_from_slice(deviations);
        Ok(expectations)
    }

    fn of_files(paths: Vec<PathBuf>, subject: Subject<'_>) -> Result<Self, Failure> {
        let mut deviations = Vec::new();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
            let (chosen, of_file) = file::parse(&path, &text, subject)?;
            file::refuse_unfinished(&path, &text)?;
            if chosen {
                deviations.extend(of_file);
            }
        }
        let single_threaded = matches!(subject, Subject::Emulated(emulated) if emulated.single_threaded);
        Ok(Self { deviations, single_threaded })
    }

    /// Reads the deviations of every file `*.txt` of the directory, whatever it is for.
    ///
    /// # Errors
    ///
    /// As of [`read`](Self::read).
    pub(crate) fn every(directory: &Path) -> Result<Vec<Deviation>, Failure> {
        let anything = Subject::Machine { midr: 0, hypervisor: "" };
        let mut deviations = Vec::new();
        for path in files(directory)? {
            let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
            deviations.extend(file::parse(&path, &text, anything)?.1);
            file::refuse_unfinished(&path, &text)?;
        }
        Ok(deviations)
    }

    /// Returns the deviations that a case, run in this environment, is expected to show.
    pub(crate) fn of<'e>(
        &'e self,
        suite: &str,
        case: &str,
        environment: &Environment<'_>,
    ) -> impl Iterator<Item = &'e Deviation> {
        let holds = move |deviation: &&Deviation| {
            deviation.conditions.iter().all(|condition| condition.holds(environment, self.single_threaded))
        };
        self.deviations.iter().filter(move |deviation| deviation.is_of(suite, case)).filter(holds)
    }

    /// Holds a failure against the deviations of its case: it is known if each of its kinds lies within one that is
    /// expected. One that tells no kinds is known only where a deviation names none.
    pub(crate) fn judge<'e, 'k>(
        deviations: Vec<&'e Deviation>,
        kinds: &'k [(u64, Kind)],
    ) -> Expected<'e, 'k> {
        let expects = |kind: &Kind| {
            deviations.iter().any(|deviation| deviation.kinds.iter().any(|known| kind.lies_within(known)))
        };
        let unexpected: Vec<_> = kinds.iter().filter(|(_, kind)| !expects(kind)).collect();
        let known = match kinds {
            [] => deviations.iter().any(|deviation| deviation.kinds.is_empty()),
            _ => unexpected.is_empty(),
        };
        Expected { deviations, unexpected, known }
    }

    /// Returns the deviations that name none of the cases.
    pub(crate) fn strangers<'s>(&'s self, cases: &'s [(&str, &str)]) -> impl Iterator<Item = &'s Deviation> {
        let names_none =
            |deviation: &&Deviation| !cases.iter().any(|(suite, case)| deviation.is_of(suite, case));
        self.deviations.iter().filter(names_none)
    }
}

/// Returns the files of a directory, in order.
fn files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = directory.read_dir().map_err(Failure::file(directory))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    Ok(paths)
}

impl Deviation {
    /// Tells whether failures of these kinds are, at least in part, this one.
    pub(crate) fn shows(&self, kinds: &[(u64, Kind)]) -> bool {
        match kinds {
            [] => self.kinds.is_empty(),
            _ => kinds.iter().any(|(_, kind)| self.kinds.iter().any(|known| kind.lies_within(known))),
        }
    }

    /// Tells whether it names the case.
    pub(crate) fn is_of(&self, suite: &str, case: &str) -> bool {
        let mut patterns = self.cases.iter().filter_map(|case| Pattern::new(case));
        patterns.any(|pattern| pattern.matches(suite, case))
    }
}
