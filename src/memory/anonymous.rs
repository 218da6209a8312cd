//! Anonymous memory of a case: a range of pages, and the frames that come and go below them.

use super::case_space::{CaseSpace, Frame};
use super::data::DataFrames;
use super::linear;
use crate::machine::barriers;
use crate::machine::layout::{self, PAGE_SIZE};
use afdbm::address::{Asid, PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, Level};
use afdbm::operations::{Invalidation, Place};
use afdbm::tables::TableError;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Pages below one table.
pub const PAGES_OF_TABLE: u32 = 1 << layout::CASE.geometry.granule().stride();
/// Where the range begins.
const START: VirtualAddress = VirtualAddress(0x10_0000_0000);
/// Invalidations beyond this are one of the whole address space.
const ONE_BY_ONE: usize = 4;

/// A range of pages, with tables for all of them.
#[derive(Debug)]
pub struct Anonymous {
    // Dropped in this order: the tables, with their ASID, before the frames that they may map.
    space: CaseSpace,
    tables: Vec<PhysicalAddress>,
    frames: DataFrames,
    memory: Descriptor,
    pages: u32,
}

impl Anonymous {
    /// Makes a range of `pages` pages, none of them mapped, over at most `frames` frames.
    ///
    /// # Errors
    ///
    /// [`TableError`] for want of memory.
    pub fn new(pages: u32, frames: u32) -> Result<Self, TableError> {
        let space = CaseSpace::new()?;
        let frames = DataFrames::new(frames).map_err(|_| TableError::OutOfFrames)?;
        let first = frames.address(0).ok_or(TableError::OutOfFrames)?;
        // SAFETY: the frame is kept until `frames` is dropped, which the pages below do not outlive; `DataFrames` are
        // used as atomic words alone.
        let first = unsafe { Frame::new(first) };
        let mut tables = Vec::with_capacity(pages.div_ceil(PAGES_OF_TABLE) as usize);
        let mut memory = Descriptor::INVALID;
        for table in 0..pages.div_ceil(PAGES_OF_TABLE) {
            let address = START.offset(u64::from(table * PAGES_OF_TABLE) * PAGE_SIZE);
            // The mapping makes the table; it is taken out before any CPU walks here.
            let page = space.map(address, Level::L3, first, Descriptor::VALID)?;
            memory = page.with_flags(0).with_address(layout::CASE.geometry, PhysicalAddress(0));
            page.cell.store(0, Relaxed);
            let walk = space.tables().walk(address)?;
            let step = walk.last().ok_or(TableError::OutOfRange(address))?;
            tables.push(step.cell_address.align_down(PAGE_SIZE));
        }
        barriers::sequence_publish_descriptor();
        Ok(Self { space, tables, frames, memory, pages })
    }

    /// What TTBR0 is to hold.
    #[must_use]
    pub fn user(&self) -> (PhysicalAddress, Asid) {
        self.space.user()
    }

    /// The frames.
    #[must_use]
    pub fn frames(&self) -> &DataFrames {
        &self.frames
    }

    /// The first address of a page.
    #[must_use]
    pub fn address(&self, page: u32) -> VirtualAddress {
        START.offset(u64::from(page) * PAGE_SIZE)
    }

    /// The page of an address; `None` outside of the range.
    #[must_use]
    pub fn page(&self, address: VirtualAddress) -> Option<u32> {
        let page = u32::try_from(address.0.checked_sub(START.0)? / PAGE_SIZE).ok()?;
        (page < self.pages).then_some(page)
    }

    /// The live descriptor of a page.
    ///
    /// # Panics
    ///
    /// If the range has no such page.
    #[must_use]
    pub fn cell(&self, page: u32) -> &AtomicU64 {
        let table = self.tables[(page / PAGES_OF_TABLE) as usize];
        // SAFETY: the table is one of this address space's, kept until the space is dropped, and used through
        // atomics only.
        unsafe { linear::table(table) }.cell((page % PAGES_OF_TABLE) as usize)
    }

    /// Where a page's descriptor translates.
    #[must_use]
    pub fn place(&self, page: u32) -> Place {
        self.space.tables().place(self.address(page), Level::L3)
    }

    /// Makes the descriptor that maps a frame with these flags; `None` if there is no memory for the frame.
    #[must_use]
    pub fn descriptor(&self, frame: u32, flags: u64) -> Option<Descriptor> {
        let address = self.frames.address(frame)?;
        Some(self.memory.with_address(layout::CASE.geometry, address).with(flags))
    }

    /// Carries out invalidations of this address space on every CPU, all of them complete on return: one by one
    /// with one barrier where they are few, else of the whole ASID.
    pub fn discharge(&self, owed: &[Invalidation]) {
        let asid = self.user().1;
        if owed.len() > ONE_BY_ONE {
            barriers::sequence_invalidate_asid_all(asid);
        } else if !owed.is_empty() {
            barriers::sequence_order_before_invalidation();
            for operand in owed.iter().flat_map(Invalidation::operands) {
                barriers::sequence_queue_leaf_all(operand);
            }
            barriers::sequence_complete_invalidation();
        }
    }
}
