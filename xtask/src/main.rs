//! The host side of afdbm: builds the image, boots it, follows the log, holds it against the known deviations of the
//! machine, and reports.

mod arguments;
mod bench;
mod boot;
mod build;
mod catalogue;
mod check;
mod completion;
mod debug;
mod disk;
mod elsewhere;
mod emulator;
mod expect;
mod expectations;
mod failure;
mod follow;
mod image;
mod judge;
mod limits;
mod lines;
mod list;
mod litmus;
mod log;
mod machine;
mod machines;
#[cfg(all(test, unix))]
mod mutations;
mod problem;
mod process;
mod progress;
mod release;
mod report;
mod retry;
mod screen;
mod serial;
mod soak;
mod terminal;
mod toolchain;
#[cfg(unix)]
mod warden;

use failure::{Exit, Failure};
use record::options::{BootArguments, Help, Options};
use record::report::Atomics;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "\
usage: scripts/run [OPTIONS]           build the kernel, boot it, show its log
       scripts/run --litmus PATH...    the same for litmus files
       scripts/test [STEP...] [--no-install]  run every test, or these steps alone
       scripts/test [NAME...] --machines  boot other machines: firmware, boards, hypervisors
       scripts/debug [KERNEL] [OPTIONS]  boot paused, and open a debugger; with --case at its code
       scripts/soak [N] [OPTIONS]      boot N times, each another machine with another seed
       scripts/matrix [TABLE.toml] [LOG...] [OPTIONS]  many machines, in one table: docs/matrix.md
       cargo xtask run [OPTIONS]       as scripts/run
       cargo xtask report LOG... [OPTIONS]   reports of runs that have ended: docs/formats.md
       cargo xtask compare LOG LOG... [OPTIONS]  what differs from each run to the next
       cargo xtask explain CASE [LOG...] [OPTIONS]  a failure as a text for a bug report
       cargo xtask deviations [LOG...]  write docs/deviations/ anew, with what these logs show
       cargo xtask expect FILE LOG...  write what deviates into a file of expectations/
       cargo xtask completion bash|zsh|fish, cargo xtask man
       cargo xtask build               build the kernel and name it
       cargo xtask boot KERNEL [OPTIONS]  boot a kernel that is built already
       cargo xtask judge FILE [OPTIONS]  judge a log that is there already; - is the standard input
       cargo xtask disk FILE [-- OPTIONS]  a disk that a UEFI boots, with options for the kernel
       cargo xtask release [DIR]       pack the kernel, known deviations, documents and checksums
       cargo xtask bench [OPTIONS]     how long boot takes, against the emulator's own time";

const WORDS: &str = "\
--list WORD finds every case that names, shows or makes it: scripts/run --list at-s1e1w
a covering set takes minutes; it runs where --case names it in full: product/covering-set
what follows -- goes to the emulator: scripts/run --case 'd01-*' -- -d int -D trace.txt";

const TIME: &str = "\
time: without --timeout a run may take what the budgets of its cases add up to, and be without a line for as long as a
      case that may be running has, and a minute more; from 2 minutes to half an hour, 20 times that with --replay;
      where the error stream is a terminal, a line shows what is left, and is taken away at the end";

const EXITS: &str = "\
exit status: 0 pass, 1 fail, 2 usage or set-up, 77 nothing could be tested here, 124 time-out,
             125 the log ended without a verdict that can be trusted, 130 interrupted";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let arguments = match arguments.first() {
        // What follows `--` is the kernel's here, and no word for an emulator.
        Some(command) if command == "disk" => arguments,
        _ => litmus::paths_joined(arguments::joined(arguments).into_iter()),
    };
    match words(&arguments).and_then(|words| dispatch(&words)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.status().into()
        }
    }
}

/// The arguments as text: what only resembles the name of a file would name another one.
fn words(arguments: &[OsString]) -> Result<Vec<&str>, Failure> {
    let text = |word: &'_ OsString| Failure::Usage { message: format!("{word:?} is no text in UTF-8") };
    arguments.iter().map(|word| word.to_str().ok_or_else(|| text(word))).collect()
}

fn dispatch(words: &[&str]) -> Result<Exit, Failure> {
    match words {
        [] | ["help" | "--help" | "-h", ..] => help(),
        ["run", rest @ ..] => with_options(rest, |options| match (options.list, options.serial) {
            (true, _) => list::list(options),
            (false, Some(line)) => elsewhere::listen(line, options),
            (false, None) => boot::boot(&build(options)?, options),
        }),
        ["judge", file, rest @ ..] if !file.starts_with("--") => {
            with_options(rest, |options| elsewhere::judge_file(file, options))
        }
        ["judge", ..] => Err(Failure::Usage { message: "judge needs the path of a log first, or -".into() }),
        ["build", rest @ ..] => with_options(rest, |options| {
            screen::print(format_args!("{}\n", build(options)?.display()))?;
            Ok(Exit::Pass)
        }),
        ["boot", elf, rest @ ..] if !elf.starts_with("--") => {
            with_options(rest, |options| match options.list {
                true => list::list(options),
                false => boot::boot(Path::new(elf), options),
            })
        }
        ["boot", ..] => Err(Failure::Usage { message: "boot needs the path of a kernel first".into() }),
        ["debug", elf, rest @ ..] if !elf.starts_with("--") => {
            with_options(rest, |options| debug::debug(Path::new(elf), options))
        }
        ["debug", rest @ ..] => with_options(rest, |options| debug::debug(&build(options)?, options)),
        ["bench", rest @ ..] => with_options(rest, |options| bench::bench(&build(options)?, options)),
        ["report", rest @ ..] => with_paths(rest, report::report),
        ["compare", rest @ ..] => with_paths(rest, report::compare),
        ["explain", rest @ ..] => {
            let (paths, given) = paths(rest);
            with_options(given, |options| report::explain(paths, options, given, build))
        }
        ["deviations", rest @ ..] => with_paths(rest, report::write_pages),
        ["expect", rest @ ..] => with_paths(rest, expect::expect),
        ["completion", shell] => completion::completion(shell),
        ["man"] => completion::man(),
        ["matrix", rest @ ..] => report::matrix(rest, build),
        ["soak", rest @ ..] => {
            let (boots, rest) = soak::boots(rest);
            with_options(rest, |options| soak::soak(&build(options)?, boots, rest, options))
        }
        ["disk", file, rest @ ..] if !file.starts_with("--") => make_disk(Path::new(file), rest),
        ["disk", ..] => Err(Failure::Usage { message: "disk needs the path of a file first".into() }),
        ["release", rest @ ..] => {
            let (folder, rest) = match paths(rest) {
                ([], rest) => (None, rest),
                ([folder], rest) => (Some(*folder), rest),
                ([_, other, ..], _) => {
                    return Err(Failure::Usage {
                        message: format!("release takes one folder, not {other:?}"),
                    });
                }
            };
            with_options(rest, |options| release::release(&build(options)?, folder))
        }
        ["test", rest @ ..] => {
            let (steps, rest) = paths(rest);
            with_options(rest, |options| {
                if options.machines {
                    let kernel = std::env::var_os("AFDBM_KERNEL");
                    let kernel = kernel.map_or_else(|| build(options), |kernel| Ok(kernel.into()))?;
                    return machines::machines(&kernel, steps, options);
                }
                check::refuse_options_of_a_run(options)?;
                check::check(&toolchain::Toolchain::find()?, steps)
            })
        }
        [other, ..] => Err(Failure::Usage { message: format!("there is no command {other:?}\n{USAGE}") }),
    }
}

/// Makes a disk; everything that can be refused is, before the kernel is built.
fn make_disk(file: &Path, words: &[&str]) -> Result<Exit, Failure> {
    let marker = words.iter().position(|word| *word == BootArguments::MARKER);
    let (of_host, of_kernel) = words.split_at(marker.unwrap_or(words.len()));
    with_options(of_host, |options| {
        let of_run = Options { atomics: None, ..*options }.to_string();
        if !of_run.is_empty() {
            let message = format!("{of_run}: what the kernel is to know stands behind --");
            return Err(Failure::Usage { message });
        }
        let line = disk::options_line(of_kernel.get(1..).unwrap_or_default())?;
        disk::refuse_existing(file)?;
        disk::disk(file, &build(options)?, &line)
    })
}

/// Splits paths, or names, from the options behind them.
fn paths<'w>(words: &'w [&'w str]) -> (&'w [&'w str], &'w [&'w str]) {
    words.split_at(words.iter().position(|word| word.starts_with("--")).unwrap_or(words.len()))
}

/// Carries out a command of paths and options.
fn with_paths(
    words: &[&str],
    command: fn(&[&str], &Options<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let (paths, options) = paths(words);
    with_options(options, |options| command(paths, options))
}

fn build(options: &Options<'_>) -> Result<PathBuf, Failure> {
    build::kernel(&toolchain::Toolchain::find()?, options.atomics.unwrap_or(Atomics::LlSc))
}

fn with_options(
    words: &[&str],
    command: impl FnOnce(&Options<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let options = Options::from_words(words.iter().copied())
        .map_err(|error| Failure::Usage { message: format!("{error}; --help lists the options") })?;
    if options.help { help() } else { command(&options) }
}

pub(crate) fn help() -> Result<Exit, Failure> {
    screen::print(help_text())?;
    Ok(Exit::Pass)
}

fn help_text() -> String {
    format!("{USAGE}\n\noptions:\n{Help}\n{WORDS}\n\n{TIME}\n\n{EXITS}\n")
}

/// The scripts show the file, which needs no compiler; `AFDBM_WRITE=1` writes it.
#[test]
fn the_help_of_the_scripts_is_that_of_the_program() {
    let path = toolchain::root().join("docs/help.txt");
    if std::env::var_os("AFDBM_WRITE").is_some() {
        std::fs::write(&path, help_text()).expect("docs/help.txt is written");
    }
    let text = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        text == help_text(),
        "docs/help.txt is old: AFDBM_WRITE=1 cargo test --package xtask help writes it"
    );
}
