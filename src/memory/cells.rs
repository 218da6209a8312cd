//! Arrays of words that are too large for the heap.

use super::{frames, linear};
use crate::machine::layout::PAGE_SIZE;
use afdbm::address::PhysicalAddress;
use afdbm::tables::Table;
use alloc::vec::Vec;
use core::sync::atomic::AtomicU64;

/// Words in a frame.
const WORDS: usize = (PAGE_SIZE / 8) as usize;

/// An array of atomic words, zero at first, in frames of its own.
#[derive(Debug)]
pub struct Cells {
    frames: Vec<PhysicalAddress>,
}

impl Cells {
    /// Makes an array of at least `count` words.
    ///
    /// # Errors
    ///
    /// [`frames::OutOfFrames`].
    pub fn new(count: usize) -> Result<Self, frames::OutOfFrames> {
        let mut cells = Self { frames: Vec::with_capacity(count.div_ceil(WORDS)) };
        for _ in 0..count.div_ceil(WORDS) {
            cells.frames.push(frames::allocate()?);
        }
        Ok(cells)
    }

    /// Returns a word.
    ///
    /// # Panics
    ///
    /// If there is no such word.
    #[must_use]
    pub fn word(&self, index: usize) -> &AtomicU64 {
        self.table(index).cell(index % WORDS)
    }

    /// Returns record `index` of `size` words, a power of two, of which a frame holds at least one.
    ///
    /// # Panics
    ///
    /// If there is no such record.
    #[must_use]
    pub fn record(&self, index: usize, size: usize) -> &[AtomicU64] {
        let first = index * size;
        &self.table(first).cells()[first % WORDS..][..size]
    }

    fn table(&self, index: usize) -> &Table {
        // SAFETY: the frame came from the allocator and is this array's until it is dropped; it is used as
        // atomic words only, which is what a `Table` is.
        unsafe { linear::table(self.frames[index / WORDS]) }
    }
}

impl Drop for Cells {
    fn drop(&mut self) {
        for frame in self.frames.drain(..) {
            // SAFETY: the frame came from the allocator, was never mapped, and nothing borrows the array any more.
            unsafe { frames::free(frame) };
        }
    }
}
