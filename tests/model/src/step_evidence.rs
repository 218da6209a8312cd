//! The evidence of each step of the software, and of what it returns, for the predicates of the invariants.

use crate::{
    descriptors::{AF, D, W, show},
    explore::Doing,
    family::{another_page, last_entry},
    operation::Operation,
    scenario::{Action, Touch},
    software::Stepper,
    tape::Live,
    world::{FaultKind, Past, Phase, Violation, World},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    AccessEnd, Answer, Attempt, Breach, Change, Grant, Handled, NO_ACCESS, Outcome, Overwrite, Rewrite,
    Scope, Transition, Writes, encoding, invalid_stays, monotone, no_invented_permission, no_lost_dirty,
    no_over_dirty, progress, return_value,
};

impl Stepper<'_> {
    /// Checks one step on memory, and notes what it decides; `entry` is what a handler asks its routine for.
    pub(crate) fn stepped(
        &self,
        world: &mut World,
        doing: Doing,
        live: Live,
        entry: Option<Descriptor>,
        violations: &mut Vec<Violation>,
    ) {
        let (before, after) = match live {
            Live::Discharge(scope) => {
                world.invalidate(self.agent, scope);
                return;
            }
            Live::Access { before, after, .. } => (before, after),
        };
        if let Doing::Operation(operation) = doing {
            let is_first = self.world.agents[self.agent].phase == Phase::Ready;
            world.past.cleaning += u8::from(operation.cleans() && is_first);
            world.past.attempted |= operation == Operation::MakeDirty;
            if operation.cleans() && before != after {
                world.past.attempted =
                    self.scenario.agents.iter().zip(&world.agents).any(|(agent, state)| {
                        agent.touch(state.action).is_some_and(|(touch, _)| touch != Touch::Read)
                    });
            }
            if operation.authorises() == Some(false) && after != before && !after.is_writable() {
                world.past.authorised = false;
            }
            if operation.authorises() == Some(true) {
                world.past.authorised = true;
                world.past.withdrawn = false;
            }
        }
        if before == after {
            return;
        }
        let mut add = |breach: Option<Breach>| {
            let text = || format!("{} became {}", show(before), show(after));
            violations.extend(breach.map(|breach| Violation::of(breach, text())));
        };
        add(invalid_stays(&Overwrite { before, after, may_map: may_map(doing, before) }));
        if let (Doing::Handler(..), true) = (doing, before.is_valid()) {
            let (asks_writable, asks_dirty) = entry.map_or((false, false), asked);
            let authorised = world.past.authorised;
            add(no_invented_permission(&Grant { before, after, asks_writable, asks_dirty, authorised }));
            if after.has(D) && !before.has(D) {
                let writable = before.is_writable() || after.is_writable();
                add(no_over_dirty(&Writes { attempted: writable, ..clean_so_far(&[after]) }));
            }
            add(monotone(&Transition { before, after, taken_back: 0 }));
        }
        add(encoding(&Rewrite { before, after, by_hardware: false }));
    }

    /// Takes the handler's answer; `last` is what it last saw of its target.
    pub(crate) fn handled(
        &self,
        world: &mut World,
        last: Option<Descriptor>,
        (kind, write): (FaultKind, bool),
        handled: Handled,
        violations: &mut Vec<Violation>,
    ) {
        let (change, scope) = match handled {
            Handled::NotOurs(refusal) => {
                let ours = |found: Descriptor| {
                    found.is_valid() && (kind == FaultKind::AccessFlag || write && found.is_writable())
                };
                let end = if last.is_some_and(ours) { AccessEnd::Refused } else { AccessEnd::Forbidden };
                let faults = u32::from(world.agents[self.agent].faults);
                let breach = progress(&Attempt { faults, cap: u32::from(self.scenario.cap), end });
                violations
                    .extend(breach.map(|breach| Violation::of(breach, format!("refused: {refusal:?}"))));
                self.leave(world, Scope::None, 1);
                world.agents[self.agent].faults = 0;
                return;
            }
            Handled::Resolved(change) => (change, change.owed.scope()),
            Handled::Spurious(change) if self.scenario.spurious_path => (change, change.owed.scope()),
            Handled::Spurious(change) => (change, Scope::None),
        };
        self.leave(world, scope, 0);
        if let (Outcome::Unchanged, Some(memory), Some(entry)) = (change.outcome, last, last_entry()) {
            let breach = return_value(&Answer::nothing_changed(memory, entry));
            let text = || format!("nothing changed, it says: memory {}, entry {}", show(memory), show(entry));
            violations.extend(breach.map(|breach| Violation::of(breach, text())));
        }
    }

    /// Takes an operation's result.
    pub(crate) fn operated(
        &self,
        world: &mut World,
        operation: Operation,
        change: Change,
        violations: &mut Vec<Violation>,
    ) {
        let mut add = |breach: Option<Breach>, text: &str| {
            violations.extend(breach.map(|breach| Violation::of(breach, text)));
        };
        if operation.cleans() {
            let landed = world.past.landed;
            let given_up = operation == Operation::ClearBothByStore || !change.found.is_valid();
            let found = [change.found];
            let told = Writes { landed, attempted: landed, given_up, ..clean_so_far(&found) };
            add(no_lost_dirty(&told), "a write landed, and the clean did not tell");
            add(no_over_dirty(&clean_so_far(&[change.left])), "declared clean, and left dirty");
        }
        let (set, clear) = promised(operation, change);
        let answer = Answer { outcome: change.outcome, memory: change.left, set, clear };
        let text = format!("{} says it is done, and left {}", operation.name(), show(change.left));
        add(return_value(&answer), &text);
        world.past.captured |= operation.removes() && change.found.is_dirty();
        let action = self.spec().script.get(usize::from(self.world.agents[self.agent].action));
        let completes = !matches!(action, Some(Action::RunWithoutInvalidation(_)));
        let scope = if completes { change.owed.scope() } else { Scope::None };
        self.leave(world, scope, 1);
        if scope == Scope::None {
            world.past.finish(operation, completes);
        }
    }

    /// Leaves the current software: to its invalidation, or `further` actions on.
    fn leave(&self, world: &mut World, scope: Scope, further: u8) {
        let state = &mut world.agents[self.agent];
        if scope == Scope::None {
            state.phase = Phase::Ready;
            state.action += further;
            world.lock = None;
        } else {
            state.phase = Phase::Discharging(scope);
        }
    }
}

impl Past {
    /// Notes that an operation is over: with its invalidation if `complete`.
    pub(crate) fn finish(&mut self, operation: Operation, complete: bool) {
        if operation.cleans() {
            self.cleaning = self.cleaning.saturating_sub(1);
            self.landed = false;
        }
        if operation.authorises() == Some(false) && complete && !self.authorised {
            self.withdrawn = true;
        }
        self.freed = operation.removes() && complete || self.freed && operation != Operation::MapAnother;
    }
}

/// A page of which nothing is known but what memory holds: nobody has written.
const fn clean_so_far(memory: &[Descriptor]) -> Writes<'_> {
    Writes { landed: false, attempted: false, memory, returned_dirty: false, given_up: false }
}

/// Returns the bits that an operation promises to leave set, and clear.
fn promised(operation: Operation, change: Change) -> (u64, u64) {
    match operation {
        _ if change.left == Descriptor::INVALID => (0, 0),
        Operation::MakeOld => (0, AF),
        Operation::MakeDirty => (D, 0),
        Operation::Replace => {
            let another = another_page(change.found).0;
            (another, !another)
        }
        Operation::GetAndClear | Operation::UnmapTrustingOld => (0, u64::MAX),
        _ => match operation.authorises() {
            Some(true) => (W, 0),
            Some(false) => (0, W),
            None => (0, 0),
        },
    }
}

/// Tells whether the software may write over this invalid descriptor.
fn may_map(doing: Doing, before: Descriptor) -> bool {
    match doing {
        Doing::Operation(Operation::Modify(_)) => before.has(NO_ACCESS),
        Doing::Operation(Operation::MapAnother) => true,
        Doing::Operation(operation) => {
            operation.removes() || operation.breaks() && before == Descriptor::INVALID
        }
        Doing::Handler(..) => false,
    }
}

/// Tells whether an entry asks for W, and for RO to fall: where it is clear, or where the entry is writable and dirty,
/// from which callers before 4.14 left the routine to conclude it.
const fn asked(entry: Descriptor) -> (bool, bool) {
    (entry.is_writable(), !entry.is_read_only() || entry.has(W | D))
}
