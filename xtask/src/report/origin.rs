//! What the host says of a run before its log, so that the log alone is enough to make every report of it.

use super::run::Origin;
use crate::{
    emulator::Version,
    expectations::{Emulated, Subject},
    failure::Failure,
    log::Record,
};
use record::options::{Accelerator, Options};
use sha2::{Digest, Sha256};
use std::{fmt, fs, path::Path};

/// What the line with the command begins with.
const RUN: &str = "run: scripts/run";

/// What the line with the rest begins with.
const EMULATOR: &str = "emulator: ";

/// What tells that line from a complaint of the emulator.
const HOST: &str = " | host: ";

/// The two lines, which stand before the log.
pub(crate) struct Lines<'a> {
    /// What the run was asked for.
    pub(crate) options: &'a Options<'a>,
    /// The emulator.
    pub(crate) version: Version,
    /// SHA-256 of the image.
    pub(crate) image: String,
}

/// Computes SHA-256 of a file.
///
/// # Errors
///
/// Where it cannot be read.
pub(crate) fn digest(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(Failure::file(path))?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The host's system and architecture.
fn host() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Shows both lines, without their marks.
impl fmt::Display for Lines<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { options, version, image } = self;
        let options = options.to_string();
        let space = if options.is_empty() { "" } else { " " };
        let accelerator = options_accelerator(self.options);
        writeln!(formatter, "{RUN}{space}{options}")?;
        write!(
            formatter,
            "{EMULATOR}QEMU {version} | {accelerator} | host: {} | image: sha256 {image}",
            host()
        )
    }
}

fn options_accelerator(options: &Options<'_>) -> &'static str {
    options.accelerator.unwrap_or(Accelerator::Tcg).kind()
}

impl Lines<'_> {
    /// Returns the same as data.
    pub(crate) fn origin(&self) -> Origin {
        let mut origin = Origin::default();
        self.to_string().lines().for_each(|line| take(&mut origin, line));
        origin
    }
}

/// Takes a comment that stands before the log, if it is one of the two.
pub(crate) fn take(origin: &mut Origin, comment: &str) {
    if comment.starts_with(RUN) {
        origin.rerun = comment.strip_prefix("run: ").map(str::to_owned);
    } else if let Some(text) = comment.strip_prefix(EMULATOR).filter(|text| text.contains(HOST)) {
        let mut parts = text.split(" | ");
        let mut part = |label| parts.next().and_then(|part| part.strip_prefix(label)).map(str::to_owned);
        (origin.emulator, origin.accelerator) = (part(""), part(""));
        (origin.host, origin.image_sha256) = (part("host: "), part("image: sha256 "));
    }
}

/// What is said to be above EL1 where the log does not tell.
const UNKNOWN: &str = "unknown";

/// Returns what a log says of the machine: the emulator that this program has started, or else MIDR_EL1 and what is
/// above EL1.
pub(crate) fn subject(record: &Record) -> Subject<'_> {
    let (origin, environment) = (&record.origin, record.environment());
    let version =
        origin.emulator.as_deref().and_then(|emulator| Version::parse(emulator.strip_prefix("QEMU ")?));
    let Some(version) = version else {
        return Subject::Machine {
            midr: environment.map_or(0, |environment| environment.midr),
            hypervisor: record.hypervisor.as_deref().unwrap_or(UNKNOWN),
        };
    };
    let options = origin.rerun.as_deref().and_then(options);
    let replayed = options.is_some_and(|options| options.replay || options.sweep.is_some());
    let accelerator = options.and_then(|options| options.accelerator);
    Subject::Emulated(Emulated {
        version,
        accelerator: origin.accelerator.as_deref().unwrap_or("tcg"),
        single_threaded: replayed || accelerator == Some(Accelerator::TcgSingle),
        cpu: environment.map_or("", |environment| environment.cpu),
    })
}

/// Returns the options of a command that runs a log again.
pub(crate) fn options(rerun: &str) -> Option<Options<'_>> {
    Options::from_text(rerun.strip_prefix("scripts/run")?).ok()
}
