//! What the agents of a world of stage 2 do, and what is asked of it.

use crate::{
    stage_2::{family::Family, page, show, world::World},
    tape::{Memory, Tape},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Stage2Invalidation};
use std::fmt;

/// (HA, HD) of one stage.
pub type Controls = (bool, bool);

/// How a guest touches the page.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Touch {
    /// A load from it.
    Read,
    /// A store to it.
    Write,
    /// A fetch from it.
    Fetch,
    /// A load from another page, whose stage 1 leaf lies in it.
    WalkForRead,
    /// A store to another page, whose stage 1 leaf lies in it.
    WalkForWrite,
}

/// An operation of the hypervisor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// make_old.
    MakeOld,
    /// make_young.
    MakeYoung,
    /// write_protect, as the harvest of a log by faults.
    WriteProtect,
    /// write_protect, for good.
    Withdraw,
    /// log_by_hardware.
    LogByHardware,
    /// make_clean.
    MakeClean,
    /// get_and_clear, after which the page is free.
    Remove,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 7] = [
        Self::MakeOld,
        Self::MakeYoung,
        Self::WriteProtect,
        Self::Withdraw,
        Self::LogByHardware,
        Self::MakeClean,
        Self::Remove,
    ];

    /// Runs the operation, as `family` has it.
    pub fn run(self, family: &Family, tape: &Tape) -> Change<Stage2Invalidation> {
        match self {
            Self::MakeOld => (family.make_old)(tape),
            Self::MakeYoung => (family.make_young)(tape),
            Self::WriteProtect | Self::Withdraw => (family.write_protect)(tape),
            Self::LogByHardware => (family.log_by_hardware)(tape),
            Self::MakeClean => (family.make_clean)(tape),
            Self::Remove => (family.remove)(tape),
        }
    }

    /// Tells whether the operation harvests whether the page was written.
    #[must_use]
    pub const fn harvests(self) -> bool {
        matches!(self, Self::WriteProtect | Self::LogByHardware | Self::MakeClean)
    }

    /// Tells whether the operation is a decision that the guest may not write.
    #[must_use]
    pub const fn forbids(self) -> bool {
        matches!(self, Self::Withdraw | Self::Remove)
    }

    /// Returns the operation's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MakeOld => "make old",
            Self::MakeYoung => "make young",
            Self::WriteProtect => "write-protect",
            Self::Withdraw => "withdraw writes",
            Self::LogByHardware => "log by hardware",
            Self::MakeClean => "make clean",
            Self::Remove => "remove",
        }
    }
}

/// One thing that an agent does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// The guest accesses; on a fault of stage 2 the hypervisor handles it and the guest tries again.
    Touch(Touch),
    /// The hypervisor runs an operation, and completes its invalidation before going on.
    Run(Operation),
    /// The hypervisor runs an operation and goes on without the invalidation.
    RunWithoutInvalidation(Operation),
}

/// A CPU: the vCPU that runs on it, or the hypervisor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agent {
    /// VTCR_EL2.HA and HD.
    pub stage_2: Controls,
    /// TCR_EL1.HA and HD.
    pub stage_1: Controls,
    /// What it does, in order.
    pub script: Vec<Action>,
    /// Whether its TLB holds the page of the start, if that is young.
    pub warm: bool,
    /// Speculative Access flag updates that it may make.
    pub speculation: u8,
    /// Whether its walker records a write before it sets AF, which no hardware may (Arm ARM R_DSHLJ): a negative control.
    pub dirty_first: bool,
}

impl Agent {
    /// Makes a vCPU that touches the page in these ways, with a warm TLB, on a CPU with these controls.
    #[must_use]
    pub fn guest(stage_2: Controls, stage_1: Controls, touches: &[Touch]) -> Self {
        let script = touches.iter().copied().map(Action::Touch).collect();
        Self { stage_2, stage_1, script, warm: true, speculation: 0, dirty_first: false }
    }

    /// Makes a CPU on which the hypervisor runs these operations.
    #[must_use]
    pub fn hypervisor(operations: &[Operation]) -> Self {
        let script = operations.iter().copied().map(Action::Run).collect();
        let none = (false, false);
        Self { stage_2: none, stage_1: none, script, warm: false, speculation: 0, dirty_first: false }
    }

    /// Returns the operation of this action, if it is one.
    #[must_use]
    pub fn operation(&self, action: u8) -> Option<Operation> {
        match self.script.get(usize::from(action))? {
            Action::Run(operation) | Action::RunWithoutInvalidation(operation) => Some(*operation),
            Action::Touch(_) => None,
        }
    }

    /// Returns the access of this action, if it is one.
    #[must_use]
    pub fn touch(&self, action: u8) -> Option<Touch> {
        match self.script.get(usize::from(action))? {
            Action::Touch(touch) => Some(*touch),
            _ => None,
        }
    }
}

/// A wish to see some world.
pub type Question = fn(&World) -> bool;

/// A world to explore.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub title: &'static str,
    /// The stage 2 descriptor, and the stage 1 leaf in its page.
    pub start: Memory,
    /// The agents.
    pub agents: Vec<Agent>,
    /// Whether an operation keeps fault handlers and other operations away; fault handlers share the lock.
    pub locked: bool,
    /// What must be seen in some world.
    pub goals: Vec<(&'static str, Question)>,
}

/// Faults that one access may take: each agent's action costs it at most two, for the flag and the permission.
pub const FAULT_CAP: u8 = 8;

impl Scenario {
    /// Makes a scenario of a page with these flags, without the lock.
    #[must_use]
    pub fn new(title: &'static str, flags: u64, agents: Vec<Agent>) -> Self {
        let start = [page(flags), Descriptor::INVALID];
        Self { title, start, agents, locked: false, goals: vec![] }
    }

    /// Puts a stage 1 leaf into the page.
    #[must_use]
    pub fn with_leaf(self, leaf: Descriptor) -> Self {
        Self { start: [self.start[0], leaf], ..self }
    }

    /// Has operations take the lock.
    #[must_use]
    pub fn locked(self) -> Self {
        Self { locked: true, ..self }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lock = if self.locked { ", with the lock" } else { "" };
        write!(formatter, "{}; start {}{lock}", self.title, show(self.start[0]))
    }
}
