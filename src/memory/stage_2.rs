//! Tables of stage 2 that translate all that the kernel uses to itself, and have a window for cases above that.
//!
//! What a case puts into the window is reached through it alone: the kernel goes on to use the same memory by its own
//! addresses, whatever stage 2 says of those in the window.

use super::case_memory::CaseMemory;
use super::mapping;
use crate::machine::layout::PAGE_SIZE;
use crate::machine::resident::stage_2::{self, Registers};
use afdbm::address::{IntermediatePhysicalAddress, PhysicalAddress, Vmid};
use afdbm::descriptor::{Descriptor, TableAttributes};
use afdbm::geometry::{Geometry, Level};
use afdbm::operations::Stage2Place;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use oracle::{Path, Stage2Controls};

/// The machine of the cases.
const VMID: Vmid = Vmid(1);
/// Bytes of the window, which is the end of the intermediate physical addresses.
const WINDOW: u64 = 1 << 30;
/// The largest Block that is used.
const BLOCK: u64 = 1 << 30;
/// A leaf that grants everything: AF, S2AP of 0b11, Normal Write-Back memory, Inner Shareable (Arm ARM D8.3.1, D8.6.6).
const OPEN: u64 = Descriptor::VALID | Descriptor::AF | 0b11 << 6 | 0b1111 << 2 | 0b11 << 8;

/// The tables.
#[derive(Debug)]
pub struct Stage2Tables<'a> {
    memory: &'a CaseMemory,
    geometry: Geometry,
    root: PhysicalAddress,
    first: &'a [AtomicU64],
    /// The tables behind the first one.
    tables: Vec<(PhysicalAddress, &'a [AtomicU64])>,
}

/// A descriptor with its neighbours.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    table: &'a [AtomicU64],
    index: usize,
}

impl<'a> Cell<'a> {
    /// Returns the descriptor of an index in a table.
    #[must_use]
    pub const fn new(table: &'a [AtomicU64], index: usize) -> Self {
        Self { table, index }
    }

    /// Returns the descriptor.
    #[must_use]
    pub fn own(self) -> &'a AtomicU64 {
        &self.table[self.index]
    }

    /// Returns those beside it, as far as its table has them.
    #[must_use]
    pub fn beside(self) -> [Option<&'a AtomicU64>; 2] {
        [self.index.checked_sub(1), self.index.checked_add(1)].map(|place| self.table.get(place?))
    }
}

/// Takes tables that lie side by side, without a valid entry.
fn take(memory: &CaseMemory, geometry: Geometry, count: u64) -> Option<(PhysicalAddress, &[AtomicU64])> {
    let size = geometry.page_size() * count;
    let run = memory.run(size / PAGE_SIZE, size)?;
    let cells = run.words(0, usize::try_from(size / 8).ok()?);
    cells.iter().for_each(|cell| cell.store(Descriptor::INVALID.0, Relaxed));
    Some((run.start(), cells))
}

impl<'a> Stage2Tables<'a> {
    /// Makes the tables; `None` for want of memory, or where the kernel uses addresses in the window or beyond it.
    pub fn new(memory: &'a CaseMemory, geometry: Geometry) -> Option<Self> {
        let (root, first) = take(memory, geometry, geometry.first_tables())?;
        let mut tables = Self { memory, geometry, root, first, tables: Vec::new() };
        let end = mapping::end();
        if end > tables.window() {
            return None;
        }
        let usable = |level: &Level| {
            *level >= geometry.start_level() && geometry.has_leaf(*level) && geometry.size(*level) <= BLOCK
        };
        let level = Level::ALL.into_iter().find(usable)?;
        let mut address = PhysicalAddress(0);
        while address < end {
            let leaf = geometry.encode_address(address) | OPEN;
            tables.find(address, level)?.own().store(leaf, Relaxed);
            address = address.offset(geometry.size(level));
        }
        Some(tables)
    }

    /// Returns the first intermediate physical address of the window.
    #[must_use]
    pub fn window(&self) -> PhysicalAddress {
        PhysicalAddress((1 << self.geometry.input_bits()) - WINDOW)
    }

    /// Returns the descriptor of `level` for an address in the window, with the Table descriptors above it; `None` for want
    /// of memory.
    ///
    /// # Panics
    ///
    /// If the address is not in the window.
    pub fn cell(&mut self, address: PhysicalAddress, level: Level) -> Option<Cell<'a>> {
        let window = self.window();
        assert!(
            address >= window && address.0 < window.0 + WINDOW,
            "{address} is not in the window from {window} on"
        );
        self.find(address, level)
    }

    fn find(&mut self, address: PhysicalAddress, level: Level) -> Option<Cell<'a>> {
        let geometry = self.geometry;
        let (mut table, mut at) = (self.first, geometry.start_level());
        while at < level {
            let cell = &table[geometry.index(at, address.0)];
            let descriptor = cell.load(Relaxed);
            table = if descriptor == Descriptor::INVALID.0 {
                let (next, cells) = take(self.memory, geometry, 1)?;
                cell.store(Descriptor::table(geometry, next, TableAttributes::NONE).0, Relaxed);
                self.tables.push((next, cells));
                cells
            } else {
                let next = geometry.table_address(descriptor);
                let (_, cells) = self.tables.iter().find(|(table, _)| *table == next)?;
                cells
            };
            at = at.next()?;
        }
        Some(Cell { table, index: geometry.index(level, address.0) })
    }

    /// Returns where a descriptor of `level` translates, for an invalidation.
    #[must_use]
    pub const fn place(&self, address: PhysicalAddress, level: Level) -> Stage2Place {
        let address = IntermediatePhysicalAddress(address.0);
        Stage2Place { address, vmid: VMID, level, geometry: self.geometry }
    }

    /// Returns the shape of the tables.
    #[must_use]
    pub const fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// Returns the walk to the descriptor of `level` for an address in the window: the Table descriptors, and an invalid leaf
    /// that holds `output` alone; `None` for want of memory.
    pub fn path(&mut self, address: PhysicalAddress, level: Level, output: PhysicalAddress) -> Option<Path> {
        self.cell(address, level)?;
        let mut path = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: level };
        let mut at = self.geometry.start_level();
        while at < level {
            *path.at(at) = Descriptor(self.cell(address, at)?.own().load(Relaxed));
            at = at.next()?;
        }
        let kind = if level == Level::L3 { Descriptor::TABLE_OR_PAGE } else { 0 };
        *path.at(level) = Descriptor(self.geometry.encode_address(output) | kind);
        Some(path)
    }

    /// Sets stage 2 of this CPU to these tables.
    ///
    /// # Panics
    ///
    /// Where there is no resident part at EL2, if `controls` has another geometry, or if the CPU does not translate by it.
    pub fn enter(&self, controls: &Stage2Controls) {
        assert_eq!(controls.geometry, self.geometry, "the controls are for other tables");
        let registers = Registers::new(self.root, VMID, controls);
        // SAFETY: all that the kernel has mapped lies below `mapping::end()`, which is below the window, and is translated to
        // itself by leaves that grant everything; only cells of the window are given out. The tables are the case's, which
        // leaves stage 2 before they go back: by `leave`, or where it is abandoned by `Controls::reset`.
        let ended = unsafe { stage_2::set(&registers) };
        assert_eq!(ended, Ok(()), "stage 2 with {controls:?}");
    }
}
