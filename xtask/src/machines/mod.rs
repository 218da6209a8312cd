//! Machines other than the one of `scripts/run`: firmware, boot loaders, boards, other device trees, hypervisors.
//!
//! Each is booted, and its log judged as any other. What it needs that is not there is a reason to leave it out.

mod guest;
mod packages;
mod parts;
mod table;
mod trees;

use crate::{
    boot::{directory, summarise},
    catalogue, elsewhere,
    emulator::{Emulator, shown},
    expectations::{Emulated, Expectations, Subject},
    failure::{Exit, Failure},
    follow::{Source, follow},
    judge::judge,
    limits::Limits,
    log::Record,
    process::interrupted,
    screen::{Screen, print},
    toolchain::target_directory,
};
use parts::{Missing, Parts};
use record::options::{Accelerator, Options};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use table::{COMMON, Entry, TABLE};

/// How long all of them may take together.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// What came of a machine.
enum BootOutcome {
    Pass(String),
    Fail(String),
    Skip(String),
}

/// Boots these machines, or all, and tells of each the command and the verdict.
///
/// # Errors
///
/// Where there is no emulator, or a name is none of a machine.
pub(crate) fn machines(kernel: &Path, asked: &[&str], options: &Options<'_>) -> Result<Exit, Failure> {
    let emulator = Emulator::find(options)?;
    let folder = target_directory().join("machines");
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let mut parts = Parts::new(kernel, &folder)?;
    let (mut failed, mut skipped, mut passed) = (Vec::new(), Vec::new(), 0);
    let deadline = Instant::now() + LIMIT;
    for entry in select(asked)? {
        let outcome = match Instant::now() < deadline {
            true => boot(entry, &emulator, &mut parts, options)?,
            false => BootOutcome::Fail(format!("not run: {} s are over", LIMIT.as_secs())),
        };
        if interrupted() {
            return Err(Failure::Interrupted);
        }
        let name = entry.name;
        match outcome {
            BootOutcome::Pass(verdict) => {
                passed += 1;
                print(format_args!("ok - {name}: {verdict}\n"))?;
            }
            BootOutcome::Fail(verdict) => {
                print(format_args!("not ok - {name}: {verdict}\n"))?;
                failed.push(name);
            }
            BootOutcome::Skip(reason) => {
                print(format_args!("ok - {name} # SKIP {reason}\n"))?;
                skipped.push(name);
            }
        }
    }
    print(format_args!("# machines: {passed} passed, {} failed, {} skipped\n", failed.len(), skipped.len()))?;
    Ok(match (failed.is_empty(), passed) {
        (false, _) => Exit::Fail,
        (true, 0) => Exit::Nothing,
        (true, _) => Exit::Pass,
    })
}

/// Returns the machines of these names, or all; `each-time` stands for those that `scripts/test` boots.
fn select(asked: &[&str]) -> Result<Vec<&'static Entry>, Failure> {
    let is_one = |name: &&&str| **name == EACH_TIME || TABLE.iter().any(|entry| entry.name == **name);
    if let Some(name) = asked.iter().find(|name| !is_one(name)) {
        let names: Vec<&str> = TABLE.iter().map(|entry| entry.name).collect();
        let message = format!("there is no machine {name:?}; there are {}", names.join(", "));
        return Err(Failure::Usage { message });
    }
    let is_asked = |entry: &&Entry| {
        asked.is_empty()
            || asked.iter().any(|name| *name == entry.name || *name == EACH_TIME && entry.each_time)
    };
    Ok(TABLE.iter().filter(is_asked).collect())
}

/// The name for all that `scripts/test` boots.
pub(crate) const EACH_TIME: &str = "each-time";

/// Boots a machine and judges its log, which stays in a file.
fn boot(
    entry: &Entry,
    emulator: &Emulator,
    parts: &mut Parts<'_>,
    host: &Options<'_>,
) -> Result<BootOutcome, Failure> {
    if !emulator.has_machine(entry.machine)? {
        return Ok(BootOutcome::Skip(format!("QEMU {} has no {}", emulator.version, entry.machine)));
    }
    parts.ask(entry.options);
    let mut arguments: Vec<String> = COMMON.split(' ').map(str::to_owned).collect();
    for word in entry.words.split(' ') {
        match parts.words(word, emulator) {
            Ok(words) => arguments.extend(words),
            Err(Missing::Part(reason)) => return Ok(BootOutcome::Skip(reason)),
            Err(Missing::Failure(failure)) => return Err(failure),
        }
    }
    let mut command = emulator.command(&arguments);
    print(format_args!("# {}: {}\n", entry.name, shown(&command)))?;

    let given =
        Options::from_text(entry.options).map_err(|error| Failure::Usage { message: error.to_string() })?;
    let selected = catalogue::select(&given)?;
    let log = parts.folder().join(format!("{}.log", entry.name));
    let subject = Emulated::new(emulator.version, Accelerator::Tcg, "max");
    let mut expectations = Expectations::read(&directory(host), Subject::Emulated(subject))?;
    if entry.words.contains(guest::PART) {
        let guest = Emulated { accelerator: guest::ACCELERATOR, ..subject };
        expectations.add(Expectations::read(&directory(host), Subject::Emulated(guest))?);
    }
    let mut screen = Screen::file(&log)?;
    let mut record = Record::default();
    let end =
        follow(Source::Emulator(&mut command), &Limits::new(&selected, &given), &mut screen, &mut record)?;
    if record.verdict.is_some() {
        elsewhere::compare_cases(&mut record, &given)?;
    }
    let judgement = judge(&record, &end, &expectations, host.strict);
    summarise(&mut screen, &record, &judgement)?;
    screen.comment(format_args!("host: {judgement}"))?;
    screen.close()?;
    let told = judgement.to_string();
    Ok(match matches!(judgement.exit, Exit::Pass | Exit::Nothing) {
        true => BootOutcome::Pass(told),
        false => BootOutcome::Fail(format!("{told}; the log is {}", log.display())),
    })
}

#[cfg(test)]
mod tests {
    use super::{COMMON, EACH_TIME, TABLE, catalogue, parts::PARTS, select};
    use record::options::Options;
    use std::collections::BTreeSet;

    #[test]
    fn every_machine_has_a_name_of_its_own_and_is_made_of_known_parts() {
        let names: BTreeSet<&str> = TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for entry in TABLE {
            let is_of_it =
                |word: &str| word == entry.machine || word.starts_with(&format!("{},", entry.machine));
            assert!(entry.words.split(' ').skip_while(|word| *word != "-M").nth(1).is_some_and(is_of_it));
            for word in entry.words.split(' ').filter(|word| word.starts_with('{')) {
                assert!(PARTS.iter().any(|part| word == format!("{{{part}}}")), "{word}");
            }
        }
        assert!(!COMMON.contains('{'));
        for entry in TABLE {
            assert!(
                catalogue::select(&Options::from_text(entry.options).unwrap()).is_ok(),
                "{}",
                entry.options
            );
        }
    }

    #[test]
    fn machines_are_asked_for_by_name() {
        let names = |asked: &[&str]| -> Vec<&str> {
            select(asked).unwrap().into_iter().map(|entry| entry.name).collect()
        };
        assert_eq!(names(&["uefi-nvme"]), ["uefi-nvme"]);
        assert_eq!(names(&[EACH_TIME]), ["uefi-acpi-gicv3-el1", "uefi-tree-gicv3-el2"]);
        assert_eq!(names(&[]).len(), TABLE.len());
        assert!(select(&["uefi-nvm"]).unwrap_err().to_string().contains("there is no machine \"uefi-nvm\""));
    }
}
