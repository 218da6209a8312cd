//! The state of everything, and what the checks remember of the past.

use crate::{
    stage_2::scenario::{Operation, Scenario},
    tape::{Answered, Memory},
    world::{FaultKind, Violation},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Scope, Stage2Tlbi, Writes, no_lost_dirty_at, no_over_dirty_at, stage_2};
use afdbm::stage::Stage;

/// Where an agent is within its current action.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    /// Before it.
    Ready,
    /// In the fault handler: what the fault is, whether the guest may write by what the handler found when it began, and
    /// what it has seen.
    Handling(FaultKind, bool, Vec<Answered>),
    /// In an operation, which has seen this much.
    Running(Vec<Answered>),
    /// So many TLBIs of what is owed are complete.
    Discharging(Scope, u8),
}

/// An agent's state.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AgentState {
    /// The index of the current action.
    pub action: u8,
    /// Where it is within it.
    pub phase: Phase,
    /// Its TLB's entry of stage 2 alone; AF=0 is never cached (Arm ARM R_XFXTY).
    pub stage_2_entry: Option<Descriptor>,
    /// Its TLB's entry of both stages joined, as far as it is stage 2's.
    pub joined_entry: Option<Descriptor>,
    /// Faults that the current access took.
    pub faults: u8,
    /// Exchanges that may still fail without a reason.
    pub spurious: u8,
    /// Speculative updates left.
    pub speculation: u8,
}

/// What the checks remember.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Past {
    /// A write landed in the page since the last completed harvest.
    pub landed: bool,
    /// A write was attempted since the start or the last harvest.
    pub attempted: bool,
    /// What removed the page, or took the permission for good, found it dirty.
    pub captured: bool,
    /// Harvests under way.
    pub harvesting: u8,
    /// The guest may write, by the last decision.
    pub authorised: bool,
    /// Write was withdrawn, and the invalidation is complete.
    pub withdrawn: bool,
    /// The page was removed, and the invalidation is complete.
    pub freed: bool,
}

/// One state of a scenario.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    /// The stage 2 descriptor, and the stage 1 leaf in its page.
    pub memory: Memory,
    /// The agents.
    pub agents: Vec<AgentState>,
    /// What the checks remember.
    pub past: Past,
}

impl World {
    /// Returns the world in which a scenario starts.
    #[must_use]
    pub fn start(scenario: &Scenario) -> Self {
        let page = scenario.start[0];
        let agents = scenario.agents.iter().map(|agent| {
            let cached = (agent.warm && page.is_valid() && page.is_young()).then_some(page);
            AgentState {
                action: 0,
                phase: Phase::Ready,
                stage_2_entry: cached,
                joined_entry: cached,
                faults: 0,
                spurious: 1,
                speculation: agent.speculation,
            }
        });
        let dirty = stage_2::is_dirty(page);
        let past = Past {
            landed: dirty,
            attempted: dirty,
            captured: false,
            harvesting: 0,
            authorised: true,
            withdrawn: false,
            freed: false,
        };
        Self { memory: scenario.start, agents: agents.collect(), past }
    }

    /// Checks what must hold in every state, whatever led to it, and adds what does not.
    pub fn check(&self, violations: &mut Vec<Violation>) {
        let Past { landed, attempted, captured, harvesting, .. } = self.past;
        let memory = &self.memory[..1];
        let writes = Writes { landed, attempted, memory, returned_dirty: captured, given_up: harvesting > 0 };
        let breaches = [no_lost_dirty_at(Stage::Two, &writes), no_over_dirty_at(Stage::Two, &writes)];
        violations
            .extend(breaches.into_iter().flatten().map(|breach| Violation::of(breach, breach.to_string())));
    }

    /// Empties the TLBs that a TLBI by `agent` means.
    pub fn invalidate(&mut self, agent: usize, scope: Scope, tlbi: Stage2Tlbi) {
        for (index, state) in self.agents.iter_mut().enumerate() {
            let meant = match scope {
                Scope::None => false,
                Scope::ThisCpu => index == agent,
                Scope::AllCpus => true,
            };
            if meant {
                match tlbi {
                    Stage2Tlbi::StageTwo => state.stage_2_entry = None,
                    Stage2Tlbi::BothStages => state.joined_entry = None,
                }
            }
        }
    }
}

impl Past {
    /// Notes that an operation is over and left `memory`: with its invalidation if `complete`.
    pub(crate) fn finish(&mut self, operation: Operation, memory: Descriptor, complete: bool) {
        if operation.harvests() {
            self.harvesting = self.harvesting.saturating_sub(1);
            self.landed &= stage_2::is_dirty(memory);
        }
        self.withdrawn |= operation.forbids() && complete && !self.authorised;
        self.freed |= operation == Operation::Remove && complete;
    }
}
