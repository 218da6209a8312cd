//! The hypervisor: fault handlers and operations, one step at a time, and the evidence of each step.

use crate::{
    stage_2::{
        AF, DBM, NEVER, READ, WRITE,
        explore::Successor,
        family::Family,
        scenario::{Action, Operation, Scenario, Touch},
        show,
        walker::{Need, need},
        world::{Phase, World},
    },
    tape::{Answered, Live, Run, Tape},
    world::{FaultKind, Violation},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    AccessEnd, Answer, Attempt, Breach, Change, Grant, Outcome, Overwrite, Rewrite, Scope,
    Stage2Invalidation, Step, Transition, Writes, encoding_at, invalid_stays, monotone_at,
    no_invented_permission_at, no_lost_dirty_at, no_over_dirty_at, progress, return_value, stage_2,
};
use afdbm::stage::Stage;

/// One step of one agent's software.
#[derive(Clone, Copy)]
pub(crate) struct Stepper<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) family: &'a Family,
    pub(crate) world: &'a World,
    pub(crate) agent: usize,
}

/// What a piece of software is doing.
#[derive(Clone, Copy)]
enum Doing {
    /// Handling a fault of an access that needs this, by what the handler found when it began.
    Handler(FaultKind, Need, bool),
    /// An operation.
    Operation(Operation),
}

impl Stepper<'_> {
    /// Tells whether another agent holds the lock: an operation alone, or fault handlers together.
    fn is_locked_out(&self, exclusive: bool) -> bool {
        let holds = |(index, state): (usize, &crate::stage_2::world::AgentState)| {
            let operates = self.scenario.agents[index].operation(state.action).is_some();
            let shares = match &state.phase {
                Phase::Ready => false,
                Phase::Handling(_, _, history) => !history.is_empty(),
                Phase::Running(_) | Phase::Discharging(..) => true,
            };
            index != self.agent && shares && (operates || exclusive)
        };
        self.scenario.locked && self.world.agents.iter().enumerate().any(holds)
    }

    /// Adds the next step of the fault handler.
    pub(crate) fn handle(
        &self,
        touch: Touch,
        kind: FaultKind,
        found_authorised: bool,
        history: &[Answered],
        successors: &mut Vec<Successor>,
    ) {
        if self.is_locked_out(false) {
            return;
        }
        let spec = &self.scenario.agents[self.agent];
        // Where stage 1 has changed since the fault, the guest finds out when it tries again.
        let (need, _) = need(spec, touch, self.world.memory[1]).unwrap_or((Need::Read, Descriptor::INVALID));
        let authorised = if history.is_empty() { self.world.past.authorised } else { found_authorised };
        if kind == FaultKind::Permission && need == Need::Write && !authorised {
            let mut world = self.world.clone();
            let state = &mut world.agents[self.agent];
            (state.phase, state.action, state.faults) = (Phase::Ready, state.action + 1, 0);
            successors.push(Successor::new(self.agent, "handler refuses the write", world, vec![]));
            return;
        }
        let permissions = stage_2::Permissions {
            read: true,
            write: need == Need::Write,
            privileged_execute: need == Need::Execute,
            user_execute: need == Need::Execute,
        };
        let run = |tape: &Tape| match kind {
            FaultKind::AccessFlag => (self.family.make_young)(tape),
            FaultKind::Permission => (self.family.relax)(tape, permissions, &mut |_| ()),
        };
        self.step(Doing::Handler(kind, need, authorised), history, successors, run);
    }

    /// Adds the next step of an operation.
    pub(crate) fn operate(
        &self,
        operation: Operation,
        history: &[Answered],
        successors: &mut Vec<Successor>,
    ) {
        if !self.is_locked_out(true) {
            let run = |tape: &Tape| operation.run(self.family, tape);
            self.step(Doing::Operation(operation), history, successors, run);
        }
    }

    /// Runs one step, once as it is and once with its exchange failing without a reason.
    fn step(
        &self,
        doing: Doing,
        history: &[Answered],
        successors: &mut Vec<Successor>,
        run: impl Fn(&Tape) -> Change<Stage2Invalidation>,
    ) {
        let name = match doing {
            Doing::Handler(FaultKind::AccessFlag, ..) => "make young",
            Doing::Handler(FaultKind::Permission, ..) => "relax",
            Doing::Operation(operation) => operation.name(),
        };
        for fail in [false, true] {
            let mut world = self.world.clone();
            let (memory, outcome) = Tape::run(world.memory, 1, history, fail, &run);
            world.memory = memory;
            let mut violations = vec![];
            let live = match outcome {
                Run::Runaway => {
                    let breach = progress(&Attempt { faults: 0, cap: 0, end: AccessEnd::Endless });
                    violations
                        .extend(breach.map(|breach| Violation::of(breach, "it does not end by itself")));
                    None
                }
                Run::Going { history, live } => {
                    self.stepped(&mut world, doing, live, &mut violations);
                    world.agents[self.agent].phase = match doing {
                        Doing::Handler(kind, _, authorised) => Phase::Handling(kind, authorised, history),
                        Doing::Operation(_) => Phase::Running(history),
                    };
                    Some(live)
                }
                Run::Done { live, result, .. } => {
                    if let Some(live) = live {
                        self.stepped(&mut world, doing, live, &mut violations);
                    }
                    self.returned(&mut world, doing, result, &mut violations);
                    live
                }
            };
            let failed = matches!(live, Some(Live::Access { spurious: true, .. }));
            if fail && !failed {
                return;
            }
            world.agents[self.agent].spurious -= u8::from(failed);
            world.check(&mut violations);
            successors.push(Successor::new(self.agent, name, world, violations));
            let exchange = matches!(live, Some(Live::Access { step: Step::Exchange, .. }));
            if !exchange || self.world.agents[self.agent].spurious == 0 {
                return;
            }
        }
    }

    /// Checks one step on memory, and notes what it decides.
    fn stepped(&self, world: &mut World, doing: Doing, live: Live, violations: &mut Vec<Violation>) {
        let Live::Access { before, after, .. } = live else { return };
        if let Doing::Operation(operation) = doing {
            let is_first = self.world.agents[self.agent].phase == Phase::Ready;
            world.past.harvesting += u8::from(operation.harvests() && is_first);
            if operation.harvests() && before != after {
                world.past.attempted = self.is_writing(world);
            }
        }
        if before == after {
            return;
        }
        let mut add = |breach: Option<Breach>| {
            let text = || format!("{} became {}", show(before), show(after));
            violations.extend(breach.map(|breach| Violation::of(breach, text())));
        };
        let may_map = matches!(doing, Doing::Operation(Operation::Remove));
        add(invalid_stays(&Overwrite { before, after, may_map }));
        add(encoding_at(Stage::Two, &Rewrite { before, after, by_hardware: false }));
        if let (Doing::Handler(kind, need, _), true) = (doing, before.is_valid()) {
            let asks_dirty = kind == FaultKind::Permission && need == Need::Write;
            let grant =
                Grant { before, after, asks_writable: false, asks_dirty, authorised: world.past.authorised };
            add(no_invented_permission_at(Stage::Two, &grant));
            add(monotone_at(Stage::Two, &Transition { before, after, taken_back: 0 }));
        }
    }

    /// Tells whether a guest is about to write to the page.
    fn is_writing(&self, world: &World) -> bool {
        self.scenario.agents.iter().zip(&world.agents).any(|(agent, state)| match agent.touch(state.action) {
            Some(Touch::Write) => true,
            Some(Touch::WalkForRead | Touch::WalkForWrite) => agent.stage_1.0,
            _ => false,
        })
    }

    /// Takes what the software returned.
    fn returned(
        &self,
        world: &mut World,
        doing: Doing,
        change: Change<Stage2Invalidation>,
        violations: &mut Vec<Violation>,
    ) {
        let mut add = |breach: Option<Breach>, text: &str| {
            violations.extend(breach.map(|breach| Violation::of(breach, text)));
        };
        let (set, clear) = promised(doing, change.found);
        let answer = Answer { outcome: change.outcome, memory: world.memory[0], set, clear };
        // What it promises holds when it returns: its last step was this one.
        let promises = change.outcome != Outcome::Stale && world.memory[0] == change.left;
        add(return_value(&answer).filter(|_| promises), "it says that it is done, and left it undone");
        let mut completes = true;
        if let Doing::Operation(operation) = doing {
            if operation.harvests() && change.found.is_valid() {
                let memory = &[change.found];
                let landed = world.past.landed;
                let told =
                    Writes { landed, attempted: landed, memory, returned_dirty: false, given_up: false };
                add(no_lost_dirty_at(Stage::Two, &told), "a write landed, and the harvest did not tell");
                let left = [change.left];
                let cleaned = Writes { landed: false, attempted: false, memory: &left, ..told };
                let is_logged = operation == Operation::WriteProtect || change.left.has(DBM);
                add(
                    no_over_dirty_at(Stage::Two, &cleaned).filter(|_| is_logged),
                    "declared clean, and left dirty",
                );
            }
            if operation.forbids() {
                world.past.authorised = false;
            }
            world.past.captured |= operation.forbids() && stage_2::is_dirty(change.found);
            let action = self.scenario.agents[self.agent]
                .script
                .get(usize::from(self.world.agents[self.agent].action));
            completes = !matches!(action, Some(Action::RunWithoutInvalidation(_)));
        }
        let scope = if completes { change.owed.scope() } else { Scope::None };
        if scope == Scope::None {
            self.leave(world, completes);
        } else {
            world.agents[self.agent].phase = Phase::Discharging(scope, 0);
        }
    }

    /// Returns the completion of the next TLBI of what is owed.
    pub(crate) fn discharge(&self, scope: Scope, next: u8) -> Successor {
        let mut world = self.world.clone();
        let tlbi = self.family.sequence[usize::from(next)];
        world.invalidate(self.agent, scope, tlbi);
        if usize::from(next) + 1 < self.family.sequence.len() {
            world.agents[self.agent].phase = Phase::Discharging(scope, next + 1);
        } else {
            self.leave(&mut world, true);
        }
        let mut violations = vec![];
        world.check(&mut violations);
        Successor::new(self.agent, "TLBI, DSB", world, violations)
    }

    /// Leaves the current software: an operation is over, the access of a fault is tried again.
    fn leave(&self, world: &mut World, complete: bool) {
        let state = &mut world.agents[self.agent];
        state.phase = Phase::Ready;
        if let Some(operation) = self.scenario.agents[self.agent].operation(state.action) {
            state.action += 1;
            world.past.finish(operation, world.memory[0], complete);
        }
    }
}

/// Returns the bits that the software promises to leave set, and clear, where it found this.
const fn promised(doing: Doing, found: Descriptor) -> (u64, u64) {
    match doing {
        Doing::Handler(FaultKind::AccessFlag, ..) | Doing::Operation(Operation::MakeYoung) => (AF, 0),
        Doing::Handler(FaultKind::Permission, need, _) => match need {
            Need::Read => (READ, 0),
            Need::Write => (READ | WRITE, 0),
            Need::Execute => (READ, NEVER),
        },
        Doing::Operation(operation) => match operation {
            Operation::MakeOld => (0, AF),
            Operation::WriteProtect | Operation::Withdraw => (0, WRITE | DBM),
            Operation::LogByHardware if found.has(READ | WRITE) => (DBM, WRITE),
            Operation::MakeClean if found.has(DBM) => (DBM, WRITE),
            Operation::Remove => (0, u64::MAX),
            _ => (0, 0),
        },
    }
}
