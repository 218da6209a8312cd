//! The software: fault handlers and operations, one step at a time.

use crate::{
    descriptors::PLACE,
    explore::{Doing, Successor, What},
    family::{Family, last_entry},
    operation::Operation,
    scenario::{Action, Agent, Scenario, Touch},
    tape::{Answered, Live, Run, Tape},
    world::{FaultKind, Phase, Violation, World},
};
use afdbm::fault::{Fault, Syndrome};
use afdbm::operations::{AccessEnd, Attempt, Scope, Step, progress};

impl Agent {
    /// Returns the operation of this action, if it is one.
    #[must_use]
    pub fn operation(&self, action: u8) -> Option<Operation> {
        match self.script.get(usize::from(action))? {
            Action::Run(operation) | Action::RunWithoutInvalidation(operation) => Some(*operation),
            _ => None,
        }
    }

    /// Returns the access of this action, if it is one.
    #[must_use]
    pub fn touch(&self, action: u8) -> Option<(Touch, u8)> {
        match self.script.get(usize::from(action))? {
            Action::Touch(touch, entry) => Some((*touch, *entry)),
            _ => None,
        }
    }
}

/// One step of one agent's software.
#[derive(Clone, Copy)]
pub struct Stepper<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The operations.
    pub family: &'a Family,
    /// The state before.
    pub world: &'a World,
    /// Who steps.
    pub agent: usize,
}

/// A piece of software and how far it came.
struct Software<'a> {
    history: &'a [Answered],
    doing: Doing,
}

impl Software<'_> {
    const fn unfinished(&self, history: Vec<Answered>) -> Phase {
        match self.doing {
            Doing::Handler(kind, _) => Phase::Handling(kind, history),
            Doing::Operation(_) => Phase::Running(history),
        }
    }
}

impl Stepper<'_> {
    pub(crate) fn spec(&self) -> &Agent {
        &self.scenario.agents[self.agent]
    }

    /// Takes the page-table lock if the scenario has one; `None` if another agent holds it.
    fn locked(&self) -> Option<World> {
        let me = u8::try_from(self.agent).ok()?;
        if self.scenario.locked && self.world.lock.is_some_and(|holder| holder != me) {
            return None;
        }
        let mut world = self.world.clone();
        if self.scenario.locked {
            world.lock = Some(me);
        }
        Some(world)
    }

    /// Adds the next step of the fault handler.
    pub fn handle(&self, kind: FaultKind, history: &[Answered], successors: &mut Vec<Successor>) {
        let action = self.world.agents[self.agent].action;
        let Some((touch, entry)) = self.spec().touch(action) else { return };
        let write = touch != Touch::Read;
        let fault = Fault { syndrome: syndrome(kind, write), address: PLACE.address };
        let target = usize::from(entry);
        let software = Software { history, doing: Doing::Handler(kind, write) };
        let run = |tape: &Tape| (self.family.handle)(&fault, tape, target);
        self.step(&software, successors, run, |world, history, handled, violations| {
            let last = history.iter().rev().find(|seen| seen.entry == entry).map(|seen| seen.value);
            self.handled(world, last, (kind, write), handled, violations);
        });
    }

    /// Adds the next step of an operation.
    pub fn operate(&self, operation: Operation, history: &[Answered], successors: &mut Vec<Successor>) {
        let software = Software { history, doing: Doing::Operation(operation) };
        let run = |tape: &Tape| operation.run(self.family, tape);
        self.step(&software, successors, run, |world, _, change, violations| {
            self.operated(world, operation, change, violations);
        });
    }

    /// Runs one step, once as it is and once with its exchange failing without a reason.
    fn step<R>(
        &self,
        software: &Software<'_>,
        successors: &mut Vec<Successor>,
        run: impl Fn(&Tape) -> R,
        finish: impl Fn(&mut World, &[Answered], R, &mut Vec<Violation>),
    ) {
        let Some(locked) = self.locked() else { return };
        for fail in [false, true] {
            let mut world = locked.clone();
            let (memory, outcome) =
                Tape::run(world.memory, self.scenario.entries, software.history, fail, &run);
            let entry = last_entry();
            world.memory = memory;
            let mut violations = vec![];
            let (live, done) = match outcome {
                Run::Runaway => {
                    let breach = progress(&Attempt { faults: 0, cap: 0, end: AccessEnd::Endless });
                    let text = "the routine does not end by itself";
                    violations.extend(breach.map(|breach| Violation::of(breach, text)));
                    (None, false)
                }
                Run::Going { history, live } => {
                    self.stepped(&mut world, software.doing, live, entry, &mut violations);
                    world.agents[self.agent].phase = software.unfinished(history);
                    (Some(live), false)
                }
                Run::Done { history, live, result } => {
                    if let Some(live) = live {
                        self.stepped(&mut world, software.doing, live, entry, &mut violations);
                    }
                    finish(&mut world, &history, result, &mut violations);
                    (live, true)
                }
            };
            let failed = matches!(live, Some(Live::Access { spurious: true, .. }));
            if fail && !failed {
                return;
            }
            world.agents[self.agent].spurious -= u8::from(failed);
            world.check(self.scenario, &mut violations);
            let what = What::Software { doing: software.doing, live, done };
            successors.push(Successor::new(self.agent, what, world, violations));
            let exchange = matches!(live, Some(Live::Access { step: Step::Exchange, .. }));
            if !exchange || self.world.agents[self.agent].spurious == 0 {
                return;
            }
        }
    }

    /// Adds the completion of an invalidation.
    pub fn discharge(&self, scope: Scope, successors: &mut Vec<Successor>) {
        let mut world = self.world.clone();
        world.invalidate(self.agent, scope);
        world.lock = None;
        let operation = self.spec().operation(world.agents[self.agent].action);
        let state = &mut world.agents[self.agent];
        state.phase = Phase::Ready;
        if let Some(operation) = operation {
            state.action += 1;
            world.past.finish(operation, true);
        }
        let mut violations = vec![];
        world.check(self.scenario, &mut violations);
        successors.push(Successor::new(self.agent, What::Discharge(scope), world, violations));
    }
}

/// Returns ESR_EL1 of a Data Abort from EL0 at level 3.
fn syndrome(kind: FaultKind, write: bool) -> Syndrome {
    let status = match kind {
        FaultKind::AccessFlag => 0x0b,
        FaultKind::Permission => 0x0f,
    };
    Syndrome(0x24 << 26 | 1 << 25 | u64::from(write) << 6 | status)
}
