//! What the agents of a world do, and what is asked of it.

use crate::{
    descriptors::{W, page, show},
    operation::Operation,
    tape::Memory,
    world::World,
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::Invariant;
use std::fmt;

/// How an agent touches a page.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Touch {
    /// A load.
    Read,
    /// A store.
    Write,
    /// A compare-and-swap whose comparison fails: it needs permission to write, and writes nothing.
    FailingCas,
}

/// One thing that an agent does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Accesses a page of the group; on a fault, handles it and tries again.
    Touch(Touch, u8),
    /// Runs an operation, and completes its invalidation before going on.
    Run(Operation),
    /// Runs an operation and goes on without the invalidation.
    RunWithoutInvalidation(Operation),
    /// Sets HD of its own CPU, with the local invalidation that this needs or without it.
    SetDirtyManagement(bool, bool),
}

/// Reads the first page.
pub const READ: Action = Action::Touch(Touch::Read, 0);
/// Writes the first page.
pub const WRITE: Action = Action::Touch(Touch::Write, 0);

/// How a walker updates AF and RO where both are due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Updates {
    /// In one atomic update.
    One,
    /// AF first, RO in a second update.
    Two,
    /// In either way (Arm ARM R_PRHKD).
    Either,
    /// RO first, which no hardware may (Arm ARM R_DSHLJ): a negative control.
    DirtyFirst,
}

/// A CPU, or another walker whose faults software handles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agent {
    /// TCR_EL1.HA.
    pub ha: bool,
    /// TCR_EL1.HD.
    pub hd: bool,
    /// What it does, in order.
    pub script: Vec<Action>,
    /// Whether its TLB holds the young pages of the start.
    pub warm: bool,
    /// Speculative Access flag updates that it may make.
    pub speculation: u8,
    /// How its walker updates.
    pub updates: Updates,
}

impl Agent {
    /// Makes an agent of this (HA, HD) with an empty TLB, that speculates on nothing.
    #[must_use]
    pub fn new((ha, hd): (bool, bool), script: &[Action]) -> Self {
        Self { ha, hd, script: script.to_vec(), warm: false, speculation: 0, updates: Updates::Either }
    }

    /// Fills the TLB with the young pages of the start.
    #[must_use]
    pub fn warm(self) -> Self {
        Self { warm: true, ..self }
    }
}

/// A judgement on a world in which nothing is left to do, or a wish to see one.
pub type Question = fn(&World, &Scenario) -> bool;

/// A world to explore.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// The cells of the group, 1 or 2.
    pub entries: usize,
    /// The descriptors at the start.
    pub start: Memory,
    /// The agents.
    pub agents: Vec<Agent>,
    /// Whether software holds the page-table lock around each operation and each handled fault.
    pub locked: bool,
    /// Faults that one access may take.
    pub cap: u8,
    /// Exchanges that each agent may find failing without a reason.
    pub spurious: u8,
    /// Whether the fault handler invalidates locally when it finds nothing to change.
    pub spurious_path: bool,
    /// What must hold at every end.
    pub finally: Option<(Invariant, &'static str, Question)>,
    /// What must be seen in some world.
    pub goals: Vec<(&'static str, Question)>,
}

/// Faults that an access may take: one for the Access flag, one for the permission, and a bound of eight that find
/// nothing to change.
pub const FAULT_CAP: u8 = 10;

impl Scenario {
    /// Makes a scenario of one page with these flags.
    #[must_use]
    pub fn new(title: &str, flags: u64, agents: Vec<Agent>) -> Self {
        Self {
            title: title.into(),
            entries: 1,
            start: [page(0, flags), Descriptor::INVALID],
            agents,
            locked: true,
            cap: FAULT_CAP,
            spurious: 1,
            spurious_path: true,
            finally: None,
            goals: vec![],
        }
    }

    /// Makes a scenario of a contiguous group of two.
    #[must_use]
    pub fn group(title: &str, flags: [u64; 2], agents: Vec<Agent>) -> Self {
        let member = |index: usize| page(index, flags[index] | Descriptor::CONTIGUOUS);
        Self { entries: 2, start: [member(0), member(1)], ..Self::new(title, 0, agents) }
    }

    /// Takes the page-table lock away.
    #[must_use]
    pub fn unlocked(self) -> Self {
        Self { locked: false, ..self }
    }

    /// Returns the cells in use.
    #[must_use]
    pub fn cells<'a>(&self, memory: &'a Memory) -> &'a [Descriptor] {
        &memory[..self.entries]
    }

    /// Tells whether the start allows writing.
    #[must_use]
    pub fn starts_writable(&self) -> bool {
        self.start[0].has(W)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start: Vec<_> = self.cells(&self.start).iter().copied().map(show).collect();
        let lock = if self.locked { "" } else { ", no page-table lock" };
        write!(formatter, "{}; start {}{lock}", self.title, start.join(" | "))
    }
}
