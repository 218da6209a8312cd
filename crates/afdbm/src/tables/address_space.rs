//! One tree of tables: making it, adding to it, walking it.

use crate::address::{Asid, PhysicalAddress, VirtualAddress};
use crate::descriptor::{Decoded, Descriptor, LeafAttributes, Level, TableAttributes};
use crate::operations::Place;
use crate::tables::{Frames, InputRange, Leaf, TableError, Walk, WalkStep};
use core::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// A leaf to be mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mapping {
    /// The first address, aligned to the level's size.
    pub address: VirtualAddress,
    /// The output address, aligned to the level's size.
    pub output: PhysicalAddress,
    /// 1 and 2 for a Block, 3 for a Page.
    pub level: Level,
    /// The leaf's attributes.
    pub attributes: LeafAttributes,
    /// The attributes of every Table descriptor on the path.
    pub tables: TableAttributes,
}

/// The tables behind one table base register, any mixture of pages and blocks.
///
/// Mapping is for one CPU at a time (the page-table lock); walking, and changing leaves by the
/// [operations](crate::operations), is not limited so.
#[derive(Debug)]
pub struct AddressSpace<F> {
    pub(super) frames: F,
    root: PhysicalAddress,
    input: InputRange,
    asid: Option<Asid>,
}

impl<F: Frames> AddressSpace<F> {
    /// Makes an empty tree for `input`; `asid` is what its invalidations name, `None` for every address space.
    ///
    /// # Errors
    ///
    /// [`TableError::OutOfFrames`].
    pub fn new(frames: F, input: InputRange, asid: Option<Asid>) -> Result<Self, TableError> {
        let root = frames.allocate().ok_or(TableError::OutOfFrames)?;
        Ok(Self { frames, root, input, asid })
    }

    /// Takes over the tree whose first table is `root`, made elsewhere: by boot code, say.
    pub const fn adopt(frames: F, root: PhysicalAddress, input: InputRange, asid: Option<Asid>) -> Self {
        Self { frames, root, input, asid }
    }

    /// Returns the memory that the tables come from.
    pub const fn frames(&self) -> &F {
        &self.frames
    }

    /// Returns the first table: the address for TTBRn_EL1.
    pub const fn root(&self) -> PhysicalAddress {
        self.root
    }

    /// Returns the input addresses.
    pub const fn input(&self) -> InputRange {
        self.input
    }

    /// Returns the address space identifier.
    pub const fn asid(&self) -> Option<Asid> {
        self.asid
    }

    /// Returns the place of `address` at `level`.
    pub const fn place(&self, address: VirtualAddress, level: Level) -> Place {
        Place { address: address.align_down(level.size()), asid: self.asid, level }
    }

    /// Finds the cell for `address` in the table of `level` at `table`.
    fn cell(
        &self,
        table: PhysicalAddress,
        level: Level,
        address: VirtualAddress,
    ) -> Result<(PhysicalAddress, &AtomicU64), TableError> {
        let index = self.input.index(level, address);
        let cell = self.frames.table(table).ok_or(TableError::ForeignTable(table))?.cell(index);
        Ok((table.offset(8 * index as u64), cell))
    }

    /// Maps a page or block, making the tables that are missing on the way. Nothing has to be invalidated, since an
    /// invalid descriptor is never cached; the caller executes DSB ISHST and, for its own use, an ISB.
    ///
    /// # Errors
    ///
    /// [`TableError`], for an address that is out of range, misaligned or mapped already, for a table on the path
    /// that has other attributes, and for want of memory.
    pub fn map(&self, mapping: &Mapping) -> Result<Leaf<'_>, TableError> {
        let Mapping { address, output, level, attributes, tables } = *mapping;
        if !level.has_leaf() || level < self.input.start_level() {
            return Err(TableError::NoLeafAt(level));
        }
        if !self.input.contains(address) {
            return Err(TableError::OutOfRange(address));
        }
        if !address.is_aligned(level.size()) {
            return Err(TableError::MisalignedInput(address, level));
        }
        if output.0 & !(Descriptor::ADDRESS & !(level.size() - 1)) != 0 {
            return Err(TableError::MisalignedOutput(output, level));
        }
        let mut table = self.root;
        let mut at = self.input.start_level();
        while at < level {
            table = self.next_table(table, at, address, tables)?;
            at = at.next().ok_or(TableError::NoLeafAt(level))?;
        }
        let (cell_address, cell) = self.cell(table, level, address)?;
        let found = Descriptor(cell.load(Relaxed));
        if found.is_valid() {
            return Err(TableError::AlreadyMapped(address, level, found));
        }
        // Release: a walk that finds the leaf finds the output's contents (dependency, Arm ARM B2.3).
        cell.store(Descriptor::leaf(level, output, attributes).0, Release);
        Ok(Leaf { cell, cell_address, place: self.place(address, level) })
    }

    /// Returns the table below `table` on the path to `address`, made where it is missing.
    fn next_table(
        &self,
        table: PhysicalAddress,
        level: Level,
        address: VirtualAddress,
        wanted: TableAttributes,
    ) -> Result<PhysicalAddress, TableError> {
        let (_, cell) = self.cell(table, level, address)?;
        let found = Descriptor(cell.load(Relaxed));
        match found.decode(level) {
            Decoded::Table { next, attributes } if attributes == wanted => Ok(next),
            Decoded::Table { attributes, .. } => {
                Err(TableError::OtherTableAttributes(address, level, attributes))
            }
            Decoded::Leaf { .. } => Err(TableError::AlreadyMapped(address, level, found)),
            Decoded::Invalid if found.is_valid() => Err(TableError::AlreadyMapped(address, level, found)),
            Decoded::Invalid => {
                let next = self.frames.allocate().ok_or(TableError::OutOfFrames)?;
                // Release: the new table's zeroes come before the descriptor that leads to them.
                cell.store(Descriptor::table(next, wanted).0, Release);
                Ok(next)
            }
        }
    }

    /// Walks to `address` as hardware does, reading each level once.
    ///
    /// # Errors
    ///
    /// [`TableError::OutOfRange`], and [`TableError::ForeignTable`] for a Table descriptor that leads out of this
    /// memory.
    pub fn walk(&self, address: VirtualAddress) -> Result<Walk<'_>, TableError> {
        if !self.input.contains(address) {
            return Err(TableError::OutOfRange(address));
        }
        let mut walk = Walk::new();
        let mut table = self.root;
        let mut next_level = Some(self.input.start_level());
        while let Some(level) = next_level {
            let (cell_address, cell) = self.cell(table, level, address)?;
            let step = WalkStep { level, cell_address, cell, descriptor: Descriptor(cell.load(Acquire)) };
            walk.push(step);
            let Decoded::Table { next, .. } = step.decode() else { break };
            table = next;
            next_level = level.next();
        }
        Ok(walk)
    }

    /// Returns the live leaf that translates `address`.
    ///
    /// # Errors
    ///
    /// As [`AddressSpace::walk`], and [`TableError::NotMapped`] where the walk ends without a valid leaf.
    pub fn leaf(&self, address: VirtualAddress) -> Result<Leaf<'_>, TableError> {
        let walk = self.walk(address)?;
        let last = walk.last().ok_or(TableError::OutOfRange(address))?;
        match last.decode() {
            Decoded::Leaf { .. } => Ok(Leaf {
                cell: last.cell,
                cell_address: last.cell_address,
                place: self.place(address, last.level),
            }),
            Decoded::Table { .. } | Decoded::Invalid => {
                Err(TableError::NotMapped(address, last.level, last.descriptor))
            }
        }
    }
}
