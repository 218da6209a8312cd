//! Reading a run back: from a log, wherever it was written, or from JSON.

use super::{
    gather::gather,
    origin,
    run::{Origin, Run},
};
use crate::{
    catalogue,
    emulator::Version,
    expectations::{Expectations, Subject},
    failure::Failure,
    follow::End,
    judge::judge,
    lines,
    log::Record,
    machine::Machine,
};
use record::options::{Accelerator, Options};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::ExitStatus,
};

/// What a file of JSON is known by.
const JSON: &str = "json";

/// What the lines begin with that the host repeats below a new failure.
const REPEATED: &str = "#   ";

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
    let mut origin = Origin { log: Some(path.display().to_string()), ..Origin::default() };
    let file = File::open(path).map_err(Failure::file(path))?;
    let whole = lines::cut(file, |line| {
        // What the host repeats at the end, where the kernel indents nothing.
        if record.verdict.is_some() && origin.emulator.is_some() && line.starts_with(REPEATED) {
            return true;
        }
        record.take(&line);
        if let (false, Some(comment)) = (record.begun, line.strip_prefix("# ")) {
            origin::take(&mut origin, comment);
        }
        true
    });
    if !record.begun && record.usage.is_none() && record.panic.is_none() {
        let problem = "is no log of this project: no line is \"TAP version 13\"".into();
        return Err(Failure::Content { path: path.to_owned(), line: None, problem });
    }
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
        if let Some(Ok(machine)) = options.map(|options| Machine::new(&options)) {
            record.compare_machine(&machine);
        }
    }
    let expectations = expectations_of(&origin, options.as_ref(), &record, expectations)?;
    let end = if whole { End::Ended(ExitStatus::default()) } else { End::Flooded };
    let judgement = judge(&record, &end, &expectations, strict);
    Ok(gather(&record, &judgement, asked.as_deref(), strict, origin))
}

/// Returns what is known of the emulator that wrote the log; nothing where the log does not name it.
fn expectations_of(
    origin: &Origin,
    options: Option<&Options<'_>>,
    record: &Record,
    directory: &Path,
) -> Result<Expectations, Failure> {
    let version =
        origin.emulator.as_deref().and_then(|emulator| Version::parse(emulator.strip_prefix("QEMU ")?));
    let Some(version) = version else { return Ok(Expectations::default()) };
    let accelerator = options.and_then(|options| options.accelerator);
    let replayed = options.is_some_and(|options| options.replay || options.sweep.is_some());
    let subject = Subject {
        version,
        accelerator: origin.accelerator.as_deref().unwrap_or("tcg"),
        single_threaded: replayed || accelerator == Some(Accelerator::TcgSingle),
        cpu: record.environment().map_or("", |environment| environment.cpu),
    };
    Expectations::read(directory, subject)
}
