//! Many descriptors for several CPUs at once.
//!
//! A meeting costs far more than an access, so the CPUs meet once a batch; within it each walks in an order
//! of its own and invalidates its own TLB only.

use super::Trouble;
pub use super::rendezvous::{Meeting, wait_until};
use crate::machine::barriers;
use crate::machine::layout::PAGE_SIZE;
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::probe::{Ending, FaultHandler, Probe, ProbeReport, Stub};
use afdbm::descriptor::{Descriptor, Level};
use afdbm::operations::Place;
use afdbm::stage::Stage;
use afdbm::tlbi::Operand;
use alloc::vec::Vec;
use cases::states::Flags;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use fastrand::Rng;

/// Descriptors in a batch: one table.
pub const BATCH: usize = 512;

/// The pages of a batch, all over one frame.
#[derive(Debug)]
pub struct Batch<'a> {
    pages: Vec<CasePage<'a>>,
    places: Vec<Place>,
    flags: u64,
}

impl<'a> Batch<'a> {
    /// Maps a batch with these flags.
    ///
    /// # Errors
    ///
    /// [`Trouble::Table`] for want of memory.
    pub fn new(space: &'a CaseSpace, flags: Flags) -> Result<Self, Trouble> {
        Self::of(BATCH, space, flags)
    }

    /// The same with as many descriptors as are asked for.
    ///
    /// # Errors
    ///
    /// [`Trouble::Table`] for want of memory.
    pub fn of(size: usize, space: &'a CaseSpace, flags: Flags) -> Result<Self, Trouble> {
        let frame = space.frame()?;
        let address = |index: usize| ADDRESS.offset(index as u64 * PAGE_SIZE);
        let pages = (0..size)
            .map(|index| space.map(address(index), Level::L3, frame, flags.0))
            .collect::<Result<Vec<_>, _>>()?;
        let places = (0..size).map(|index| space.tables().place(address(index), Level::L3)).collect();
        Ok(Self { pages, places, flags: flags.0 })
    }

    /// Writes every descriptor anew and orders the stores; TLBs keep what they hold.
    pub fn reset(&self) {
        for page in &self.pages {
            page.cell.store(page.with_flags(self.flags).0, Relaxed);
            page.settle();
        }
        barriers::sequence_publish_descriptor();
    }

    /// The live descriptor of a page.
    pub fn cell(&self, index: usize) -> &AtomicU64 {
        self.pages[index].cell
    }

    /// Where a page's descriptor translates.
    pub fn place(&self, index: usize) -> Place {
        self.places[index]
    }

    /// Reads a descriptor, when all that changes it is over.
    pub fn descriptor(&self, index: usize) -> Descriptor {
        self.settle(index);
        Descriptor(self.pages[index].cell.load(Relaxed))
    }

    /// Makes caches and memory agree on a descriptor, where walks need it.
    pub fn settle(&self, index: usize) {
        self.pages[index].settle();
    }

    /// Writes one descriptor and orders the store; TLBs keep what they hold.
    pub fn set(&self, index: usize, descriptor: Descriptor) {
        self.pages[index].set_without_invalidation(descriptor);
    }

    /// The descriptor that every round begins with.
    pub fn start(&self, index: usize) -> Descriptor {
        self.pages[index].with_flags(self.flags)
    }

    /// The word that [`Batch::store`] writes for a page.
    pub fn word(&self, index: usize) -> &AtomicU64 {
        self.pages[index].word(index as u64 % BATCH as u64 * 8)
    }

    /// Forgets what this CPU's TLB holds of a page, and stores to the page at EL1.
    pub fn store(&self, index: usize) -> ProbeReport {
        self.forget(index);
        self.access(index, Stub::Store, None)
    }

    /// The same with a load, whose faults `handler` resolves.
    pub fn load(&self, index: usize, handler: Option<&dyn FaultHandler>) -> ProbeReport {
        self.forget(index);
        self.access(index, Stub::Load, handler)
    }

    /// Forgets what this CPU's TLB holds of a page.
    pub fn forget(&self, index: usize) {
        barriers::sequence_invalidate_leaf_local(self.tlb_address(index));
    }

    /// Makes an access to a page at EL1 with what this CPU's TLB holds.
    pub fn access(&self, index: usize, stub: Stub, handler: Option<&dyn FaultHandler>) -> ProbeReport {
        // A word of its own for each page of a table, since all of them share the frame.
        let word = index as u64 % BATCH as u64 * 8;
        let probe = Probe::new(stub, self.pages[index].address.offset(word)).storing(index as u64);
        Probe { handler, ..probe }.run()
    }

    /// Address and ASID of a page, for a TLBI.
    pub fn tlb_address(&self, index: usize) -> Operand {
        self.pages[index].tlb_address()
    }
}

/// Tells whether a store landed.
pub fn landed(seen: &ProbeReport) -> bool {
    seen.ending == Ending::Returned && seen.faults == 0
}

/// Returns the descriptor of a page as a store leaves it that hardware manages: young and dirty.
#[must_use]
pub fn marked(before: Descriptor) -> Descriptor {
    Stage::One.with_dirty(before.with(Descriptor::AF))
}

/// What became of a clean descriptor that a store was made through, or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// Still clean. AF may be set: hardware may set it at any time (row B14).
    Clean,
    /// Young and dirty, as hardware leaves it after the store.
    Updated,
    /// Neither.
    Other,
}

impl Left {
    /// Tells what `now` is, of a descriptor that was `before`.
    #[must_use]
    pub fn of(now: Descriptor, before: Descriptor) -> Self {
        match now {
            now if now == marked(before) => Self::Updated,
            now if now.with(Descriptor::AF) == before.with(Descriptor::AF) => Self::Clean,
            _ => Self::Other,
        }
    }
}

/// The orders in which one CPU walks its batches.
#[derive(Debug)]
pub struct Order {
    size: usize,
    random: Rng,
    factor: usize,
    offset: usize,
}

impl Order {
    /// The orders of the CPU that has `lane` in the run of `seed`, over as many descriptors as `size` says: a power
    /// of two.
    pub fn new(size: usize, seed: u64, lane: u64) -> Self {
        let random = Rng::with_seed(seed ^ lane.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self { size, random, factor: 1, offset: 0 }
    }

    /// Draws the order of the next batch.
    pub fn draw(&mut self) {
        // An odd factor makes it a permutation of a power of two.
        self.factor = self.random.usize(..self.size) | 1;
        self.offset = self.random.usize(..self.size);
    }

    /// The page at this position.
    pub fn page(&self, position: usize) -> usize {
        (position * self.factor + self.offset) % self.size
    }
}
