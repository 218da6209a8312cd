//! Booting an image and judging its log.

use crate::{
    catalogue,
    emulator::{Emulator, shown},
    expectations::{Deviation, Emulated, Expectations, Expected, Subject, lines},
    failure::{Exit, Failure},
    follow::{Source, follow},
    image::Image,
    judge::{Judgement, judge},
    limits::Limits,
    litmus::Module,
    log::{Case, Record},
    machine::VirtualMachine,
    report::{Lines, Origin, Outputs, digest, gather},
    retry::{Again, Retried},
    screen::Screen,
    toolchain::{Compiler, root},
};
use cases::LITMUS;
use record::options::{ImageForm, Options, Pattern};
use record::report::TestOutcome;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// Boots the image and returns what its log comes to.
///
/// # Errors
///
/// Where there is no log to judge.
pub(crate) fn boot(elf: &Path, options: &Options<'_>) -> Result<Exit, Failure> {
    let module = options.litmus.map(|paths| Module::make(paths, &Compiler::find()?)).transpose()?;
    let selected = match &module {
        Some(module) => of_module(module, options)?,
        None => catalogue::select(options)?,
    };
    let image = Image::read(elf)?;
    let machine = VirtualMachine::new(options)?;
    let emulator = Emulator::find(options)?;
    let subject = Emulated::new(emulator.version, machine.accelerator, machine.cpu.0);
    let expectations = Expectations::read(&directory(options), Subject::Emulated(subject))?;
    let file = match options.image {
        Some(ImageForm::Raw) => image.write_raw()?,
        // QEMU loads a module beside an arm64 Image alone.
        None if module.is_some() => image.write_raw()?,
        Some(ImageForm::Elf) | None => elf.to_owned(),
    };
    let booting = Booting { emulator: &emulator, file: &file, module: module.as_ref() };
    let mut command = booting.command(&machine);
    let limits = Limits::new(&selected, options);
    let log = options.log.map(|path| Path::new(path.0));
    [elf, &file].into_iter().try_for_each(|kernel| not_over(log, kernel, "the kernel"))?;

    let outputs = Outputs::open(options)?;
    let preamble = Lines { options, version: emulator.version, image: digest(elf)? };
    let mut screen = Screen::open(log, selected.len())?;
    screen.comment(shown(&command))?;
    screen.comment(&preamble)?;
    tell_strangers(&mut screen, &expectations)?;
    for note in module.iter().flat_map(|module| &module.notes) {
        screen.comment(format_args!("note: {note}"))?;
    }
    let mut record = Record::default();
    let end = follow(Source::Emulator(&mut command), &limits, &mut screen, &mut record)?;
    if record.verdict.is_some() {
        record.compare(&selected, &machine);
    }
    let mut judgement = judge(&record, &end, &expectations, options.strict);
    summarise(&mut screen, &record, &judgement)?;
    if let Some(times) = options.retry.filter(|_| judgement.is_of_verdict() && !judgement.new.is_empty()) {
        let again = |case: &Case| booting.again(case, options, &expectations);
        judgement.retried = Some(Retried::run(&mut screen, &judgement, times.get(), again)?);
    }
    screen.comment(format_args!("host: {judgement}"))?;
    screen.close()?;
    let mut run = gather(
        &record,
        &judgement,
        Some(&selected),
        options.strict,
        Origin { log: options.log.map(|path| path.0.to_owned()), ..preamble.origin() },
    );
    judgement.retried.iter().for_each(|retried| retried.tell(&mut run));
    outputs.write(&[run])?;
    let problems = module.map_or_else(Vec::new, |mut module| std::mem::take(&mut module.problems));
    for problem in &problems {
        eprintln!("error: {problem}");
    }
    match judgement.exit {
        Exit::Pass | Exit::Nothing if !problems.is_empty() => Ok(Exit::Usage),
        exit => Ok(exit),
    }
}

/// What is booted, whatever cases it is asked for.
struct Booting<'b> {
    emulator: &'b Emulator,
    file: &'b Path,
    module: Option<&'b Module>,
}

impl Booting<'_> {
    /// Returns the command that boots it on the machine.
    fn command(&self, machine: &VirtualMachine<'_>) -> Command {
        let mut arguments = machine.arguments(self.file);
        if let Some(module) = self.module {
            arguments.extend(["-initrd".to_owned(), module.path().display().to_string()]);
        }
        self.emulator.command(&arguments)
    }

    /// Runs one case alone, with the same seed, and says nothing of it.
    fn again(
        &self,
        case: &Case,
        options: &Options<'_>,
        expectations: &Expectations,
    ) -> Result<Again, Failure> {
        let name = format!("{}/{}", case.suite, case.name);
        // A combination goes by its number, which no name holds.
        let alone = match options.by_number() {
            Some(_) => *options,
            None => Options { case: Pattern::new(&name), suites: None, ..*options },
        };
        let machine = VirtualMachine::new(&alone)?;
        let asked = [(case.suite.as_str(), case.name.as_str())];
        let (mut screen, mut record) = (Screen::hidden(), Record::default());
        let mut command = self.command(&machine);
        let limits = Limits::new(&asked, &alone);
        let end = follow(Source::Emulator(&mut command), &limits, &mut screen, &mut record)?;
        if record.verdict.is_some() {
            record.compare(&asked, &machine);
        }
        let judgement = judge(&record, &end, expectations, false);
        Ok(match judgement.is_of_verdict() {
            false => Again::NoVerdict(judgement.to_string()),
            true if judgement.new.is_empty() => Again::Passes,
            true => Again::Fails,
        })
    }
}

/// Returns the cases of the module that the options ask for.
pub(crate) fn of_module<'a>(
    module: &'a Module,
    options: &Options<'_>,
) -> Result<Vec<(&'a str, &'a str)>, Failure> {
    let cases = module.cases.iter().map(|case| (LITMUS, case.as_str()));
    let selected: Vec<_> = cases.filter(|(suite, case)| options.names(suite, case)).collect();
    if selected.is_empty() {
        let message =
            format!("no litmus file is named by --case or --suite; there are {}", module.cases.join(", "));
        return Err(Failure::Usage { message });
    }
    Ok(selected)
}

/// Returns where the known deviations stand.
pub(crate) fn directory(options: &Options<'_>) -> PathBuf {
    options.expectations.map_or_else(|| root().join("expectations"), |path| PathBuf::from(path.0))
}

/// Names the deviations that are of no case.
pub(crate) fn tell_strangers(screen: &mut Screen, expectations: &Expectations) -> Result<(), Failure> {
    for Deviation { path, line, .. } in expectations.strangers(&catalogue::all()) {
        screen.comment(format_args!("note: {}:{line} names no case", path.display()))?;
    }
    Ok(())
}

/// Refuses to write the log over a file that is read.
pub(crate) fn not_over(log: Option<&Path>, file: &Path, what: &str) -> Result<(), Failure> {
    let Some(log) = log.filter(|log| is_same(log, file)) else { return Ok(()) };
    let (first, second) = (format!("--log {}", log.display()), file.display().to_string());
    Err(Failure::Conflict { first, second, reason: format!("the log would be written over {what}") })
}

/// Tells whether two paths lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(one), Ok(other)) = (one.metadata(), other.metadata()) {
        use std::os::unix::fs::MetadataExt;
        return (one.dev(), one.ino()) == (other.dev(), other.ino());
    }
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Names the kinds of a failure that are not expected, as the lines of a file that would expect them.
fn show_unexpected(screen: &mut Screen, case: &Case, expected: &Expected<'_, '_>) -> Result<(), Failure> {
    let Case { suite, name, .. } = case;
    if let Some(Deviation { path, line, .. }) = expected.deviations.first() {
        let place = format_args!("{}:{line}", path.display());
        screen.comment(format_args!("  {suite}/{name} is known to deviate, but not so: {place}"))?;
    }
    for (count, kind) in &expected.unexpected {
        screen.comment(format_args!("  new kind, {count} times; to expect it:"))?;
        if expected.deviations.is_empty() {
            screen.comment(format_args!("  {}", lines::heading(suite, name, "always", kind.clause)))?;
        }
        screen.comment(format_args!("  {}", lines::of_kind(kind)))?;
    }
    Ok(())
}

/// Repeats, at the end of the stream, what a reader wants first.
pub(crate) fn summarise(
    screen: &mut Screen,
    record: &Record,
    judgement: &Judgement<'_>,
) -> Result<(), Failure> {
    for (case, expected) in &judgement.new {
        let kind = if case.outcome == TestOutcome::Error { "error" } else { "failure" };
        screen.comment(format_args!("new {kind}: {}/{}: {}", case.suite, case.name, case.reason))?;
        case.details.iter().try_for_each(|line| screen.comment(format_args!("  {line}")))?;
        show_unexpected(screen, case, expected)?;
    }
    for (case, deviations) in &judgement.known {
        for Deviation { row, rule, note, .. } in deviations {
            let place = format_args!("{}/{}", case.suite, case.name);
            screen.comment(format_args!("known deviation: {place}: {row}, {rule}: {note}"))?;
        }
    }
    for (case, deviation) in &judgement.gone {
        let (path, line) = (deviation.path.display(), deviation.line);
        let measured = &deviation.measured;
        let place = format_args!("{path}:{line}, measured with {measured}");
        screen.comment(format_args!("no longer deviates: {}/{}: {place}", case.suite, case.name))?;
    }
    let mut skipped: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in record.cases.iter().filter(|case| case.outcome == TestOutcome::Skip) {
        skipped.entry(&case.reason).or_default().push(case);
    }
    for (reason, cases) in skipped {
        let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        screen.comment(format_args!("skipped: {reason}: {}", names.join(", ")))?;
    }
    if let Some(verdict) = &record.verdict {
        screen.comment(format_args!("kernel: {verdict}"))?;
    }
    Ok(())
}
