//! Memory for the store, from the kernel's frames.

use crate::memory::cells::Cells;
use crate::memory::data::DataFrames;
use afdbm::tables::TableError;
use core::sync::atomic::AtomicU64;
use swap::{Backing, PAGE_WORDS};

/// Memory for a store: its records, and frames for what it keeps.
#[derive(Debug)]
pub struct StoreMemory {
    slots: Cells,
    records: Cells,
    frames: DataFrames,
}

impl StoreMemory {
    /// Makes memory for a store of `slots` slots; its frames are taken when they are first used.
    ///
    /// # Errors
    ///
    /// [`TableError::OutOfFrames`] if not even the records have room.
    pub fn new(slots: u32) -> Result<Self, TableError> {
        let pairs = || Cells::new(slots as usize * 2).map_err(|_| TableError::OutOfFrames);
        let frames = DataFrames::new(slots).map_err(|_| TableError::OutOfFrames)?;
        Ok(Self { slots: pairs()?, records: pairs()?, frames })
    }
}

impl Backing for StoreMemory {
    fn slot(&self, slot: u32) -> [&AtomicU64; 2] {
        let record = self.slots.record(slot as usize, 2);
        [&record[0], &record[1]]
    }

    fn record(&self, frame: u32) -> [&AtomicU64; 2] {
        let record = self.records.record(frame as usize, 2);
        [&record[0], &record[1]]
    }

    fn frame(&self, frame: u32) -> Option<&[AtomicU64; PAGE_WORDS]> {
        self.frames.contents(frame)
    }
}
