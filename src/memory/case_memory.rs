//! What a case takes of memory for as long as it runs, in frames that go back together when it is over.

use super::{frames, linear};
use crate::machine::layout::PAGE_SIZE;
use afdbm::address::PhysicalAddress;
use afdbm::tables::Table;
use core::marker::PhantomData;
use core::sync::atomic::AtomicU64;

/// The memory of the case that runs: what is borrowed from it cannot outlive the case.
#[derive(Debug)]
pub struct CaseMemory(());

impl CaseMemory {
    /// Makes the memory of the next case.
    ///
    /// # Safety
    ///
    /// Frames that are taken while the value lives go back only once it is gone.
    pub(super) const unsafe fn new() -> Self {
        Self(())
    }

    /// Takes a frame that is a translation table from now on, without a valid entry; `None` for want of memory.
    #[must_use]
    pub fn table(&self) -> Option<(PhysicalAddress, &Table)> {
        let frame = frames::allocate().ok()?;
        // SAFETY: the frame was just taken, is nobody else's, and goes back only when no borrow of `self` is left
        // (`new`); only this reference and walks of the MMU use it.
        Some((frame, unsafe { linear::table(frame) }))
    }

    /// Takes `count` frames of data that follow each other, from a multiple of `alignment` bytes, not zeroed; `None` for
    /// want of memory.
    #[must_use]
    pub fn run(&self, count: u64, alignment: u64) -> Option<Run<'_>> {
        let start = frames::allocate_run(count, alignment).ok()?;
        Some(Run { start, count, case: PhantomData })
    }

    /// The same for frames that end at a multiple of `alignment` bytes.
    #[must_use]
    pub fn run_before(&self, count: u64, alignment: u64) -> Option<Run<'_>> {
        let start = frames::allocate_run_before(count, alignment).ok()?;
        Some(Run { start, count, case: PhantomData })
    }
}

/// Frames of data that follow each other, for as long as the case runs.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    start: PhysicalAddress,
    count: u64,
    case: PhantomData<&'a CaseMemory>,
}

impl<'a> Run<'a> {
    /// Returns the address of the first frame.
    #[must_use]
    pub const fn start(&self) -> PhysicalAddress {
        self.start
    }

    /// Returns `count` words from byte `offset` on.
    ///
    /// # Panics
    ///
    /// If they are not within the frames, or `offset` is no multiple of 8.
    #[must_use]
    pub fn words(&self, offset: u64, count: usize) -> &'a [AtomicU64] {
        let (end, size) = (offset + 8 * count as u64, self.count * PAGE_SIZE);
        assert!(offset.is_multiple_of(8) && end <= size, "bytes {offset} to {end} of {size}");
        let first = linear::pointer(self.start.offset(offset)).cast();
        // SAFETY: the words lie within the frames, are aligned, and are in the linear map. The frames are this run's
        // alone while `'a` lasts, since they were taken from a `CaseMemory` that is borrowed so long; they are used as
        // atomic words, here and by the accesses of cases.
        unsafe { core::slice::from_raw_parts(first, count) }
    }
}
