//! Reading a run back: from a log, wherever it was written, or from JSON.

use super::{
    gather::gather,
    origin::{self, subject},
    run::{Origin, Run},
};
use crate::{
    catalogue, expectations::Expectations, failure::Failure, follow::End, judge::judge, lines, log::Record,
    machine::VirtualMachine,
};
use record::options::Options;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// Reads every run that a path leads to: of a folder, of each of its files `*.log` and `*.json`.
///
/// # Errors
///
/// Where a file cannot be read or holds no run, or a folder holds no file of a run.
pub(crate) fn runs(path: &Path, expectations: &Path, strict: bool) -> Result<Vec<Run>, Failure> {
    files(path)?.iter().map(|path| run(path, expectations, strict)).collect()
}

/// Returns the files of runs that a path leads to: itself, or of a folder its files `*.log` and `*.json`, in order.
///
/// # Errors
///
/// Where a folder cannot be read, or holds no file of a run.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = path.read_dir().map_err(Failure::file(path))?.flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| is_json(path) || path.extension().is_some_and(|end| end == "log")).collect();
    paths.sort();
    if paths.is_empty() {
        let problem = "is a folder without a log: no file *.log or *.json".into();
        return Err(Failure::Content { path: path.to_owned(), line: None, problem });
    }
    Ok(paths)
}

/// Tells whether a file holds a run as JSON.
pub(crate) fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// Reads one run.
///
/// # Errors
///
/// Where the file cannot be read or holds no run.
pub(crate) fn run(path: &Path, expectations: &Path, strict: bool) -> Result<Run, Failure> {
    if is_json(path) {
        let text = fs::read_to_string(path).map_err(Failure::file(path))?;
        return Run::from_json(path, &text);
    }
    let log = log(path)?;
    let expectations = Expectations::read(expectations, subject(&log.record))?;
    let judgement = judge(&log.record, &log.end, &expectations, strict);
    let origin = Origin { log: Some(path.display().to_string()), ..log.record.origin.clone() };
    Ok(gather(&log.record, &judgement, log.asked.as_deref(), strict, origin))
}

/// A log that has been read to its end.
pub(crate) struct Log {
    /// What it says.
    pub(crate) record: Record,
    /// How it ended.
    pub(crate) end: End,
    /// The cases that were asked for, as (suite, case), where the log tells and they are not those of litmus files, which
    /// the host that packs them alone knows.
    asked: Option<Vec<(&'static str, &'static str)>>,
}

impl Log {
    /// Returns the options of the run, where the log tells them.
    pub(crate) fn options(&self) -> Option<Options<'_>> {
        self.record.origin.rerun.as_deref().and_then(origin::options)
    }
}

/// Reads a log.
///
/// # Errors
///
/// Where the file cannot be read or holds no log.
pub(crate) fn log(path: &Path) -> Result<Log, Failure> {
    let mut record = Record::default();
    let file = File::open(path).map_err(Failure::file(path))?;
    let whole = lines::cut(file, |line| {
        record.take(&line);
        true
    });
    if !record.begun && record.usage.is_none() && record.panic.is_none() {
        let problem = "is no log of this project: no line is \"TAP version 13\"".into();
        return Err(Failure::Content { path: path.to_owned(), line: None, problem });
    }
    let rerun = record.origin.rerun.clone().or_else(|| record.rerun.clone());
    record.origin.rerun.clone_from(&rerun);
    let options = rerun.as_deref().and_then(origin::options);
    let asked = options
        .filter(|options| options.litmus.is_none())
        .and_then(|options| catalogue::select(&options).ok());
    if record.verdict.is_some() {
        if let Some(asked) = &asked {
            record.compare_cases(asked);
        }
        let emulated = options.filter(|_| record.origin.emulator.is_some());
        if let Some(Ok(machine)) = emulated.map(|options| VirtualMachine::new(&options)) {
            record.compare_machine(&machine);
        }
    }
    let end = if whole { End::Closed } else { End::Flooded };
    Ok(Log { record, end, asked })
}
