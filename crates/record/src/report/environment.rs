//! The environment line: on what a run's outcomes hold.

use core::fmt;

/// How the kernel's atomics were compiled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Atomics {
    /// Exclusive loads and stores, `ldxr` and `stxr`.
    LlSc,
    /// The instructions of FEAT_LSE, `cas` and `swp`.
    Lse,
}

/// The machine and the choices of a run, in the log's first comment line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Environment<'a> {
    /// The project's version.
    pub version: &'a str,
    /// The CPU model as the bootargs name it; `unknown` where they do not.
    pub cpu: &'a str,
    /// MIDR_EL1 of the boot CPU.
    pub midr: u32,
    /// ID_AA64MMFR1_EL1.HAFDBS of the boot CPU, as a number.
    pub hafdbs: u8,
    /// The Exception level that the machine entered at: 1 or 2.
    pub entry_level: u8,
    /// How many CPUs run.
    pub cpus: usize,
    /// RAM in MiB.
    pub memory: u64,
    /// The translation granule in KiB.
    pub granule: u32,
    /// The seed of everything random.
    pub seed: u64,
    /// How the kernel's atomics were compiled.
    pub atomics: Atomics,
}

impl Environment<'_> {
    /// What the line begins with.
    pub(super) const LABEL: &'static str = "afdbm ";
}

impl<'a> Environment<'a> {
    /// Reads back what [`Display`](fmt::Display) shows; `None` where anything differs from that form.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix(Environment::LABEL)?.split(" | ");
        let version = parts.next()?;
        let mut processor = parts.next()?.split(' ');
        let mut machine = parts.next()?.split(' ');
        let mut choices = parts.next()?.split(' ');
        let environment = Self {
            version,
            cpu: processor.next()?.strip_prefix("cpu=")?,
            midr: u32::from_str_radix(processor.next()?.strip_prefix("midr=0x")?, 16).ok()?,
            hafdbs: processor.next()?.strip_prefix("HAFDBS=")?.parse().ok()?,
            entry_level: machine.next()?.strip_prefix("el=")?.parse().ok()?,
            cpus: machine.next()?.strip_prefix("cpus=")?.parse().ok()?,
            memory: machine.next()?.strip_prefix("memory=")?.strip_suffix("MiB")?.parse().ok()?,
            granule: machine.next()?.strip_prefix("granule=")?.strip_suffix('K')?.parse().ok()?,
            seed: u64::from_str_radix(choices.next()?.strip_prefix("seed=0x")?, 16).ok()?,
            atomics: Atomics::parse(choices.next()?.strip_prefix("atomics=")?)?,
        };
        let ended = parts.next().or(processor.next()).or(machine.next()).or(choices.next()).is_none();
        ended.then_some(environment)
    }
}

/// Shows `afdbm 0.1.0 | cpu=max midr=0x000f0510 HAFDBS=2 | el=1 cpus=4 memory=1024MiB granule=4K | seed=0x5eed
/// atomics=llsc`, on one line.
impl fmt::Display for Environment<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, cpu, midr, hafdbs, entry_level, cpus, memory, granule, seed, atomics } = self;
        write!(
            formatter,
            "{}{version} | cpu={cpu} midr={midr:#010x} HAFDBS={hafdbs} | ",
            Environment::LABEL
        )?;
        write!(formatter, "el={entry_level} cpus={cpus} memory={memory}MiB granule={granule}K | ")?;
        write!(formatter, "seed={seed:#x} atomics={atomics}")
    }
}

impl Atomics {
    /// Returns what the log calls `text`, if anything.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "llsc" => Some(Self::LlSc),
            "lse" => Some(Self::Lse),
            _ => None,
        }
    }
}

impl fmt::Display for Atomics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::LlSc => "llsc",
            Self::Lse => "lse",
        })
    }
}
