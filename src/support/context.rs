//! What a case is given, and what it comes to.

use crate::machine::cpus;
use crate::machine::maker;
use crate::machine::per_cpu::CpuIndex;
use crate::machine::registers::Identification;
use crate::machine::resident;
use crate::memory::case_memory::CaseMemory;
use crate::memory::case_space::CaseSpace;
use crate::support::calibration;
use afdbm::regime::Regime;
use afdbm::tables::TableError;
use alloc::format;
use alloc::string::String;
use cases::product::{Failures, Kinds};
use cases::race::Version;
use cases::{Asked, Case, Management, Needs};
use core::fmt;
use history::{GroupSelection, Selection};
use record::options::{GranuleName, Options, RegimeName};
use record::report::{Line, TestOutcome};

/// What a case comes to, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Pass, fail, error or skip.
    pub outcome: TestOutcome,
    /// Why; needed for everything but a pass.
    pub reason: Option<String>,
}

/// An answer, or trouble that kept the case from one.
pub type Conclusion = Result<Answer, Trouble>;

/// What keeps a case from an answer: the case, or the kernel, is at fault, not the machine under test.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// A table could not be made.
    Table(TableError),
    /// An exception or a panic ended work on this CPU.
    Abandoned(CpuIndex),
    /// The budget was spent.
    TimedOut,
    /// Anything else.
    Other(String),
}

impl From<TableError> for Trouble {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(error) => write!(formatter, "{error}"),
            Self::Abandoned(cpu) => write!(formatter, "an unexpected exception or a panic on {cpu}"),
            Self::TimedOut => write!(formatter, "the case has overrun its budget"),
            Self::Other(text) => write!(formatter, "{text}"),
        }
    }
}

impl Answer {
    /// The claim holds.
    pub const PASS: Self = Self { outcome: TestOutcome::Pass, reason: None };

    /// The claim does not hold.
    pub fn fail(reason: impl fmt::Display) -> Conclusion {
        Ok(Self { outcome: TestOutcome::Fail, reason: Some(format!("{reason}")) })
    }

    /// The claim does not hold, for these reasons; holds if there is none.
    pub fn of_failures(reasons: &[String]) -> Conclusion {
        match reasons {
            [] => Ok(Self::PASS),
            [reason] => Self::fail(reason),
            [reason, more @ ..] => Self::fail(format_args!("{reason}; and {} more", more.len())),
        }
    }

    /// The machine cannot be asked, or did not show what it may.
    pub fn skip(reason: impl fmt::Display) -> Conclusion {
        Ok(Self { outcome: TestOutcome::Skip, reason: Some(format!("{reason}")) })
    }
}

/// What a case is given.
pub struct Context<'a> {
    /// The options of the run.
    pub options: &'a Options<'a>,
    /// The seed of everything random.
    pub seed: u64,
    /// The regime in which the case makes its accesses.
    pub regime: Regime,
    /// Memory for as long as the case runs.
    pub memory: &'a CaseMemory,
    log: Log<'a>,
}

/// Writes lines of the case that runs.
pub type Log<'a> = &'a mut dyn FnMut(Line<'_, fmt::Arguments<'_>>);

impl<'a> Context<'a> {
    /// Makes the context of one case with these needs, whose lines go to `log`.
    pub fn new(
        options: &'a Options<'a>,
        needs: &Needs,
        seed: u64,
        memory: &'a CaseMemory,
        log: Log<'a>,
    ) -> Self {
        let asked = options.regime.map(|RegimeName(regime)| regime);
        let regime = needs.regime.or(asked).unwrap_or(Regime::El10);
        Self { options, seed, regime, memory, log }
    }

    /// Writes lines to the log, before the case's outcome. Not while something is being measured.
    pub fn say(&mut self, text: fmt::Arguments<'_>) {
        (self.log)(Line::Diagnostic(text));
    }

    /// Tells the kinds of the case's failures: what the host compares with what it expects.
    pub fn tell_kinds(&mut self, kinds: &Kinds) {
        self.announce_kinds(kinds);
        kinds.iter().for_each(|failures| self.tell_kind(failures));
    }

    /// Tells how many kinds there are, and failures, so that none of them can go missing from a log.
    pub fn announce_kinds(&mut self, kinds: &Kinds) {
        let failures = kinds.iter().fold(0, |sum: u64, failures| sum.saturating_add(failures.count));
        if failures != 0 {
            (self.log)(Line::Kinds { kinds: kinds.iter().count(), failures });
        }
    }

    /// Tells one kind, after all were announced.
    pub fn tell_kind(&mut self, failures: &Failures) {
        (self.log)(Line::Kind { count: failures.count, kind: failures.kind });
    }

    /// Makes an address space for the case.
    ///
    /// # Errors
    ///
    /// [`Trouble::Table`] for want of memory.
    pub fn space(&self) -> Result<CaseSpace, Trouble> {
        Ok(CaseSpace::new()?)
    }

    /// The set_access_flags that stands for ours: today's, unless `--variant` puts another in its place.
    #[must_use]
    pub fn ours(&self) -> Selection {
        Version::<Selection>::Ours.selection(self.options.variant)
    }

    /// The same for contiguous groups.
    #[must_use]
    pub fn our_group(&self) -> GroupSelection {
        Version::<GroupSelection>::Ours.selection(self.options.variant)
    }

    /// The ID registers of the first CPU.
    #[must_use]
    pub fn cpu(&self) -> Identification {
        cpus::identification(CpuIndex(0))
    }

    /// Returns the reason to skip a case, if any.
    #[must_use]
    pub fn lacks(&self, case: &Case) -> Option<String> {
        let needs = &case.needs;
        let option = match needs.asked {
            Some(Asked::Full) if !self.options.full => Some("--full was not given"),
            Some(Asked::Schedules) if !self.options.replay && self.options.sweep.is_none() => {
                Some("only with --replay or --sweep is a seed a schedule")
            }
            Some(Asked::Hazards) if calibration::found().attributes_forced => {
                Some("stage 2 forces the memory type on this machine")
            }
            Some(Asked::Hazards) if !self.options.hazards && !maker::is_program() => {
                Some("on silicon an SError may be the firmware's, and end the run: --hazards was not given")
            }
            _ => None,
        };
        let management = || match needs.management {
            Management::Any => None,
            Management::Nothing if calibration::found().management_hidden => {
                Some(format!("{}", calibration::found()))
            }
            Management::Nothing => {
                let degree = self.cpu().hafdbs();
                (degree > 0)
                    .then(|| format!("this CPU has hardware management (HAFDBS={degree}, 0 expected)"))
            }
            Management::AccessFlag => self.lacks_management(1),
            Management::DirtyState => self.lacks_management(2),
        };
        option
            .map(String::from)
            .or_else(|| self.is_of_another_granule(case))
            .or_else(|| self.lacks_regime())
            .or_else(management)
            .or_else(|| self.lacks_cpus(needs.cpus))
    }

    /// Returns the reason to skip a case whose tables have another granule than was asked for, if it is so.
    fn is_of_another_granule(&self, case: &Case) -> Option<String> {
        let (asked, granule) = (self.options.granule?, GranuleName(case.granule()?));
        (asked != granule).then(|| format!("made with {granule}, and --granule {asked} was given"))
    }

    /// Returns the reason to skip the case for its regime, if any.
    fn lacks_regime(&self) -> Option<String> {
        let (regime, cpu) = (RegimeName(self.regime), self.cpu());
        if let Some(asked) = self.options.regime.filter(|asked| *asked != regime) {
            return Some(format!("made in regime {regime}, and --regime {asked} was given"));
        }
        match self.regime {
            Regime::El10 => None,
            _ if !resident::is_present() => {
                Some(format!("regime {regime} takes an entry at EL2: --el 2 asks an emulator for one"))
            }
            Regime::El2 if !cpu.clears_host() => {
                Some(String::from("HCR_EL2.E2H is fixed at 1 on this CPU: EL2 has no regime of its own"))
            }
            Regime::El20 if !cpu.vhe() => {
                Some(String::from("this CPU has no EL2&0 regime (ID_AA64MMFR1_EL1.VH is 0)"))
            }
            Regime::El2 | Regime::El20 => None,
        }
    }

    /// Returns the reason to skip a case that needs so many CPUs, if any.
    #[must_use]
    pub fn lacks_cpus(&self, expected: usize) -> Option<String> {
        let found = cpus::online();
        (found < expected).then(|| format!("{found} CPU runs, {expected} expected"))
    }

    /// Returns the reason to skip a case that needs hardware management of this degree (HAFDBS), if any.
    #[must_use]
    pub fn lacks_management(&self, degree: u64) -> Option<String> {
        let found = self.cpu().hafdbs();
        let what = if degree < 2 { "Access flag" } else { "dirty state" };
        (found < degree).then(|| {
            format!("this CPU has no hardware management of the {what} (HAFDBS={found}, {degree} expected)")
        })
    }
}
