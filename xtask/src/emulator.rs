//! The emulator: where it is, which version, and how it is started.

use crate::{
    failure::Failure,
    process::{GLANCE, Running, interrupted},
    toolchain::on_path,
};
use record::options::{Options, Quoted};
use std::{
    env, fmt,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

const PROGRAM: &str = "qemu-system-aarch64";

/// How long an emulator may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of that answer that are read.
const LONGEST_ANSWER: u64 = 1 << 14;

const HINT: &str = "\
Debian: qemu-system-arm; Fedora: qemu-system-aarch64; Arch: qemu-system-aarch64; macOS: brew install qemu
--qemu PATH names an emulator that stands elsewhere";

/// A version of the emulator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Version {
    /// The first number.
    pub(crate) major: u32,
    /// The second number.
    pub(crate) minor: u32,
    /// The third number, which expectations do not tell apart.
    pub(crate) patch: u32,
}

/// An emulator that answers.
pub(crate) struct Emulator {
    program: PathBuf,
    /// Where it keeps its firmware and its modules, if not where it was configured to.
    prefix: Option<Prefix>,
    /// Its version.
    pub(crate) version: Version,
}

struct Prefix {
    data: PathBuf,
    modules: Option<PathBuf>,
}

impl Emulator {
    /// Finds the emulator that the options name, else the one on the path, and asks for its version.
    ///
    /// # Errors
    ///
    /// Where there is none, or it does not answer as QEMU does.
    pub(crate) fn find(options: &Options<'_>) -> Result<Self, Failure> {
        let named = options.qemu.map(|path| path.0);
        let program = named.unwrap_or(PROGRAM);
        let missing = |problem: String| Failure::Tool { tool: program.to_owned(), problem, hint: HINT };
        let path = if program.contains('/') { Some(PathBuf::from(program)) } else { on_path(program) };
        let path = path.filter(|path| path.is_file()).ok_or_else(|| missing("is not there".into()))?;
        let prefix = named.and_then(|_| Prefix::of(&path));
        let mut command = start(&path, prefix.as_ref());
        let answer = answer_of(command.arg("--version"))?;
        let answer =
            answer.ok_or_else(|| missing(format!("--version takes more than {} s", PATIENCE.as_secs())))?;
        let version = Version::of_answer(&answer);
        let version = version.ok_or_else(|| missing(format!("--version answers {:?}", answer.trim())))?;
        Ok(Self { program: path, prefix, version })
    }

    /// Tells whether it has a machine of this name.
    ///
    /// # Errors
    ///
    /// Where it does not say which it has.
    pub(crate) fn has_machine(&self, name: &str) -> Result<bool, Failure> {
        let answer = answer_of(&mut self.command(&["-M".into(), "help".into()]))?.unwrap_or_default();
        Ok(answer.lines().any(|line| line.split(' ').next() == Some(name)))
    }

    /// Returns the command that boots with these arguments.
    pub(crate) fn command(&self, arguments: &[String]) -> Command {
        let mut command = start(&self.program, self.prefix.as_ref());
        command.args(arguments);
        command
    }
}

/// Returns what a program prints, or `None` where it takes too long.
fn answer_of(command: &mut Command) -> Result<Option<String>, Failure> {
    let mut running =
        Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let output = running.child().stdout.take();
    let (sender, answer) = mpsc::channel();
    // Of a program that never ends its answer only the beginning is kept.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = output.map(|output| output.take(LONGEST_ANSWER).read_to_end(&mut bytes));
        sender.send(String::from_utf8_lossy(&bytes).into_owned())
    });
    let deadline = Instant::now() + PATIENCE;
    while !interrupted() && Instant::now() < deadline {
        if let Ok(text) = answer.recv_timeout(GLANCE) {
            return Ok(Some(text));
        }
    }
    if interrupted() { Err(Failure::Interrupted) } else { Ok(None) }
}

fn start(program: &Path, prefix: Option<&Prefix>) -> Command {
    let mut command = Command::new(program);
    if let Some(Prefix { data, modules }) = prefix {
        command.arg("-L").arg(data);
        if let Some(modules) = modules {
            command.env("QEMU_MODULE_DIR", modules);
        }
    }
    command
}

impl Prefix {
    /// Finds the directories of an emulator that was unpacked elsewhere than it was configured for: beside it
    /// `../share/qemu` and `../lib/qemu` or `../lib/*/qemu`. The user's environment goes first.
    fn of(program: &Path) -> Option<Self> {
        let prefix = program.canonicalize().ok()?.parent()?.parent()?.to_owned();
        if ["/usr", "/usr/local"].iter().any(|usual| prefix == Path::new(usual)) {
            return None;
        }
        let data = Some(prefix.join("share/qemu")).filter(|data| data.is_dir())?;
        let lib = prefix.join("lib");
        let below = lib.read_dir().into_iter().flatten().flatten().map(|entry| entry.path().join("qemu"));
        let modules = std::iter::once(lib.join("qemu")).chain(below).find(|modules| holds_modules(modules));
        Some(Self { data, modules: modules.filter(|_| env::var_os("QEMU_MODULE_DIR").is_none()) })
    }
}

fn holds_modules(directory: &Path) -> bool {
    let mut entries = directory.read_dir().into_iter().flatten().flatten();
    entries.any(|entry| entry.path().extension().is_some_and(|extension| extension == "so"))
}

impl Version {
    /// Reads `QEMU emulator version 10.0.8 (...)`.
    fn of_answer(answer: &str) -> Option<Self> {
        let words = answer.lines().next()?.strip_prefix("QEMU emulator version ")?;
        Self::parse(words.split(' ').next()?)
    }

    /// Reads two or three numbers; a third that is absent counts as 0, and what follows it is ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
        let patch = numbers.next().map_or(Some(0), digits)?;
        Some(Self { major, minor, patch })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Shows a command as a shell would take it, with the variables that it sets.
pub(crate) fn shown(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}={}", name.to_string_lossy(), Quoted(&value?.to_string_lossy())))
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| match word.to_string_lossy() {
        // A word that holds single quotes itself, as a command line for the kernel may.
        word if word.contains('\'') => double_quoted(&word),
        word => Quoted(&word).to_string(),
    });
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

fn double_quoted(word: &str) -> String {
    let escaped = word.chars().flat_map(|character| {
        let escape = matches!(character, '\\' | '"' | '$' | '`').then_some('\\');
        escape.into_iter().chain([character])
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{Version, shown};
    use std::process::Command;

    #[test]
    fn reads_the_version_that_the_emulator_answers() {
        let version = |major, minor, patch| Some(Version { major, minor, patch });
        assert_eq!(
            Version::of_answer("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg)\nCopyright"),
            version(7, 2, 22)
        );
        assert_eq!(Version::of_answer("QEMU emulator version 10.0.2"), version(10, 0, 2));
        assert_eq!(Version::of_answer("QEMU emulator version 10.1.0-rc2"), version(10, 1, 0));
        assert_eq!(Version::of_answer("QEMU emulator version 10.1.50-dirty"), version(10, 1, 50));
        for answer in ["", "QEMU emulator version ", "GNU grep 3.8", "QEMU emulator version x.y"] {
            assert_eq!(Version::of_answer(answer), None);
        }
    }

    #[test]
    fn a_command_is_shown_as_a_shell_takes_it() {
        let mut command = Command::new("qemu");
        command.env("A", "b c").args(["-append", "--case 'd*'", "x y", "1,2=3", "it's $1"]);
        assert_eq!(shown(&command), "A='b c' qemu -append \"--case 'd*'\" 'x y' 1,2=3 \"it's \\$1\"");
    }
}
