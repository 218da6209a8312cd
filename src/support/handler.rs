//! The kernel's fault handler for the address space under test, and the record that it keeps.
//!
//! It walks to the leaf, has a variant resolve the fault (entry builder, routine and hooks are the variant's
//! three seams), carries out the invalidation that is owed, and has the access made again. A fault that finds
//! nothing to change invalidates locally: a stale entry would fault for ever.

use crate::machine::layout::{CONTIGUOUS_ENTRIES, PAGE_SIZE};
use crate::machine::lock::Lock;
use crate::memory::case_space::{CaseSpace, discharge};
use crate::probe::{FAULT_CAP, FaultHandler, Frame, Resolution};
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, Syndrome};
use afdbm::operations::{Change, Handled, Hooks, Outcome, Place, Variant, handle_fault};
use core::fmt;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use history::{GroupSelection, Selection};

/// How a fault is resolved: the seam that a variant fills.
pub trait Resolve: Sync {
    /// Resolves one fault on the live descriptor at `place`.
    fn resolve(&self, fault: &Fault, cell: &AtomicU64, place: Place) -> Handled;
}

/// A variant, with hooks between its steps.
#[derive(Debug)]
pub struct With<V, H> {
    hooks: H,
    variant: PhantomData<fn() -> V>,
}

impl<V: Variant, H: Hooks> With<V, H> {
    /// Puts hooks around a variant.
    pub const fn new(hooks: H) -> Self {
        Self { hooks, variant: PhantomData }
    }
}

impl<V: Variant, H: Hooks + Sync> Resolve for With<V, H> {
    fn resolve(&self, fault: &Fault, cell: &AtomicU64, place: Place) -> Handled {
        handle_fault::<V, _, _>(fault, cell, place, &self.hooks)
    }
}

/// A variant that is chosen at run time, with hooks between its steps.
#[derive(Debug)]
pub struct Chosen<H> {
    selection: Selection,
    hooks: H,
}

impl<H: Hooks> Chosen<H> {
    /// Puts hooks around a variant.
    pub const fn new(selection: Selection, hooks: H) -> Self {
        Self { selection, hooks }
    }
}

impl<H: Hooks + Sync> Resolve for Chosen<H> {
    fn resolve(&self, fault: &Fault, cell: &AtomicU64, place: Place) -> Handled {
        self.selection.handle_fault(fault, cell, place, &self.hooks)
    }
}

/// The lock of the tables, taken around what another resolver does.
#[derive(Debug)]
pub struct Locked<'a, R> {
    lock: &'a Lock<()>,
    resolve: R,
}

impl<'a, R: Resolve> Locked<'a, R> {
    /// Has `resolve` work under `lock`, which nobody holds while it makes an access.
    pub const fn new(lock: &'a Lock<()>, resolve: R) -> Self {
        Self { lock, resolve }
    }
}

impl<R: Resolve> Resolve for Locked<'_, R> {
    fn resolve(&self, fault: &Fault, cell: &AtomicU64, place: Place) -> Handled {
        let _locked = self.lock.lock();
        self.resolve.resolve(fault, cell, place)
    }
}

/// A variant for a contiguous group of pages, with hooks between its steps.
#[derive(Debug)]
pub struct Contiguous<'a, H> {
    selection: GroupSelection,
    cells: [&'a AtomicU64; CONTIGUOUS_ENTRIES],
    hooks: H,
}

impl<'a, H: Hooks> Contiguous<'a, H> {
    /// Puts hooks around a variant for the group whose live descriptors these are.
    pub const fn new(
        selection: GroupSelection,
        cells: [&'a AtomicU64; CONTIGUOUS_ENTRIES],
        hooks: H,
    ) -> Self {
        Self { selection, cells, hooks }
    }
}

impl<H: Hooks + Sync> Resolve for Contiguous<'_, H> {
    fn resolve(&self, fault: &Fault, _cell: &AtomicU64, place: Place) -> Handled {
        let target = (fault.address.0 / PAGE_SIZE) as usize % CONTIGUOUS_ENTRIES;
        self.selection.handle_fault(fault, &self.cells[..], target, place, &self.hooks)
    }
}

/// Entries that the record has room for.
const ROOM: usize = FAULT_CAP as usize;

/// One fault as the handler saw it, kept where another CPU may look.
#[derive(Debug)]
struct Entry {
    syndrome: AtomicU64,
    found: AtomicU64,
    left: AtomicU64,
    memory: AtomicU64,
    outcome: AtomicU32,
}

/// What the handler made of a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Made {
    /// The descriptor was changed.
    Resolved,
    /// Nothing had to be changed: a local invalidation.
    Unchanged,
    /// The descriptor is no longer what the entry was built from: a local invalidation.
    Stale,
    /// Not to be resolved.
    Refused,
}

/// One fault as the handler saw it.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// What the access reported.
    pub syndrome: Syndrome,
    /// The descriptor that the routine says it found.
    pub found: Descriptor,
    /// The descriptor that the routine says it left.
    pub left: Descriptor,
    /// What the leaf's own cell held right afterwards.
    pub memory: Descriptor,
    /// What became of it.
    pub made: Made,
}

impl fmt::Display for Taken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; found {}, left {}: {:?}", self.syndrome, self.found, self.left, self.made)
    }
}

/// The fault handler of one address space.
#[derive(Debug)]
pub struct Handler<'a, R> {
    space: &'a CaseSpace,
    resolve: R,
    faults: AtomicU32,
    entries: [Entry; ROOM],
}

impl<'a, R: Resolve> Handler<'a, R> {
    /// Makes the handler of `space`.
    pub fn new(space: &'a CaseSpace, resolve: R) -> Self {
        let entry = || Entry {
            syndrome: AtomicU64::new(0),
            found: AtomicU64::new(0),
            left: AtomicU64::new(0),
            memory: AtomicU64::new(0),
            outcome: AtomicU32::new(0),
        };
        Self { space, resolve, faults: AtomicU32::new(0), entries: core::array::from_fn(|_| entry()) }
    }

    /// Forgets what was recorded.
    pub fn clear(&self) {
        self.faults.store(0, Relaxed);
    }

    /// Returns how many faults there were.
    #[must_use]
    pub fn faults(&self) -> u32 {
        self.faults.load(Relaxed)
    }

    /// Returns how often the descriptor was changed, of the record.
    #[must_use]
    pub fn changes(&self) -> u32 {
        let changed = self.taken().filter(|taken| taken.made == Made::Resolved);
        changed.fold(0, |changes, _| changes + 1)
    }

    /// Returns the record, up to the cap.
    pub fn taken(&self) -> impl Iterator<Item = Taken> + '_ {
        self.entries.iter().take(self.faults() as usize).map(|entry| Taken {
            syndrome: Syndrome(entry.syndrome.load(Relaxed)),
            found: Descriptor(entry.found.load(Relaxed)),
            left: Descriptor(entry.left.load(Relaxed)),
            memory: Descriptor(entry.memory.load(Relaxed)),
            made: match entry.outcome.load(Relaxed) {
                0 => Made::Resolved,
                1 => Made::Unchanged,
                2 => Made::Stale,
                _ => Made::Refused,
            },
        })
    }

    /// Says each fault of the record: what was found, what was left.
    pub fn tell(&self, say: &mut dyn FnMut(fmt::Arguments<'_>)) {
        for (index, taken) in self.taken().enumerate() {
            say(format_args!("  fault {}: {taken}", index + 1));
        }
    }

    fn record(&self, taken: &Taken) {
        let index = self.faults.fetch_add(1, Relaxed);
        if let Some(entry) = self.entries.get(index as usize) {
            entry.syndrome.store(taken.syndrome.0, Relaxed);
            entry.found.store(taken.found.0, Relaxed);
            entry.left.store(taken.left.0, Relaxed);
            entry.memory.store(taken.memory.0, Relaxed);
            entry.outcome.store(taken.made as u32, Relaxed);
        }
    }

    fn conclude(&self, fault: &Fault, change: Change, memory: Descriptor, made: Made) -> Resolution {
        let Change { found, left, owed, .. } = change;
        self.record(&Taken { syndrome: fault.syndrome, found, left, memory, made });
        discharge(owed);
        Resolution::Retry
    }

    fn refuse(&self, fault: &Fault, memory: Descriptor) -> Resolution {
        let (found, left, made) = (memory, memory, Made::Refused);
        self.record(&Taken { syndrome: fault.syndrome, found, left, memory, made });
        Resolution::Refuse
    }
}

impl<R: Resolve> FaultHandler for Handler<'_, R> {
    fn handle(&self, fault: Fault, _: &Frame) -> Resolution {
        let Ok(leaf) = self.space.tables().leaf(fault.address) else {
            return self.refuse(&fault, Descriptor::INVALID);
        };
        let handled = self.resolve.resolve(&fault, leaf.cell, leaf.place);
        let memory = Descriptor(leaf.cell.load(Relaxed));
        match handled {
            Handled::Resolved(change) => self.conclude(&fault, change, memory, Made::Resolved),
            Handled::Spurious(change) => {
                let made = if change.outcome == Outcome::Stale { Made::Stale } else { Made::Unchanged };
                self.conclude(&fault, change, memory, made)
            }
            Handled::NotOurs(_) => self.refuse(&fault, memory),
        }
    }
}
