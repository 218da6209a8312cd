//! The kernel's fault handler for the address space under test, and the record that it keeps.
//!
//! It walks to the leaf, has a variant resolve the fault (entry builder, routine and hooks are the variant's
//! three seams), carries out the invalidation that is owed, and has the access made again. A fault that finds
//! nothing to change invalidates locally: a stale entry would fault for ever.

use crate::memory::case_space::{CaseSpace, discharge};
use crate::probe::{ExceptionLevel, FAULT_CAP, FaultHandler, Resolution};
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, Syndrome};
use afdbm::operations::{Change, Handled, Hooks, Place, Variant, handle_fault};
use core::fmt;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

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

/// Entries that the record has room for.
const ROOM: usize = FAULT_CAP as usize;

/// One fault as the handler saw it.
#[derive(Debug)]
struct Entry {
    syndrome: AtomicU64,
    found: AtomicU64,
    left: AtomicU64,
    outcome: AtomicU32,
}

/// What the handler made of a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Made {
    /// The descriptor was changed.
    Resolved,
    /// Nothing had to be changed: a local invalidation.
    Spurious,
    /// Not to be resolved.
    Refused,
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

    /// Says each fault of the record: what was found, what was left.
    pub fn tell(&self, say: &mut dyn FnMut(fmt::Arguments<'_>)) {
        for (index, entry) in self.entries.iter().enumerate().take(self.faults() as usize) {
            let outcome = match entry.outcome.load(Relaxed) {
                0 => Made::Resolved,
                1 => Made::Spurious,
                _ => Made::Refused,
            };
            say(format_args!(
                "  fault {}: {}; found {}, left {}: {outcome:?}",
                index + 1,
                Syndrome(entry.syndrome.load(Relaxed)),
                Descriptor(entry.found.load(Relaxed)),
                Descriptor(entry.left.load(Relaxed)),
            ));
        }
    }

    fn record(&self, fault: &Fault, found: Descriptor, left: Descriptor, made: Made) {
        let index = self.faults.fetch_add(1, Relaxed);
        if let Some(entry) = self.entries.get(index as usize) {
            entry.syndrome.store(fault.syndrome.0, Relaxed);
            entry.found.store(found.0, Relaxed);
            entry.left.store(left.0, Relaxed);
            entry.outcome.store(made as u32, Relaxed);
        }
    }

    fn conclude(&self, fault: &Fault, change: Change, made: Made) -> Resolution {
        self.record(fault, change.found, change.left, made);
        discharge(change.owed);
        Resolution::Retry
    }
}

impl<R: Resolve> FaultHandler for Handler<'_, R> {
    fn handle(&self, fault: Fault, _from: ExceptionLevel) -> Resolution {
        let Ok(leaf) = self.space.tables().leaf(fault.address) else {
            self.record(&fault, Descriptor::INVALID, Descriptor::INVALID, Made::Refused);
            return Resolution::Refuse;
        };
        match self.resolve.resolve(&fault, leaf.cell, leaf.place) {
            Handled::Resolved(change) => self.conclude(&fault, change, Made::Resolved),
            Handled::Spurious(change) => self.conclude(&fault, change, Made::Spurious),
            Handled::NotOurs(_) => {
                let found = Descriptor(leaf.cell.load(Relaxed));
                self.record(&fault, found, found, Made::Refused);
                Resolution::Refuse
            }
        }
    }
}
