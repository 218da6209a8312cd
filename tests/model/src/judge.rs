//! What is checked of each step of the software, and of what it returns.

use crate::{
    descriptors::{AF, D, FLAGS, PLACE, RO, W, show},
    explore::Doing,
    family::last_entry,
    operation::Operation,
    scenario::{Action, Touch},
    software::Stepper,
    tape::Live,
    world::{FaultKind, Past, Phase, Violation, World},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Handled, Invariant, NO_ACCESS, Outcome, Scope, join};

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
        let mut broken = |invariant| {
            violations.push(Violation::new(invariant, format!("{} became {}", show(before), show(after))));
        };
        if !before.is_valid() && !may_fill(doing, before) {
            broken(Invariant::InvalidStays);
        }
        if let (Doing::Handler(..), true) = (doing, before.is_valid()) {
            let (raised, fallen) = (after.0 & !before.0, before.0 & !after.0);
            let granted = raised & W | fallen & RO;
            if granted & !entry.map_or(0, asked) != 0 || granted != 0 && !world.past.authorised {
                broken(Invariant::NoInventedPermission);
            }
            if raised & D != 0 && !before.is_writable() && !after.is_writable() {
                broken(Invariant::NoOverDirty);
            }
            if fallen & !RO != 0 || raised & !(AF | W | D) != 0 {
                broken(Invariant::Monotone);
            }
        }
        let legal = |page: Descriptor| !page.is_valid() || page.is_legal_state();
        if legal(before) && !legal(after) {
            broken(Invariant::Encoding);
        }
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
                if last.is_some_and(ours) {
                    violations.push(Violation::new(Invariant::Progress, format!("refused: {refusal:?}")));
                }
                self.leave(world, Scope::None, 1);
                world.agents[self.agent].faults = 0;
                return;
            }
            Handled::Resolved(change) => (change, change.owed.scope()),
            Handled::Spurious(change) if self.scenario.spurious_path => (change, change.owed.scope()),
            Handled::Spurious(change) => (change, Scope::None),
        };
        self.leave(world, scope, 0);
        let satisfied = |memory: Descriptor, entry: Descriptor| {
            (join(PLACE.stage(), memory, entry).0 ^ memory.0) & FLAGS == 0
        };
        if let (Outcome::Unchanged, Some(memory), Some(entry)) = (change.outcome, last, last_entry())
            && !satisfied(memory, entry)
        {
            let text = format!("nothing changed, it says: memory {}, entry {}", show(memory), show(entry));
            violations.push(Violation::new(Invariant::ReturnValue, text));
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
        let tells = operation != Operation::ClearBothByStore && change.found.is_valid();
        if operation.cleans() && tells && world.past.landed && !change.found.is_dirty() {
            let text = "a write landed, and the clean did not tell";
            violations.push(Violation::new(Invariant::NoLostDirty, text));
        }
        if operation.cleans() && change.left.is_dirty() {
            violations.push(Violation::new(Invariant::NoOverDirty, "declared clean, and left dirty"));
        }
        if change.outcome != Outcome::Stale && !keeps_its_word(operation, change) {
            let text = format!("{} says it is done, and left {}", operation.name(), show(change.left));
            violations.push(Violation::new(Invariant::ReturnValue, text));
        }
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

/// Tells whether what an operation says it left is what it is for.
fn keeps_its_word(operation: Operation, change: Change) -> bool {
    let left = change.left;
    match operation {
        _ if left == Descriptor::INVALID => true,
        Operation::MakeOld => !left.is_young(),
        Operation::MakeDirty => left.is_dirty(),
        Operation::Replace => change.outcome == Outcome::Changed,
        Operation::GetAndClear | Operation::UnmapTrustingOld => false,
        _ => operation.authorises().is_none_or(|writable| left.is_writable() == writable),
    }
}

/// Tells whether the software may write over this invalid descriptor.
fn may_fill(doing: Doing, before: Descriptor) -> bool {
    match doing {
        Doing::Operation(Operation::Modify(_)) => before.has(NO_ACCESS),
        Doing::Operation(Operation::MapAnother) => true,
        Doing::Operation(operation) => {
            operation.removes() || operation.breaks() && before == Descriptor::INVALID
        }
        Doing::Handler(..) => false,
    }
}

/// Returns the grants that an entry asks for: W, and RO to fall where it is clear or where the entry is writable and
/// dirty, from which callers before 4.14 left the routine to conclude it.
const fn asked(entry: Descriptor) -> u64 {
    let clears = !entry.is_read_only() || entry.has(W | D);
    entry.0 & W | if clears { RO } else { 0 }
}
