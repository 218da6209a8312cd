//! Judging a log that this program has booted nothing for: of a file, or of a machine on a serial line.

use crate::{
    boot::{directory, not_over, of_module, summarise, tell_strangers},
    catalogue,
    expectations::Expectations,
    failure::{Exit, Failure},
    follow::{Source, follow},
    judge::judge,
    limits::Limits,
    litmus::Module,
    log::Record,
    machine::difference,
    problem::Problem,
    report::{Origin, Outputs, gather, subject},
    screen::Screen,
    serial::SerialPort,
    toolchain::Compiler,
};
use record::options::{Options, SerialLine};
use std::{fs::File, path::Path};

/// Judges the log of a file, or of the standard input if it is `-`.
///
/// # Errors
///
/// Where the file cannot be read.
pub(crate) fn judge_file(file: &str, options: &Options<'_>) -> Result<Exit, Failure> {
    if file == "-" {
        return judge_log(Source::Stream(Box::new(std::io::stdin())), options);
    }
    let path = Path::new(file);
    not_over(options.log.map(|log| Path::new(log.0)), path, "the one that is judged")?;
    let opened = File::open(path).map_err(Failure::file(path))?;
    if path.is_dir() {
        return Err(Failure::Usage { message: format!("{file} is a folder, a log was expected") });
    }
    judge_log(Source::Stream(Box::new(opened)), options)
}

/// Judges what a machine says on a serial line.
///
/// # Errors
///
/// Where the device cannot be opened.
pub(crate) fn listen(line: SerialLine<'_>, options: &Options<'_>) -> Result<Exit, Failure> {
    judge_log(Source::Serial(SerialPort::open(line)?), options)
}

fn judge_log(source: Source<'_>, options: &Options<'_>) -> Result<Exit, Failure> {
    if options.retry.is_some() {
        let message = "--retry boots again, and nothing is booted for a log from elsewhere".into();
        return Err(Failure::Usage { message });
    }
    let expected = match options.litmus {
        Some(_) => Vec::new(),
        None => catalogue::select(options)?,
    };
    let outputs = Outputs::open(options)?;
    let mut screen = Screen::open(options.log.map(|log| Path::new(log.0)), expected.len())?;
    if let Source::Serial(port) = &source {
        screen.comment(format_args!("listening on {port}"))?;
    }
    let mut record = Record::default();
    let end = follow(source, &Limits::new(&expected, options), &mut screen, &mut record)?;
    if record.verdict.is_some() {
        compare(&mut record, options)?;
    }
    let expectations = Expectations::read(&directory(options), subject(&record))?;
    tell_strangers(&mut screen, &expectations)?;
    let judgement = judge(&record, &end, &expectations, options.strict);
    summarise(&mut screen, &record, &judgement)?;
    if record.begun && record.verdict.is_none() {
        tell_rest(&mut screen, &record, &expected)?;
    }
    screen.comment(format_args!("host: {judgement}"))?;
    screen.close()?;
    let log = options.log.map(|path| path.0.to_owned());
    let origin = Origin { log, ..record.origin.clone() };
    outputs.write(&[gather(&record, &judgement, None, options.strict, origin)])?;
    Ok(judgement.exit)
}

/// Checks that the log is of this version, that just the cases ran that it says it was asked for, and that it was asked
/// for what the options name.
fn compare(record: &mut Record, options: &Options<'_>) -> Result<(), Failure> {
    if let Some(found) = record.environment().map(|environment| environment.version.to_owned())
        && found != env!("CARGO_PKG_VERSION")
    {
        record.problem(Problem::Version(found));
        return Ok(());
    }
    let rerun = record.rerun.clone();
    let words = rerun.as_deref().and_then(|rerun| rerun.strip_prefix("scripts/run"));
    match words.map(Options::from_text) {
        Some(Ok(told)) => compare_cases(record, &told)?,
        _ => record.problem(Problem::NoRerun),
    }
    if options.suites.is_some() || options.case.is_some() {
        compare_cases(record, options)?;
    }
    record.other_machine = record.environment().and_then(|environment| difference(options, &environment));
    Ok(())
}

/// Checks that just the cases ran that the options name.
pub(crate) fn compare_cases(record: &mut Record, options: &Options<'_>) -> Result<(), Failure> {
    match options.litmus {
        Some(paths) => {
            let module = Module::make(paths, &Compiler::find()?)?;
            record.compare_cases(&of_module(&module, options)?);
        }
        None => record.compare_cases(&catalogue::select(options)?),
    }
    Ok(())
}

/// Names the suites that have not ended, so that another run can take up what this one has left.
fn tell_rest(screen: &mut Screen, record: &Record, expected: &[(&str, &str)]) -> Result<(), Failure> {
    let open = record.suite.as_ref().map(|suite| suite.name.as_str());
    let ended = |suite: &str| open != Some(suite) && record.cases.iter().any(|case| case.suite == suite);
    let mut left: Vec<&str> =
        expected.iter().map(|(suite, _)| *suite).filter(|suite| !ended(suite)).collect();
    left.dedup();
    match left.as_slice() {
        [] => Ok(()),
        left => screen.comment(format_args!(
            "not run to their end; another run takes them up: --suite {}",
            left.join(",")
        )),
    }
}
