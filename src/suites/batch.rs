//! Many descriptors for two CPUs at once, and how the CPUs meet.
//!
//! A meeting costs far more than an access, so the CPUs meet once a batch; within it each walks in an order
//! of its own and invalidates its own TLB only.

use super::Trouble;
use super::rows::Flags;
use crate::machine::barriers::{self, TlbAddress};
use crate::machine::relax::relax;
use crate::machine::watchdog;
use crate::memory::case_space::{CasePage, CaseSpace};
use crate::probe::{Ending, ExceptionLevel, Probe, Seen, Stub};
use afdbm::address::{PAGE_SIZE, VirtualAddress};
use afdbm::descriptor::{Descriptor, Level};
use afdbm::operations::Place;
use alloc::vec::Vec;
use core::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use fastrand::Rng;

/// Descriptors in a batch: one table.
pub const BATCH: usize = 512;

const ADDRESS: VirtualAddress = VirtualAddress(0x10_0000_0000);

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
        let frame = space.frame()?;
        let address = |index: usize| ADDRESS.offset(index as u64 * PAGE_SIZE);
        let pages = (0..BATCH)
            .map(|index| space.map(address(index), Level::L3, frame, flags.0))
            .collect::<Result<Vec<_>, _>>()?;
        let places = (0..BATCH).map(|index| space.tables().place(address(index), Level::L3)).collect();
        Ok(Self { pages, places, flags: flags.0 })
    }

    /// Writes every descriptor anew and orders the stores; TLBs keep what they hold.
    pub fn reset(&self) {
        for page in &self.pages {
            page.cell.store(page.with_flags(self.flags).0, Relaxed);
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
        Descriptor(self.pages[index].cell.load(Relaxed))
    }

    /// Forgets what this CPU's TLB holds of a page, and stores to the page at EL1.
    pub fn store(&self, index: usize) -> Seen {
        let page = &self.pages[index];
        barriers::sequence_invalidate_leaf_local(self.tlb_address(index));
        let word = index as u64 % BATCH as u64 * 8;
        Probe::new(Stub::Store, page.address.offset(word)).at(ExceptionLevel::El1).storing(index as u64).run()
    }

    fn tlb_address(&self, index: usize) -> TlbAddress {
        self.pages[index].tlb_address()
    }
}

/// Tells whether a store landed.
pub fn landed(seen: &Seen) -> bool {
    seen.ending == Ending::Returned && seen.faults == 0
}

/// The orders in which one CPU walks its batches.
#[derive(Debug)]
pub struct Order {
    random: Rng,
    factor: usize,
    offset: usize,
}

impl Order {
    /// The orders of the CPU that has `lane` in the run of `seed`.
    pub fn new(seed: u64, lane: u64) -> Self {
        Self { random: Rng::with_seed(seed ^ lane.wrapping_mul(0x9e37_79b9_7f4a_7c15)), factor: 1, offset: 0 }
    }

    /// Draws the order of the next batch.
    pub fn draw(&mut self) {
        // An odd factor makes it a permutation of a power of two.
        self.factor = self.random.usize(..BATCH) | 1;
        self.offset = self.random.usize(..BATCH);
    }

    /// The page at this position.
    pub fn page(&self, position: usize) -> usize {
        (position * self.factor + self.offset) % BATCH
    }
}

/// A meeting of CPUs that gives up when the case's budget is spent.
#[derive(Debug)]
pub struct Meeting {
    expected: u32,
    arrived: AtomicU32,
    generation: AtomicU32,
}

impl Meeting {
    /// A meeting of so many CPUs.
    pub const fn new(expected: u32) -> Self {
        Self { expected, arrived: AtomicU32::new(0), generation: AtomicU32::new(0) }
    }

    /// Waits for the others.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`]: the others did not come, and never will.
    pub fn meet(&self) -> Result<(), Trouble> {
        let generation = self.generation.load(Acquire);
        if self.arrived.fetch_add(1, AcqRel) + 1 == self.expected {
            self.arrived.store(0, Relaxed);
            self.generation.store(generation.wrapping_add(1), Release);
            return Ok(());
        }
        wait_until(|| self.generation.load(Acquire) != generation)
    }
}

/// Waits for another CPU, as long as the case's budget lasts.
///
/// # Errors
///
/// [`Trouble::TimedOut`].
pub fn wait_until(ready: impl Fn() -> bool) -> Result<(), Trouble> {
    while !ready() {
        if watchdog::expired() {
            return Err(Trouble::TimedOut);
        }
        relax();
    }
    Ok(())
}
