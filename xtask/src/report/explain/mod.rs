//! Deviations as texts that stand alone: what a bug report needs, for somebody who has never heard of this project.

mod access;
mod instructions;
mod pages;
#[cfg(test)]
mod tests;

use super::{
    of_paths,
    run::{Case, Run, Suite},
};
use crate::{
    failure::{Exit, Failure},
    process::{Running, Waited},
    screen::print,
    toolchain::target_directory,
};
use access::Access;
use record::options::{Options, Pattern};
use std::{
    env,
    fmt::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

pub(crate) use pages::write_pages;

/// How long the boot of one case may take, though it has limits of its own.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// Prints a text in Markdown for each case of this name that fails, from the logs that are named, or from a boot.
///
/// # Errors
///
/// Where no case is named, none has that name, or it cannot be booted.
pub(crate) fn explain(
    words: &[&str],
    options: &Options<'_>,
    given: &[&str],
    kernel: impl FnOnce(&Options<'_>) -> Result<PathBuf, Failure>,
) -> Result<Exit, Failure> {
    let wrong = |message: String| Failure::Usage { message };
    let [name, logs @ ..] = words else {
        return Err(wrong("explain needs the name of a case; --list shows them all".into()));
    };
    let pattern = Pattern::new(name).ok_or_else(|| wrong(format!("{name:?} can name no case")))?;
    let booted;
    let runs = if logs.is_empty() {
        let log = target_directory().join("explain.log");
        boot(&kernel(options)?, name, given, &log)?;
        booted = log.display().to_string();
        of_paths(&[&booted], options)?
    } else {
        of_paths(logs, options)?
    };
    let mut text = String::new();
    let mut found = false;
    for run in &runs {
        for (suite, case) in run.cases().filter(|(suite, case)| pattern.matches(&suite.name, &case.name)) {
            found = true;
            if case.status.deviates() {
                text += &failure(run, suite, case);
            } else {
                let _ =
                    writeln!(text, "{}: {}/{} {}.\n", run.name, suite.name, case.name, case.status.words());
            }
        }
    }
    if !found {
        return Err(wrong(format!("no case that ran is named {name:?}; --list shows them all")));
    }
    print(text)?;
    Ok(Exit::Pass)
}

/// Boots the case alone, for its log.
fn boot(kernel: &Path, name: &str, given: &[&str], log: &Path) -> Result<(), Failure> {
    let this = env::current_exe().map_err(Failure::file("/proc/self/exe"))?;
    let mut command = Command::new(this);
    command.arg("boot").arg(kernel).args(["--case", name]).args(given).arg("--log").arg(log);
    let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::null()))?;
    match running.wait_until(Instant::now() + LIMIT) {
        Waited::Ended(status) if status.code() == Some(Exit::Usage as i32) => {
            Err(Failure::Step { name: "the boot", status: Exit::Usage as u8 })
        }
        Waited::Ended(_) => Ok(()),
        Waited::TimedOut => Err(Failure::Step { name: "the boot", status: Exit::TimeOut as u8 }),
        Waited::Interrupted => Err(Failure::Interrupted),
    }
}

/// Tells of one failure.
fn failure(run: &Run, suite: &Suite, case: &Case) -> String {
    let mut text = format!("# {}/{}: {}\n\n", suite.name, case.name, case.claim);
    let _ = writeln!(text, "On {}: {}\n", run.name, case.reason);
    rules(&mut text, &case.rows);
    for deviation in &case.deviations {
        let (row, rule, note, measured) =
            (&deviation.row, &deviation.rule, &deviation.note, &deviation.measured);
        let _ = writeln!(text, "Known as row {row}, {rule}: {note}. Measured with QEMU {measured}.\n");
    }
    evidence(&mut text, case, |_| true);
    reproduce(&mut text, run, case);
    text
}

/// What the architecture says.
fn rules(text: &mut String, rows: &[String]) {
    let _ = writeln!(text, "## What the architecture says\n");
    for row in cases::rows::rows().filter(|row| rows.iter().any(|id| id == row.id)) {
        let _ =
            writeln!(text, "* {}. (Arm ARM {}; row {} of the case table)", row.sentence, row.rules, row.id);
    }
    let _ = writeln!(text);
}

/// What the machine did: the first access that goes wrong in full, with the instructions that make it.
fn evidence(text: &mut String, case: &Case, is_meant: impl Fn(&Access<'_>) -> bool) {
    let accesses = access::of_lines(&case.details);
    let meant: Vec<&Access<'_>> = accesses.iter().filter(|access| is_meant(access)).collect();
    let Some(first) = meant.first() else {
        let _ = writeln!(text, "## What the machine did\n");
        let lines = case.details.iter().take(40).map(String::as_str);
        let _ = writeln!(text, "```text\n{}\n```\n", lines.collect::<Vec<_>>().join("\n"));
        return;
    };
    let _ = writeln!(text, "## What the machine did\n\n{}", first.told());
    let _ = writeln!(text, "## The instructions\n\n{}", instructions::listing(first));
    if meant.len() > 1 {
        let _ = writeln!(text, "The same goes wrong with:\n");
        meant[1..].iter().take(8).for_each(|access| {
            let _ = writeln!(text, "* {}", access.combination);
        });
        let _ = writeln!(text);
    }
}

/// How to see it again.
fn reproduce(text: &mut String, run: &Run, case: &Case) {
    let unknown = "not told by the log";
    let origin = &run.origin;
    let rerun = case.rerun.as_ref().or(origin.rerun.as_ref()).map_or(unknown, String::as_str);
    let _ = writeln!(text, "## How to reproduce\n\n```sh\n{rerun}\n```\n");
    let emulator = origin.emulator.as_deref().unwrap_or(unknown);
    let image = origin.image_sha256.as_deref().unwrap_or(unknown);
    let _ = writeln!(text, "* emulator: {emulator}\n* image: SHA-256 {image}");
    if let Some(machine) = &run.machine {
        let (cpu, midr, hafdbs, el, cpus) =
            (&machine.cpu, &machine.midr, machine.hafdbs, machine.el, machine.cpus);
        let _ = writeln!(
            text,
            "* machine: {cpu} (MIDR_EL1 {midr}, HAFDBS={hafdbs}), entered at EL{el}, {cpus} CPUs"
        );
    }
    let _ = writeln!(text);
}
