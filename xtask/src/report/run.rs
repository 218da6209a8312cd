//! A run as data: what every report is made of, and what a file of `--json` holds.
//!
//! `docs/formats.md` describes it; a field that is renamed, or changes its meaning, takes another [`VERSION`].

use crate::{failure::Failure, log::Case as Told};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a file of this kind calls itself.
pub(crate) const FORMAT: &str = "afdbm-run";

/// The version of the format.
pub(crate) const VERSION: u32 = 1;

/// One run of one machine.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    /// [`FORMAT`].
    pub(crate) format: String,
    /// [`VERSION`].
    pub(crate) version: u32,
    /// What tells this run from others, for people: `QEMU 7.2.22, max, EL1, 4 CPUs`.
    pub(crate) name: String,
    /// The machine as the log's environment line describes it; absent where a log ends before it.
    pub(crate) machine: Option<TestedMachine>,
    /// Who ran it, and how.
    pub(crate) origin: Origin,
    /// What the log says before its plan: controls that are pinned, the platform, calibration.
    pub(crate) notes: Vec<String>,
    /// What it came to.
    pub(crate) result: RunResult,
    /// The suites that were asked for, or reported, with their cases.
    pub(crate) suites: Vec<Suite>,
    /// What the machine was seen to choose where the architecture leaves a choice; of `--fingerprint` alone.
    pub(crate) fingerprint: Vec<String>,
}

/// The environment line of the log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct TestedMachine {
    /// The kernel's version.
    pub(crate) afdbm: String,
    /// The CPU model as the command line names it.
    pub(crate) cpu: String,
    /// MIDR_EL1 of the boot CPU, `0x` and eight digits.
    pub(crate) midr: String,
    /// ID_AA64MMFR1_EL1.HAFDBS of the boot CPU.
    pub(crate) hafdbs: u8,
    /// ID_AA64MMFR1_EL1.ETS; this and the next two are absent where the log does not tell.
    #[serde(default)]
    pub(crate) ets: Option<u8>,
    /// ID_AA64MMFR2_EL1.BBM.
    #[serde(default)]
    pub(crate) bbm: Option<u8>,
    /// The granules that stage 1 has: `4K`, `16K`, `64K`.
    #[serde(default)]
    pub(crate) granules: Option<Vec<String>>,
    /// The Exception level of the entry.
    pub(crate) el: u8,
    /// CPUs that run.
    pub(crate) cpus: usize,
    /// RAM in MiB.
    pub(crate) memory_mib: u64,
    /// The translation granule in KiB.
    pub(crate) granule_kib: u32,
    /// The seed of everything random, `0x` and its digits.
    pub(crate) seed: String,
    /// `llsc` or `lse`.
    pub(crate) atomics: String,
}

/// Who ran it; each is absent where the log does not tell.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// `QEMU 7.2.22`.
    pub(crate) emulator: Option<String>,
    /// `tcg`, `kvm` or `hvf`.
    pub(crate) accelerator: Option<String>,
    /// The host's system and architecture.
    pub(crate) host: Option<String>,
    /// SHA-256 of the image, in hexadecimal digits.
    pub(crate) image_sha256: Option<String>,
    /// The command that runs the same again.
    pub(crate) rerun: Option<String>,
    /// The file of the log.
    pub(crate) log: Option<String>,
}

/// What a run came to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct RunResult {
    /// The exit status of the host.
    pub(crate) exit: u8,
    /// The host's own line.
    pub(crate) host: String,
    /// The kernel's verdict: `pass`, `fail`, `error` or `skip`; absent where the log has none that can be trusted.
    pub(crate) kernel: Option<String>,
    /// Whether known deviations count as failures.
    pub(crate) strict: bool,
    /// How many cases were asked for, as far as it is known: the sum of the five numbers that follow.
    pub(crate) planned: usize,
    /// Cases that passed.
    pub(crate) passed: usize,
    /// Cases that failed, known or not.
    pub(crate) failed: usize,
    /// Cases that were errors.
    pub(crate) errors: usize,
    /// Cases that were skipped.
    pub(crate) skipped: usize,
    /// Cases that were asked for and have no result.
    pub(crate) lost: usize,
    /// Of those that failed, the known ones.
    pub(crate) known: usize,
    /// Seconds from the first instruction to the first suite.
    pub(crate) boot_seconds: Option<f64>,
    /// Seconds from the first suite to the verdict.
    pub(crate) suites_seconds: Option<f64>,
}

/// A group of cases.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Suite {
    /// Its name.
    pub(crate) name: String,
    /// What it is about; empty where the table of cases does not have it.
    pub(crate) about: String,
    /// Its cases, in order.
    pub(crate) cases: Vec<Case>,
}

/// One case and what it came to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    /// Its name.
    pub(crate) name: String,
    /// What it claims; empty where the table of cases does not have it.
    pub(crate) claim: String,
    /// The rows of the case table, and the interleavings, that it shows.
    pub(crate) rows: Vec<String>,
    /// What it came to.
    pub(crate) status: Status,
    /// Why it failed, is an error, or was skipped; empty where it passed.
    pub(crate) reason: String,
    /// What the machine chose where more than one outcome is permitted.
    pub(crate) choices: Vec<String>,
    /// The kinds of its failures.
    pub(crate) kinds: Vec<Kind>,
    /// What is known of its failures.
    pub(crate) deviations: Vec<Deviation>,
    /// The command that runs it alone.
    pub(crate) rerun: Option<String>,
    /// What else the log says of it, a line each.
    pub(crate) details: Vec<String>,
}

/// What a case came to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    /// It passed.
    Conforms,
    /// It failed as it is known to.
    KnownDeviation,
    /// It failed, and nothing is known of that.
    NewFailure,
    /// The test or its environment is wrong.
    Error,
    /// What is permitted did not show: a skip.
    PermittedNotSeen,
    /// The machine or the run lacks what it needs: a skip.
    NotTested,
    /// It was asked for, and has no result.
    Lost,
}

/// One kind of a case's failures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Kind {
    /// How many failures.
    pub(crate) count: u64,
    /// The kind, as `expectations/` name it.
    pub(crate) kind: String,
    /// Whether a known deviation expects it.
    pub(crate) known: bool,
}

/// A known deviation that a case has shown.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Deviation {
    /// The row of the case table.
    pub(crate) row: String,
    /// The rule of the Arm ARM.
    pub(crate) rule: String,
    /// What the machine does instead.
    pub(crate) note: String,
    /// The versions with which it was measured.
    pub(crate) measured: String,
}

impl Status {
    /// Returns the words that stand for it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::KnownDeviation => "deviates, known",
            Self::NewFailure => "fails",
            Self::Error => "error",
            Self::PermittedNotSeen => "permitted, not seen",
            Self::NotTested => "not tested",
            Self::Lost => "no result",
        }
    }

    /// Tells whether it keeps the run from passing.
    pub(crate) const fn counts(self, strict: bool) -> bool {
        match self {
            Self::NewFailure | Self::Error | Self::Lost => true,
            Self::KnownDeviation => strict,
            Self::Conforms | Self::PermittedNotSeen | Self::NotTested => false,
        }
    }

    /// Tells whether the machine was seen to break a rule.
    pub(crate) const fn deviates(self) -> bool {
        matches!(self, Self::NewFailure | Self::KnownDeviation)
    }
}

impl Run {
    /// Returns every case with its suite.
    pub(crate) fn cases(&self) -> impl Iterator<Item = (&Suite, &Case)> {
        self.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
    }

    /// Returns the case of this name.
    pub(crate) fn case(&self, suite: &str, name: &str) -> Option<&Case> {
        self.cases().find(|(of, case)| of.name == suite && case.name == name).map(|(_, case)| case)
    }

    /// Adds a line to what is said of a case.
    pub(crate) fn tell(&mut self, suite: &str, name: &str, line: String) {
        let suites = self.suites.iter_mut().filter(|one| one.name == suite);
        if let Some(case) = suites.flat_map(|suite| &mut suite.cases).find(|case| case.name == name) {
            case.details.push(line);
        }
    }

    /// Writes it as JSON.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads it from JSON.
    ///
    /// # Errors
    ///
    /// Where the text is no JSON, of something else, or of another version.
    pub(crate) fn from_json(path: &Path, text: &str) -> Result<Self, Failure> {
        let wrong = |problem: String| Failure::Content { path: path.to_owned(), line: None, problem };
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if value["format"] != FORMAT {
            return Err(wrong(format!("is no run: its \"format\" is {}, not {FORMAT:?}", value["format"])));
        }
        if value["version"] != VERSION {
            return Err(wrong(format!(
                "is version {} of {FORMAT}; this program reads {VERSION}",
                value["version"]
            )));
        }
        serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
    }
}

/// What the log calls what a machine chose.
const CHOSE: &str = "permitted and seen: ";

impl Case {
    /// Makes a case of what the log tells of it.
    pub(crate) fn of(told: &Told, status: Status) -> Self {
        let rerun = told.details.iter().find_map(|line| line.strip_prefix("rerun: "));
        let is_told_elsewhere =
            |line: &&String| ["rerun: ", "kind: ", CHOSE].iter().any(|label| line.starts_with(label));
        let choices = told.details.iter().filter_map(|line| line.strip_prefix(CHOSE));
        Self {
            status,
            reason: told.reason.clone(),
            choices: choices.map(str::to_owned).collect(),
            rerun: rerun.map(str::to_owned),
            details: told.details.iter().filter(|line| !is_told_elsewhere(line)).cloned().collect(),
            ..Self::declared(&told.suite, &told.name)
        }
    }

    /// Makes a case without a result.
    pub(crate) fn lost(suite: &str, name: &str) -> Self {
        let reason = "it was asked for, and the log has no result of it".into();
        Self { status: Status::Lost, reason, ..Self::declared(suite, name) }
    }

    /// What the table of cases says of it.
    fn declared(suite: &str, name: &str) -> Self {
        let suites = cases::SUITES.iter().filter(|one| one.name == suite);
        let case = suites.flat_map(|suite| suite.cases).find(|case| case.name == name);
        let ids =
            cases::rows::rows().map(|row| row.id).chain(cases::rows::INTERLEAVINGS.iter().map(|one| one.id));
        Self {
            name: name.to_owned(),
            claim: case.map(|case| case.claim.to_owned()).unwrap_or_default(),
            rows: ids.filter(|id| case.is_some_and(|case| case.shows(id))).map(str::to_owned).collect(),
            status: Status::Conforms,
            reason: String::new(),
            choices: Vec::new(),
            kinds: Vec::new(),
            deviations: Vec::new(),
            rerun: None,
            details: Vec::new(),
        }
    }
}
