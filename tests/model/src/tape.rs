//! Running an operation one step at a time.
//!
//! An operation is an ordinary function that never waits, so it cannot be stopped in the middle. It is run anew for
//! each of its steps instead: the tape answers the steps that it took before as they were answered then, performs the
//! next one on memory, and lets it finish on a copy that is thrown away.

use afdbm::descriptor::Descriptor;
use afdbm::operations::{Invalidation, Scope, Slot, SlotGroup, Step};
use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::atomic::Ordering,
};

/// The cells of one world.
pub type Memory = [Descriptor; 2];

/// What one step of an operation was answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Answered {
    /// The cell.
    pub entry: u8,
    /// The descriptor read or found; for an exchange that succeeded, the one it replaced.
    pub value: Descriptor,
    /// Whether an exchange succeeded; true for every other step.
    pub done: bool,
}

/// What the one step did that a run performed on memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Live {
    /// A step on a cell.
    Access {
        /// The cell.
        entry: u8,
        /// The step's label.
        step: Step,
        /// What the cell held.
        before: Descriptor,
        /// What it holds now.
        after: Descriptor,
        /// Whether an exchange failed that could have succeeded.
        spurious: bool,
    },
    /// An invalidation in the middle of the operation.
    Discharge(Scope),
}

/// How a run ended.
#[derive(Debug)]
pub enum Run<R> {
    /// The operation has more to do.
    Going {
        /// All answers so far.
        history: Vec<Answered>,
        /// The step performed.
        live: Live,
    },
    /// The operation returned, with no step after the one performed.
    Done {
        /// All answers.
        history: Vec<Answered>,
        /// The step performed, if it had any left.
        live: Option<Live>,
        /// What it returned.
        result: R,
    },
    /// The operation, left alone, takes more steps than any should, or panics.
    Runaway,
}

/// Steps that an operation may take alone, after which it is taken never to end.
const PATIENCE: usize = 100;

#[derive(Debug)]
struct Inner {
    history: Vec<Answered>,
    position: usize,
    memory: Memory,
    fail_exchange: bool,
    live: Option<Live>,
    beyond: usize,
}

/// A group of slots that replays.
#[derive(Debug)]
pub struct Tape {
    inner: RefCell<Inner>,
    entries: usize,
}

impl Tape {
    /// Runs `operation` on the first `entries` cells of `memory`: replays `history`, performs one step, returns memory
    /// after it. `fail_exchange` makes that step fail without a reason, if it is an exchange.
    pub fn run<R>(
        memory: Memory,
        entries: usize,
        history: &[Answered],
        fail_exchange: bool,
        operation: impl FnOnce(&Self) -> R,
    ) -> (Memory, Run<R>) {
        let mut replay = Vec::with_capacity(history.len() + 1);
        replay.extend_from_slice(history);
        let inner = Inner { history: replay, position: 0, memory, fail_exchange, live: None, beyond: 0 };
        let tape = Self { inner: RefCell::new(inner), entries };
        let Ok(result) = catch_unwind(AssertUnwindSafe(|| operation(&tape))) else {
            return (memory, Run::Runaway);
        };
        let Inner { history, live, beyond, .. } = tape.inner.into_inner();
        let mut after = memory;
        if let Some(Live::Access { entry, after: word, .. }) = live {
            after[usize::from(entry)] = word;
        }
        match live {
            Some(live) if beyond > 0 => (after, Run::Going { history, live }),
            _ => (after, Run::Done { history, live, result }),
        }
    }

    /// Carries out an invalidation from within an operation, as a step of its own.
    pub fn discharge(&self, owed: Invalidation) {
        let mut inner = self.inner.borrow_mut();
        if inner.replay().is_some() {
            return;
        }
        inner.perform(
            Answered { entry: 0, value: Descriptor::INVALID, done: true },
            Live::Discharge(owed.scope()),
        );
    }

    fn access(
        &self,
        entry: usize,
        step: Step,
        write: impl FnOnce(Descriptor) -> Option<Descriptor>,
    ) -> Answered {
        let mut inner = self.inner.borrow_mut();
        if let Some(seen) = inner.replay() {
            return seen;
        }
        let before = inner.memory[entry];
        let wanted = write(before);
        let is_live = inner.live.is_none();
        let spurious = is_live && inner.fail_exchange && step == Step::Exchange && wanted.is_some();
        let written = if spurious { None } else { wanted };
        let after = written.unwrap_or(before);
        inner.memory[entry] = after;
        let entry = u8::try_from(entry).expect("a world has two cells");
        let done = step != Step::Exchange || written.is_some();
        let seen = Answered { entry, value: before, done };
        inner.perform(seen, Live::Access { entry, step, before, after, spurious });
        seen
    }
}

impl Inner {
    fn replay(&mut self) -> Option<Answered> {
        let seen = self.history.get(self.position).copied().filter(|_| self.live.is_none());
        self.position += usize::from(seen.is_some());
        seen
    }

    fn perform(&mut self, seen: Answered, live: Live) {
        if self.live.is_none() {
            self.live = Some(live);
            self.history.push(seen);
        } else {
            self.beyond += 1;
            if self.beyond > PATIENCE {
                resume_unwind(Box::new("runaway"));
            }
        }
    }
}

/// One cell of a [`Tape`].
#[derive(Debug)]
pub struct TapeSlot<'a> {
    tape: &'a Tape,
    entry: usize,
}

impl Slot for TapeSlot<'_> {
    fn load(&self, _order: Ordering, step: Step) -> Descriptor {
        self.tape.access(self.entry, step, |_| None).value
    }

    fn compare_exchange_weak(
        &self,
        current: Descriptor,
        new: Descriptor,
        _success: Ordering,
        _failure: Ordering,
        step: Step,
    ) -> Result<Descriptor, Descriptor> {
        let seen = self.tape.access(self.entry, step, |found| (found == current).then_some(new));
        if seen.done { Ok(seen.value) } else { Err(seen.value) }
    }

    fn swap(&self, new: Descriptor, _order: Ordering, step: Step) -> Descriptor {
        self.tape.access(self.entry, step, |_| Some(new)).value
    }

    fn store(&self, new: Descriptor, _order: Ordering, step: Step) {
        self.tape.access(self.entry, step, |_| Some(new));
    }
}

impl SlotGroup for Tape {
    fn entries(&self) -> usize {
        self.entries
    }

    fn slot(&self, index: usize) -> impl Slot {
        assert!(index < self.entries, "cell {index} of {}", self.entries);
        TapeSlot { tape: self, entry: index }
    }
}
