//! The state of everything, and what the checks remember of the past.

use crate::{
    operation::Operation,
    scenario::Scenario,
    tape::{Answered, Memory},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Breach, Invariant, Scope, Writes, no_lost_dirty, no_over_dirty};

/// What an access fault is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FaultKind {
    /// AF=0 and the walker does not manage it.
    AccessFlag,
    /// A write to what is read-only for this walker.
    Permission,
}

/// Where an agent is within its current action.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    /// Before it.
    Ready,
    /// In the fault handler, which has seen this much.
    Handling(FaultKind, Vec<Answered>),
    /// In an operation, which has seen this much.
    Running(Vec<Answered>),
    /// The invalidation of an operation, or of a handled fault, is to be completed.
    Discharging(Scope),
}

/// A translation in a TLB; AF=0 is never cached (Arm ARM R_XFXTY).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cached {
    /// The leaf.
    pub descriptor: Descriptor,
    /// TCR_EL1.HD when it was cached, which may be cached with it (Arm ARM D24.2.194).
    pub hd: bool,
}

/// An agent's state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AgentState {
    /// The index of the current action.
    pub action: u8,
    /// Where it is within it.
    pub phase: Phase,
    /// Its TLB, one entry a page.
    pub tlb: [Option<Cached>; 2],
    /// Faults that the current access took.
    pub faults: u8,
    /// TCR_EL1.HD.
    pub hd: bool,
    /// Whether HD was switched off, with all that this takes.
    pub hd_gone: bool,
    /// Exchanges that may still fail without a reason.
    pub spurious: u8,
    /// Speculative updates left.
    pub speculation: u8,
}

/// What the checks remember.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Past {
    /// A write landed since the last completed clean.
    pub landed: bool,
    /// A write, or a record of one, was attempted since the start or the last clean.
    pub attempted: bool,
    /// What removed the page found it dirty.
    pub captured: bool,
    /// Cleans under way.
    pub cleaning: u8,
    /// Software may write, by the last decision.
    pub authorised: bool,
    /// Write was withdrawn, and the invalidation is complete.
    pub withdrawn: bool,
    /// The page was removed, and the invalidation is complete.
    pub freed: bool,
}

/// One state of a scenario.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    /// The descriptors.
    pub memory: Memory,
    /// Who holds the page-table lock.
    pub lock: Option<u8>,
    /// The agents.
    pub agents: Vec<AgentState>,
    /// What the checks remember.
    pub past: Past,
}

/// A broken invariant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// What happened.
    pub message: String,
}

impl Violation {
    /// Makes one.
    #[must_use]
    pub fn new(invariant: Invariant, message: impl Into<String>) -> Self {
        Self { invariant, message: message.into() }
    }

    /// Makes one of what a predicate says, told in the words of the model.
    #[must_use]
    pub fn of(breach: Breach, message: impl Into<String>) -> Self {
        Self::new(breach.invariant(), message)
    }
}

impl World {
    /// Returns the world in which a scenario starts.
    #[must_use]
    pub fn start(scenario: &Scenario) -> Self {
        let cached = |index: usize, warm: bool, hd: bool| {
            let descriptor = scenario.start[index];
            let cacheable =
                index < scenario.entries && warm && descriptor.is_valid() && descriptor.is_young();
            cacheable.then_some(Cached { descriptor, hd })
        };
        let agents = scenario.agents.iter().map(|agent| AgentState {
            action: 0,
            phase: Phase::Ready,
            tlb: [cached(0, agent.warm, agent.hd), cached(1, agent.warm, agent.hd)],
            faults: 0,
            hd: agent.hd,
            hd_gone: false,
            spurious: scenario.spurious,
            speculation: agent.speculation,
        });
        let dirty = scenario.cells(&scenario.start).iter().any(|page| page.is_dirty());
        let past = Past {
            landed: dirty,
            attempted: dirty,
            captured: false,
            cleaning: 0,
            authorised: scenario.starts_writable(),
            withdrawn: !scenario.starts_writable(),
            freed: false,
        };
        Self { memory: scenario.start, lock: None, agents: agents.collect(), past }
    }

    /// Tells whether every agent has done all of its actions.
    #[must_use]
    pub fn is_over(&self, scenario: &Scenario) -> bool {
        self.agents
            .iter()
            .zip(&scenario.agents)
            .all(|(state, agent)| usize::from(state.action) >= agent.script.len())
    }

    /// Tells whether any page is dirty.
    #[must_use]
    pub fn is_dirty(&self, scenario: &Scenario) -> bool {
        scenario.cells(&self.memory).iter().any(|page| page.is_dirty())
    }

    /// Tells whether an operation that breaks descriptors holds their state at the moment.
    fn is_breaking(&self, scenario: &Scenario) -> bool {
        self.agents.iter().zip(&scenario.agents).any(|(state, agent)| {
            matches!(state.phase, Phase::Running(_))
                && agent.operation(state.action).is_some_and(Operation::breaks)
        })
    }

    /// Checks what must hold in every state, whatever led to it, and adds what does not.
    pub fn check(&self, scenario: &Scenario, violations: &mut Vec<Violation>) {
        let Past { landed, attempted, captured, cleaning, .. } = self.past;
        let writes = Writes {
            landed,
            attempted,
            memory: scenario.cells(&self.memory),
            returned_dirty: captured,
            given_up: cleaning > 0 || self.is_breaking(scenario),
        };
        for breach in [no_lost_dirty(&writes), no_over_dirty(&writes)].into_iter().flatten() {
            violations.push(Violation::of(breach, breach.to_string()));
        }
    }

    /// Empties the TLBs that an invalidation by `agent` means.
    pub fn invalidate(&mut self, agent: usize, scope: Scope) {
        match scope {
            Scope::None => {}
            Scope::ThisCpu => self.agents[agent].tlb = [None; 2],
            Scope::AllCpus => self.agents.iter_mut().for_each(|state| state.tlb = [None; 2]),
        }
    }
}
