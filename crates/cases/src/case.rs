//! What a case is: one question to a machine, declared as data.

use crate::extended::Selection as Extended;
use crate::geometries::Selection as Tables;
use crate::invalidating::{Invalidating, Observer};
use crate::nested::Selection as Stages;
use crate::product::{Combination, Variation};
use crate::race::{Form, Race, Version};
use crate::rows::Row;
use crate::swapping::{CpuManagement, SwapVerdict};
use afdbm::geometry::Granule;
use afdbm::operations::{Invariant, Step};
use afdbm::regime::Regime;
use core::time::Duration;
use history::{GroupSelection, Neighbour, Selection};

/// A group of cases with one theme.
#[derive(Debug)]
pub struct Suite {
    /// Its name in the log: lower-case with hyphens.
    pub name: &'static str,
    /// What it is about, in one line.
    pub about: &'static str,
    /// It breaks the kernel on purpose, and runs only where it is asked for.
    pub hidden: bool,
    /// Its cases, in the order in which they run.
    pub cases: &'static [Case],
}

/// One question to a machine.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name, unique in the whole log. With its suite's it is the case's id, which never changes.
    pub name: &'static str,
    /// What it claims, in one line that needs no other line beside it.
    pub claim: &'static str,
    /// The rows and interleavings that it shows; where none is given, the row whose id its name begins with.
    pub rows: &'static [&'static str],
    /// What the machine and the run must have; the case is skipped otherwise.
    pub needs: Needs,
    /// It takes minutes or more, or needs an option, and runs only where its own name is given.
    pub hidden: bool,
    /// How long it may take.
    pub budget: Duration,
    /// What is done.
    pub body: Body,
}

/// What a case does.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// What the function of the kernel does that bears the case's name.
    Function,
    /// Makes each of these accesses, and holds it against the oracle.
    Combinations(&'static [Combination]),
    /// Makes each of these accesses in every variation, and holds it against the oracle.
    Varied {
        /// The accesses.
        combinations: &'static [Combination],
        /// What varies.
        variation: Variation,
    },
    /// Runs a race with its window open, then at full speed; with `before` only with a window before such steps.
    Race {
        /// What races with what.
        race: Race,
        /// The steps before which the window opens; `None` for every step.
        before: Option<Step>,
        /// What must come of it.
        expected: Expected,
    },
    /// Runs a race in one schedule for each seed.
    Schedules {
        /// What races with what.
        race: Race,
        /// What must come of it. A schedule that convicts may not be among those that run.
        expected: Expected,
    },
    /// Lets a set_access_flags resolve the faults of accesses from many states.
    Trials {
        /// The routine on trial.
        version: Version<Selection>,
        /// The states from which it starts.
        starts: Starts,
        /// What must come of it.
        expected: Expected,
    },
    /// Lets a set_access_flags for contiguous groups resolve faults beside a sibling that hardware has marked.
    GroupTrials {
        /// The routine on trial.
        version: Version<GroupSelection>,
        /// What must come of it.
        expected: Expected,
    },
    /// Carries out an operation in the place of which a neighbour went wrong, then stores to the page.
    Operation {
        /// The neighbour.
        neighbour: Neighbour,
        /// The right operation, or the neighbour itself.
        form: Form,
        /// What must come of it.
        expected: Expected,
    },
    /// Plays the acts of swapping with a version on a machine.
    Swapping {
        /// The version.
        version: Selection,
        /// What the machine's CPUs manage.
        machine: CpuManagement,
        /// What it must come to.
        verdict: SwapVerdict,
    },
    /// Makes accesses through tables of a granule, and holds each against the oracle: a sample where there is a theme, else the
    /// covering set.
    Geometries(Tables),
    /// Makes accesses that both stages translate, and holds each against the oracle: a sample where there is a theme, else the
    /// covering set.
    Nested(Stages),
    /// Makes accesses with what TCR2_EL1 turns on, and holds each against the oracle: a sample where there is a theme, else the
    /// covering set.
    Extended(Extended),
    /// Executes TLBIs, and looks what is used of what was cached before.
    Invalidating(Invalidating),
    /// Runs the litmus test of the module that begins at this byte.
    Litmus(usize),
}

/// The suite of the litmus tests that the boot loader brings beside the kernel: no table has their cases.
pub const LITMUS: &str = "litmus";
/// A litmus test takes a second or less; a host that is busy with other things may take minutes.
pub const FOR_A_LITMUS_TEST: Duration = Duration::from_secs(300);

/// What must come of a trial.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// No invariant is broken.
    Acquitted,
    /// Just these invariants are broken: a negative control.
    Convicted(&'static [Invariant]),
}

/// The states from which trials start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Starts {
    /// Every legal state.
    Legal,
    /// W·D·RO, which the `modify` of before 3c0696076aad left (I19).
    Remnant,
}

/// What the machine and the run must have for a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Needs {
    /// What the options of the run must ask for.
    pub asked: Option<Asked>,
    /// What the first CPU must manage.
    pub management: Management,
    /// How many CPUs must run.
    pub cpus: usize,
    /// The regime in which it makes its accesses, of which EL2's take an entry there; `None` is that of the run, EL1&0
    /// unless `--regime` says otherwise.
    pub regime: Option<Regime>,
}

/// What the options of a run ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// `--full`.
    Full,
    /// `--replay` or `--sweep`, under which a seed is a schedule.
    Schedules,
    /// `--hazards`, unless a program makes the machine: what firmware takes of it may end the run.
    Hazards,
}

/// What a CPU manages by hardware, by ID_AA64MMFR1_EL1.HAFDBS (Arm ARM D24.2.89).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Management {
    /// Whatever it is.
    Any,
    /// Nothing: HAFDBS is 0.
    Nothing,
    /// The Access flag: HAFDBS is 1 or more.
    AccessFlag,
    /// The dirty state as well: HAFDBS is 2 or more.
    DirtyState,
}

impl Needs {
    /// Nothing that not every machine has.
    pub const NOTHING: Self =
        Self { asked: None, management: Management::Any, cpus: 1, regime: Some(Regime::El10) };
    /// No hardware management at all.
    pub const NO_MANAGEMENT: Self = Self { management: Management::Nothing, ..Self::NOTHING };
    /// Hardware management of the Access flag.
    pub const ACCESS_FLAG: Self = Self { management: Management::AccessFlag, ..Self::NOTHING };
    /// Hardware management of the dirty state.
    pub const DIRTY_STATE: Self = Self { management: Management::DirtyState, ..Self::NOTHING };

    /// Returns the needs with another regime, or that of the run.
    #[must_use]
    pub const fn in_regime(self, regime: Option<Regime>) -> Self {
        Self { regime, ..self }
    }

    /// Returns the needs with a number of CPUs.
    #[must_use]
    pub const fn with_cpus(self, cpus: usize) -> Self {
        Self { cpus, ..self }
    }

    /// Returns what the two sides of a race need.
    const fn of_race(race: &Race) -> Self {
        if race.other.is_hardware() { Self::DIRTY_STATE.with_cpus(2) } else { Self::NOTHING.with_cpus(2) }
    }
}

/// A budget that only a case that hangs overruns.
pub const GENEROUS: Duration = Duration::from_secs(60);
/// A race of a million rounds takes seconds; a host that is busy with other things may take minutes.
pub(crate) const FOR_A_RACE: Duration = Duration::from_secs(900);

impl Case {
    const fn new(name: &'static str, claim: &'static str, body: Body) -> Self {
        let (rows, needs): (&[_], _) = (&[], Needs::NOTHING);
        Self { name, claim, rows, needs, hidden: false, budget: GENEROUS, body }
    }

    pub(crate) const fn function(name: &'static str, claim: &'static str) -> Self {
        Self::new(name, claim, Body::Function)
    }

    pub(crate) const fn combinations(
        name: &'static str,
        claim: &'static str,
        combinations: &'static [Combination],
    ) -> Self {
        Self::new(name, claim, Body::Combinations(combinations))
    }

    pub(crate) const fn varied(
        name: &'static str,
        claim: &'static str,
        combinations: &'static [Combination],
        variation: Variation,
    ) -> Self {
        Self::new(name, claim, Body::Varied { combinations, variation })
    }

    pub(crate) const fn race(
        name: &'static str,
        claim: &'static str,
        race: Race,
        expected: Expected,
    ) -> Self {
        let needs = Needs::of_race(&race);
        Self::new(name, claim, Body::Race { race, before: None, expected }).needing(needs).within(FOR_A_RACE)
    }

    /// Returns the case of a race with the window open before such steps alone.
    pub(crate) const fn before(self, step: Step) -> Self {
        match self.body {
            Body::Race { race, expected, .. } => {
                Self { body: Body::Race { race, before: Some(step), expected }, ..self }
            }
            _ => panic!("only a race has windows"),
        }
    }

    pub(crate) const fn schedules(
        name: &'static str,
        claim: &'static str,
        race: Race,
        expected: Expected,
    ) -> Self {
        let needs = Needs { asked: Some(Asked::Schedules), ..Needs::of_race(&race) };
        Self::new(name, claim, Body::Schedules { race, expected }).needing(needs).within(FOR_A_RACE)
    }

    pub(crate) const fn trials(
        name: &'static str,
        claim: &'static str,
        (version, starts): (Version<Selection>, Starts),
        expected: Expected,
    ) -> Self {
        Self::new(name, claim, Body::Trials { version, starts, expected })
    }

    pub(crate) const fn group_trials(
        name: &'static str,
        claim: &'static str,
        version: Version<GroupSelection>,
        expected: Expected,
    ) -> Self {
        Self::new(name, claim, Body::GroupTrials { version, expected })
    }

    pub(crate) const fn operation(
        name: &'static str,
        claim: &'static str,
        (neighbour, form): (Neighbour, Form),
        expected: Expected,
    ) -> Self {
        Self::new(name, claim, Body::Operation { neighbour, form, expected })
    }

    pub(crate) const fn swapping(
        name: &'static str,
        claim: &'static str,
        (version, machine): (Selection, CpuManagement),
        verdict: SwapVerdict,
    ) -> Self {
        let needs = match machine {
            CpuManagement::None => Needs::NOTHING,
            CpuManagement::AccessFlag => Needs::ACCESS_FLAG,
            CpuManagement::Full => Needs::DIRTY_STATE,
            CpuManagement::Mixed => Needs::DIRTY_STATE.with_cpus(2),
        };
        // What shows only behind a second fault takes a second CPU.
        let alone = !matches!(machine, CpuManagement::None) && (verdict.loops || verdict.loses);
        let needs = if alone { needs.with_cpus(2) } else { needs };
        Self::new(name, claim, Body::Swapping { version, machine, verdict }).needing(needs)
    }

    pub(crate) const fn invalidating(
        name: &'static str,
        claim: &'static str,
        invalidating: Invalidating,
    ) -> Self {
        let cpus = match invalidating.observer {
            Observer::Here => 1,
            Observer::Elsewhere => 2,
        };
        Self::new(name, claim, Body::Invalidating(invalidating)).needing(Needs::NOTHING.with_cpus(cpus))
    }

    pub(crate) const fn geometries(name: &'static str, claim: &'static str, tables: Tables) -> Self {
        Self::new(name, claim, Body::Geometries(tables))
    }

    pub(crate) const fn extended(name: &'static str, claim: &'static str, extended: Extended) -> Self {
        Self::new(name, claim, Body::Extended(extended))
    }

    pub(crate) const fn nested(name: &'static str, claim: &'static str, stages: Stages) -> Self {
        Self::new(name, claim, Body::Nested(stages))
    }

    /// Declares a litmus test of the module.
    #[must_use]
    pub const fn litmus(name: &'static str, path: &'static str, offset: usize) -> Self {
        Self::new(name, path, Body::Litmus(offset)).within(FOR_A_LITMUS_TEST)
    }

    pub(crate) const fn showing(self, rows: &'static [&'static str]) -> Self {
        Self { rows, ..self }
    }

    pub(crate) const fn needing(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    /// Returns the case with its accesses in another regime, or in that of the run.
    pub(crate) const fn in_regime(self, regime: Option<Regime>) -> Self {
        let needs = self.needs.in_regime(regime);
        self.needing(needs)
    }

    pub(crate) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    pub(crate) const fn within(self, budget: Duration) -> Self {
        Self { budget, ..self }
    }

    /// Returns the granule of the tables that the case is about, of stage 2 where both stages are; `None` where it is about
    /// each. Tables are of 4K where nothing else is said.
    #[must_use]
    pub const fn granule(&self) -> Option<Granule> {
        match self.body {
            Body::Geometries(tables) => Some(tables.granule),
            Body::Nested(stages) => stages.granule,
            _ => Some(Granule::Size4K),
        }
    }

    /// Tells whether the case shows the row or interleaving of this id.
    #[must_use]
    pub fn shows(&self, id: &str) -> bool {
        if self.rows.is_empty() { Row::begins(id, self.name) } else { self.rows.contains(&id) }
    }
}
