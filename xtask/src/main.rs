//! The host side of afdbm: builds the image, boots it, follows the log, holds it against the known deviations of the
//! machine, and reports.

mod bench;
mod boot;
mod build;
mod catalogue;
mod check;
mod debug;
mod emulator;
mod expectations;
mod failure;
mod follow;
mod image;
mod judge;
mod log;
mod machine;
mod problem;
mod process;
mod screen;
mod toolchain;

use failure::{Exit, Failure};
use record::options::{Help, Options};
use record::report::Atomics;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

const USAGE: &str = "\
usage: scripts/run [OPTIONS]           build the kernel, boot it, show its log
       scripts/test [--no-install]     run every test
       scripts/debug [OPTIONS]         boot paused, and open a debugger
       cargo run [-- OPTIONS]          as scripts/run
       cargo xtask build               build the kernel and name it
       cargo xtask boot KERNEL [OPTIONS]  boot a kernel that is built already
       cargo xtask bench [OPTIONS]     how long boot takes, against the emulator's own time";

const EXITS: &str = "\
exit status: 0 pass, 1 fail, 2 usage or set-up, 77 nothing could be tested here, 124 time-out,
             125 the log ended without a verdict that can be trusted, 130 interrupted";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
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
        [] | ["help" | "--help" | "-h", ..] => Ok(help()),
        ["run", rest @ ..] => with_options(rest, |options| match options.list {
            true => catalogue::list(options),
            false => boot::boot(&build(options)?, options),
        }),
        ["build", rest @ ..] => with_options(rest, |options| {
            println!("{}", build(options)?.display());
            Ok(Exit::Pass)
        }),
        ["boot", elf, rest @ ..] if !elf.starts_with("--") => {
            with_options(rest, |options| match options.list {
                true => catalogue::list(options),
                false => boot::boot(Path::new(elf), options),
            })
        }
        ["boot", ..] => Err(Failure::Usage { message: "boot needs the path of a kernel first".into() }),
        ["debug", rest @ ..] => with_options(rest, |options| debug::debug(&build(options)?, options)),
        ["bench", rest @ ..] => with_options(rest, |options| bench::bench(&build(options)?, options)),
        ["test", rest @ ..] => with_options(rest, |options| {
            check::refuse_options_of_a_run(options)?;
            check::check(&toolchain::Toolchain::find()?)
        }),
        [other, ..] => Err(Failure::Usage { message: format!("there is no command {other:?}\n{USAGE}") }),
    }
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
    if options.help { Ok(help()) } else { command(&options) }
}

fn help() -> Exit {
    println!("{USAGE}\n\noptions:\n{Help}\n{EXITS}");
    Exit::Pass
}
