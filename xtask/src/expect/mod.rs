//! Writing known deviations down: a file of `expectations/` is written, or brought up to date, from the logs of runs.
//!
//! What a log cannot tell is marked with `FILL-IN`, and no run takes such a file before a person has written it.

mod draft;
mod findings;

use crate::{
    expectations::{Expectations, Subject, parse_file},
    failure::{Exit, Failure},
    judge::judge,
    report::{self, Log},
    screen::print,
    toolchain::root,
};
use draft::{Draft, header_of};
use findings::Findings;
use record::options::Options;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Brings the file of the first path up to date with the logs of the others, and says what it has changed.
///
/// # Errors
///
/// Where a log is no ground for expectations, the file is for other machines, or one of them cannot be read or written;
/// the file is left as it was then.
pub(crate) fn expect(paths: &[&str], options: &Options<'_>) -> Result<Exit, Failure> {
    let [file, logs @ ..] = paths else {
        return Err(Failure::Usage { message: "expect needs the file to write, and logs".into() });
    };
    let logs = read(logs)?;
    let file = Path::new(file);
    let directory =
        options.expectations.map_or_else(|| root().join("expectations"), |path| PathBuf::from(path.0));
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            header_of(logs.iter().map(|(_, log)| &log.record))?
        }
        Err(error) => return Err(Failure::file(file)(error)),
    };
    let mut findings = Findings::default();
    for (path, log) in &logs {
        let subject = report::subject(&log.record);
        let (chosen, deviations) = parse_file(file, &text, subject)?;
        if !chosen {
            let problem = format!("is of another machine than {} is for: {}", file.display(), shown(subject));
            return Err(Failure::Content { path: path.clone(), line: None, problem });
        }
        let expectations = Expectations::read_with(&directory, file, &deviations, subject)?;
        let judgement = judge(&log.record, &log.end, &expectations, false);
        if !judgement.is_of_verdict() {
            let problem = format!("is no ground for expectations: {judgement}");
            return Err(Failure::Content { path: path.clone(), line: None, problem });
        }
        let single_threaded = matches!(subject, Subject::Emulated(emulated) if emulated.single_threaded);
        findings.add(&log.record, single_threaded, &judgement, |deviation| deviation.path == file);
    }
    let mut draft = Draft::new(&text);
    draft.measured(logs.iter().filter_map(|(_, log)| match report::subject(&log.record) {
        Subject::Emulated(emulated) => Some(emulated.version),
        // Where a board stands nobody but a person can tell.
        Subject::Machine { .. } => None,
    }));
    let mut told = draft.apply(findings.gone(), findings.added());
    for text in findings.left_out() {
        told += &format!("left out: {text}\n");
    }
    if told.is_empty() {
        told.push_str("nothing to change\n");
    }
    if draft.to_string() != text || !file.exists() {
        let beside = file.with_extension("txt.new");
        fs::write(&beside, draft.to_string()).map_err(Failure::file(&beside))?;
        fs::rename(&beside, file).map_err(Failure::file(file))?;
    }
    print(format_args!("{told}{}", draft.left(file)))?;
    Ok(Exit::Pass)
}

/// Reads the logs that paths lead to.
fn read(paths: &[&str]) -> Result<Vec<(PathBuf, Log)>, Failure> {
    let mut logs = Vec::new();
    for path in paths.iter().map(Path::new) {
        let mut files = report::files(path)?;
        // A folder may hold both forms of one run.
        if path.is_dir() {
            files.retain(|file| !report::is_json(file));
        }
        for file in files {
            logs.push((file.clone(), of_machine(&file)?));
        }
    }
    if logs.is_empty() {
        return Err(Failure::Usage {
            message: "expect needs a log, or a folder of logs, behind the file".into(),
        });
    }
    Ok(logs)
}

/// Reads a log whose failures are the machine's own.
fn of_machine(path: &Path) -> Result<Log, Failure> {
    let wrong = |problem: String| Failure::Content { path: path.to_owned(), line: None, problem };
    if report::is_json(path) {
        return Err(wrong("is a run as JSON; expect needs its log".into()));
    }
    let log = report::log(path)?;
    if let Some(variant) = log.options().and_then(|options| options.variant) {
        return Err(wrong(format!("ran --variant {variant}, whose failures are not the machine's")));
    }
    Ok(log)
}

fn shown(subject: Subject<'_>) -> String {
    match subject {
        Subject::Emulated(emulated) => {
            format!("QEMU {}, {}, {}", emulated.version, emulated.accelerator, emulated.cpu)
        }
        Subject::Machine { midr, hypervisor } => format!("midr {midr:#010x}, hypervisor {hypervisor}"),
    }
}
