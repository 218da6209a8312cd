//! Frames for data that a case maps and unmaps: by index, taken when they are first used, kept until the end.
//!
//! A frame that a case gives to another page stays one of these frames. So whoever reads or writes it through a
//! stale translation breaks the case's own claims, and no memory of the kernel.

use super::cells::Cells;
use super::{frames, linear};
use afdbm::address::PhysicalAddress;
use core::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Release},
};
use swap::PAGE_WORDS;

/// Frames by index.
#[derive(Debug)]
pub struct DataFrames {
    /// The address of each; 0 until it is taken.
    addresses: Cells,
    count: u32,
}

impl DataFrames {
    /// Makes room for `count` frames.
    ///
    /// # Errors
    ///
    /// [`frames::OutOfFrames`] if not even the list of them has room.
    pub fn new(count: u32) -> Result<Self, frames::OutOfFrames> {
        Ok(Self { addresses: Cells::new(count as usize)?, count })
    }

    /// Returns the address of a frame, taking it if it was not; `None` if memory is exhausted.
    ///
    /// Two CPUs may not ask for the same frame the first time.
    #[must_use]
    pub fn address(&self, index: u32) -> Option<PhysicalAddress> {
        let cell = self.addresses.word(index as usize);
        match cell.load(Acquire) {
            0 => {
                let frame = frames::allocate().ok()?;
                cell.store(frame.0, Release);
                Some(frame)
            }
            address => Some(PhysicalAddress(address)),
        }
    }

    /// Returns the contents of a frame, taking it if it was not; `None` if memory is exhausted.
    #[must_use]
    pub fn contents(&self, index: u32) -> Option<&[AtomicU64; PAGE_WORDS]> {
        let address = self.address(index)?;
        // SAFETY: the frame came from the allocator and is kept until the value is dropped; it is used as atomic
        // words, here and by the accesses of cases at EL0, and nothing else lives there.
        Some(unsafe { linear::table(address) }.cells())
    }
}

impl Drop for DataFrames {
    fn drop(&mut self) {
        for index in 0..self.count as usize {
            let address = self.addresses.word(index).load(Acquire);
            if address != 0 {
                // SAFETY: the frame came from the allocator, once. Whoever maps these frames owns them together
                // with its tables, and drops the tables first, which invalidates their ASID everywhere.
                unsafe { frames::free(PhysicalAddress(address)) };
            }
        }
    }
}
