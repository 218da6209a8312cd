//! Reading a run back: from a log, wherever it was written, or from JSON.

use super::{
    gather::gather,
    origin::{self, subject},
    run::{Origin, Run},
};
use crate::{
    catalogue, expectations::Expectations, failure::Failure, follow::End, judge::judge, lines, log::Record,
    machine::Machine,
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// What a file of JSON is known by.
const JSON: &str = "json";

/// Reads every run that a path leads to: of a folder, of each of its files `*.log` and `*.json`.
///
/// # Errors
///
/// Where a file cannot be read or holds no run, or a folder holds no file of a run.
pub(crate) fn runs(path: &Path, expectations: &Path, strict: bool) -> Result<Vec<Run>, Failure> {
    if !path.is_dir() {
        return Ok(vec![run(path, expectations, strict)?]);
    }
    let entries = path.read_dir().map_err(Failure::file(path))?.flatten().map(|entry| entry.path());
    let is_run =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "log" || extension == JSON);
    let mut paths: Vec<PathBuf> = entries.filter(is_run).collect();
    paths.sort();
    if paths.is_empty() {
        let problem = "is a folder without a log: no file *.log or *.json".into();
        return Err(Failure::Content { path: path.to_owned(), line: None, problem });
    }
    paths.iter().map(|path| run(path, expectations, strict)).collect()
}

/// Reads one run.
///
/// # Errors
///
/// Where the file cannot be read or holds no run.
pub(crate) fn run(path: &Path, expectations: &Path, strict: bool) -> Result<Run, Failure> {
    if path.extension().is_some_and(|extension| extension == JSON) {
        let text = fs::read_to_string(path).map_err(Failure::file(path))?;
        return Run::from_json(path, &text);
    }
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
    let expectations = Expectations::read(expectations, subject(&record))?;
    let log = Some(path.display().to_string());
    let mut origin = Origin { log, ..std::mem::take(&mut record.origin) };
    origin.rerun = origin.rerun.or_else(|| record.rerun.clone());
    let rerun = origin.rerun.clone().unwrap_or_default();
    let options = origin::options(&rerun);
    // The cases of litmus files are known to the host that packs them alone.
    let asked = options
        .filter(|options| options.litmus.is_none())
        .and_then(|options| catalogue::select(&options).ok());
    if record.verdict.is_some() {
        if let Some(asked) = &asked {
            record.compare_cases(asked);
        }
        let emulated = options.filter(|_| origin.emulator.is_some());
        if let Some(Ok(machine)) = emulated.map(|options| Machine::new(&options)) {
            record.compare_machine(&machine);
        }
    }
    let end = if whole { End::Closed } else { End::Flooded };
    let judgement = judge(&record, &end, &expectations, strict);
    Ok(gather(&record, &judgement, asked.as_deref(), strict, origin))
}
