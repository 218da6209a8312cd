//! Which machines a matrix has: by a table in a file, by the command line, or by what is installed.

use crate::{arguments::split, failure::Failure, toolchain::on_path};
use record::options::Options;
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

/// The CPU models of a matrix that names none: with the feature and without, of several years.
const MODELS: [&str; 4] = ["max", "cortex-a76", "neoverse-n1", "cortex-a57"];

/// The emulator of a matrix that names none.
const EMULATOR: &str = "qemu-system-aarch64";

/// The table in a file; every key may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Dimensions {
    /// Programs, by name or path.
    emulators: Vec<String>,
    /// CPU models.
    models: Vec<String>,
    /// How many CPUs.
    cpus: Vec<u32>,
    /// Exception levels of the entry.
    levels: Vec<u8>,
    /// `tcg`, `kvm` or `hvf`.
    accelerators: Vec<String>,
    /// More options of a run, each a machine of its own.
    options: Vec<String>,
    /// Logs, files of `--json`, and folders of them, from elsewhere.
    logs: Vec<String>,
    /// How many boots side by side.
    jobs: Option<usize>,
}

/// The command line, sorted.
#[derive(Debug, Default)]
pub(super) struct CommandLine<'w> {
    dimensions: Dimensions,
    folder: Option<PathBuf>,
    kernel: Option<PathBuf>,
    tables: Vec<&'w str>,
    /// The options of every run, and of the reports.
    words: Vec<&'w str>,
}

/// A machine to boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Boot {
    /// Its name, for people.
    pub(super) name: String,
    /// The file of its log, without a folder.
    pub(super) file: String,
    /// The options that make it.
    pub(super) words: Vec<String>,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) boots: Vec<Boot>,
    pub(super) logs: Vec<String>,
    pub(super) jobs: usize,
    pub(super) folder: Option<PathBuf>,
    pub(super) kernel: Option<PathBuf>,
}

impl<'w> CommandLine<'w> {
    /// Sorts the words: what describes the matrix, tables and logs, and the options of every run.
    ///
    /// # Errors
    ///
    /// Names the word that is wrong.
    pub(super) fn parse(words: &[&'w str]) -> Result<Self, Failure> {
        let mut line = Self::default();
        let mut words = words.iter().copied();
        let mut after_option = false;
        while let Some(word) = words.next() {
            let (name, attached) = match word.split_once('=') {
                Some((name, value)) if word.starts_with("--") => (name, Some(value)),
                _ => (word, None),
            };
            let ours = ["--emulator", "--model", "--cpus", "--level", "--accelerator", "--option", "--jobs"];
            if ours.contains(&name) || ["--folder", "--kernel"].contains(&name) {
                let value = attached.or_else(|| words.next());
                let value = value.ok_or_else(|| wrong(format!("{name} needs a value")))?;
                line.set(name, value)?;
                after_option = false;
            } else if word.starts_with("--") {
                line.words.push(word);
                after_option = attached.is_none();
            } else if after_option
                && (!is_path(word) || line.words.last().is_some_and(|last| TAKES_A_PATH.contains(last)))
            {
                line.words.push(word);
                after_option = false;
            } else if is_table(word) {
                line.tables.push(word);
            } else {
                line.dimensions.logs.push(word.to_owned());
            }
        }
        Ok(line)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let number = || value.parse().map_err(|_| wrong(format!("{name} takes a number, got {value:?}")));
        let dimensions = &mut self.dimensions;
        match name {
            "--emulator" => dimensions.emulators.push(value.to_owned()),
            "--model" => dimensions.models.push(value.to_owned()),
            "--cpus" => dimensions.cpus.push(number()?),
            "--level" => dimensions.levels.push(u8::try_from(number()?).unwrap_or(u8::MAX)),
            "--accelerator" => dimensions.accelerators.push(value.to_owned()),
            "--option" => dimensions.options.push(value.to_owned()),
            "--jobs" => dimensions.jobs = Some((number()? as usize).max(1)),
            "--folder" => self.folder = Some(PathBuf::from(value)),
            _ => self.kernel = Some(PathBuf::from(value)),
        }
        Ok(())
    }

    /// Returns the options of every run.
    ///
    /// # Errors
    ///
    /// Names the one that is wrong.
    pub(super) fn options(&self) -> Result<Options<'w>, Failure> {
        Options::from_words(self.words.iter().copied())
            .map_err(|error| wrong(format!("{error}; --help lists the options")))
    }
}

/// Options of a run with a path for a value, which could be taken for a log.
const TAKES_A_PATH: [&str; 9] =
    ["--expectations", "--html", "--json", "--junit", "--tap", "--ktap", "--lava", "--qemu", "--litmus"];

fn is_table(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|extension| extension == "toml")
}

fn is_path(word: &str) -> bool {
    is_table(word) || Path::new(word).exists()
}

fn wrong(message: String) -> Failure {
    Failure::Usage { message }
}

impl Dimensions {
    /// Reads a table.
    fn read(path: &str) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(Failure::file(path))?;
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Failure::Content { path: PathBuf::from(path), line, problem: error.message().to_owned() }
        })
    }

    /// Adds what another one names; `jobs` of the other goes first.
    fn add(&mut self, other: Self) {
        self.emulators.extend(other.emulators);
        self.models.extend(other.models);
        self.cpus.extend(other.cpus);
        self.levels.extend(other.levels);
        self.accelerators.extend(other.accelerators);
        self.options.extend(other.options);
        self.logs.extend(other.logs);
        self.jobs = other.jobs.or(self.jobs);
    }
}

impl Plan {
    /// Multiplies the dimensions out.
    ///
    /// # Errors
    ///
    /// Where a table cannot be read, an option says twice what a dimension says, or no machine is left.
    pub(super) fn new(line: &CommandLine<'_>, options: &Options<'_>) -> Result<Self, Failure> {
        let mut dimensions = Dimensions::default();
        for table in &line.tables {
            dimensions.add(Dimensions::read(table)?);
        }
        dimensions.add(line.dimensions.clone());
        // With logs alone, nothing is booted.
        let named =
            [!dimensions.emulators.is_empty(), !dimensions.models.is_empty(), !line.tables.is_empty()];
        let boots_anything = dimensions.logs.is_empty() || named.contains(&true);
        let jobs = dimensions.jobs;
        let logs = dimensions.logs.clone();
        let boots = if boots_anything { boots(dimensions, options)? } else { Vec::new() };
        if boots.is_empty() && logs.is_empty() {
            return Err(wrong(
                "the matrix has no machine: no emulator is on the path, and no log is named".into(),
            ));
        }
        for boot in &boots {
            let options = Options::from_words(boot.words.iter().map(String::as_str));
            options.map_err(|error| wrong(format!("{}: {error}", boot.name)))?;
        }
        let widest =
            boots.iter().filter_map(|boot| boot.words.iter().skip_while(|word| *word != "--smp").nth(1));
        let widest = widest.filter_map(|cpus| cpus.parse().ok()).max().unwrap_or(1);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let jobs = jobs.unwrap_or(cores / widest).clamp(1, boots.len().max(1));
        Ok(Self { boots, logs, jobs, folder: line.folder.clone(), kernel: line.kernel.clone() })
    }
}

fn boots(dimensions: Dimensions, options: &Options<'_>) -> Result<Vec<Boot>, Failure> {
    let text = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>();
    let levels: Vec<u32> = dimensions.levels.iter().map(|level| (*level).into()).collect();
    let installed = on_path(EMULATOR).map(|_| EMULATOR.to_owned());
    // Each with the option that it becomes, whether every run has that option already, and what stands for none.
    let axes = [
        ("--qemu", dimensions.emulators, options.qemu.is_some(), installed.into_iter().collect()),
        ("--cpu", dimensions.models, options.cpu.is_some(), MODELS.map(str::to_owned).to_vec()),
        ("--smp", text(&dimensions.cpus), options.smp.is_some(), vec!["2".to_owned()]),
        ("--el", text(&levels), options.level.is_some(), vec!["1".to_owned(), "2".to_owned()]),
        ("--accel", dimensions.accelerators, options.accelerator.is_some(), vec![String::new()]),
        ("", dimensions.options, false, vec![String::new()]),
    ];
    // What is for one run alone is for each of these.
    let retry = options.retry.map(|times| format!(" --retry {}", times.get()));
    let common = options.to_string() + &retry.unwrap_or_default();
    let mut machines: Vec<Vec<String>> = vec![Vec::new()];
    for (option, given, is_common, default) in axes {
        if is_common && !given.is_empty() {
            return Err(wrong(format!(
                "{option} stands for every run, and the matrix has values of its own for it"
            )));
        }
        let values = match given.is_empty() {
            true if is_common => vec![String::new()],
            true => default,
            false => given,
        };
        let with = |machine: &Vec<String>, value: &String| {
            let mut machine = machine.clone();
            match (option, value.as_str()) {
                (_, "") => {}
                ("", value) => machine.extend(split(value)),
                (option, value) => machine.extend([option.to_owned(), value.to_owned()]),
            }
            machine
        };
        machines = machines
            .iter()
            .flat_map(|machine| values.iter().map(move |value| with(machine, value)))
            .collect();
    }
    let boot = |words: Vec<String>| {
        let values = words.iter().map(|word| word.trim_start_matches('-'));
        let name = values.clone().collect::<Vec<_>>().join(" ");
        let kept = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
        let file: String = name.chars().map(kept).collect();
        let common = split(&common);
        Boot {
            name,
            file: format!("{}.log", file.trim_matches('-')),
            words: words.iter().cloned().chain(common).collect(),
        }
    };
    Ok(machines.into_iter().map(boot).collect())
}

#[cfg(test)]
mod tests {
    use super::{CommandLine, Plan};

    fn plan(words: &[&str]) -> Result<Plan, String> {
        let line = CommandLine::parse(words).map_err(|error| error.to_string())?;
        let options = line.options().map_err(|error| error.to_string())?;
        Plan::new(&line, &options).map_err(|error| error.to_string())
    }

    #[test]
    fn dimensions_are_multiplied_out() {
        let words =
            ["--emulator", "/q/7.2", "--emulator=/q/10.0", "--model", "max", "--model", "max,pauth=off"];
        let plan = plan(
            &[&words[..], &["--level", "2", "--suite", "races", "--retry", "2", "--jobs", "3"]].concat(),
        )
        .unwrap();
        let words: Vec<String> = plan.boots.iter().map(|boot| boot.words.join(" ")).collect();
        assert_eq!(words.len(), 4);
        assert_eq!(words[1], "--qemu /q/7.2 --cpu max,pauth=off --smp 2 --el 2 --suite races --retry 2");
        assert_eq!(plan.boots[3].file, "qemu--q-10-0-cpu-max-pauth-off-smp-2-el-2.log");
        assert_eq!(plan.jobs, 3);
    }

    #[test]
    fn logs_alone_boot_nothing() {
        let plan = plan(&["board.log", "cloud.json"]).unwrap();
        assert!(plan.boots.is_empty());
        assert_eq!(plan.logs, ["board.log", "cloud.json"]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (words, problem) in [
            (&["--model"][..], "--model needs a value"),
            (&["--jobs", "x"], "--jobs takes a number, got \"x\""),
            (&["--emulator", "q", "--level", "3"], "--el takes 1 or 2"),
            (&["--emulator", "q", "--cpu", "max", "--model", "max"], "--cpu stands for every run"),
            (&["no-such.toml"], "no-such.toml"),
            (&["--colour"], "there is no option --colour"),
        ] {
            let error = plan(words).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
