//! One tree of tables: making it, adding to it, walking it.

use crate::address::{Asid, PhysicalAddress, VirtualAddress};
use crate::descriptor::{Decoded, Descriptor, LeafAttributes, TableAttributes};
use crate::geometry::{Geometry, Level};
use crate::invalidation::Place;
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
    /// 3 for a Page, another that has a leaf for a Block.
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

    /// Returns the first table: the address for TTBRn_ELx.
    pub const fn root(&self) -> PhysicalAddress {
        self.root
    }

    /// Returns the input addresses.
    pub const fn input(&self) -> InputRange {
        self.input
    }

    /// Returns the shape of the tables.
    pub const fn geometry(&self) -> Geometry {
        self.input.translation.geometry
    }

    /// Returns the address space identifier.
    pub const fn asid(&self) -> Option<Asid> {
        self.asid
    }

    /// Returns the place of `address` at `level`.
    pub const fn place(&self, address: VirtualAddress, level: Level) -> Place {
        let address = address.align_down(self.geometry().size(level));
        Place { address, asid: self.asid, level, translation: self.input.translation }
    }

    /// Finds the cell for `address` in the table of `level` at `table`.
    fn cell(
        &self,
        table: PhysicalAddress,
        level: Level,
        address: VirtualAddress,
    ) -> Result<(PhysicalAddress, &AtomicU64), TableError> {
        let index = self.geometry().index(level, address.0);
        let cells = self.frames.table(table).ok_or(TableError::ForeignTable(table))?;
        let cell = cells.get(index).ok_or(TableError::ForeignTable(table))?;
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
        let geometry = self.geometry();
        if !geometry.has_leaf(level) || level < geometry.start_level() {
            return Err(TableError::NoLeafAt(level));
        }
        if !self.input.contains(address) {
            return Err(TableError::OutOfRange(address));
        }
        if !address.is_aligned(geometry.size(level)) {
            return Err(TableError::MisalignedInput(address, level));
        }
        if !geometry.is_output(level, output) {
            return Err(TableError::MisalignedOutput(output, level));
        }
        let mut table = self.root;
        let mut at = geometry.start_level();
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
        cell.store(Descriptor::leaf(geometry, level, output, attributes).0, Release);
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
        match found.decode(self.geometry(), level) {
            Decoded::Table { next } => match TableAttributes::from_descriptor(found) {
                attributes if attributes == wanted => Ok(next),
                other => Err(TableError::OtherTableAttributes(address, level, other)),
            },
            Decoded::Leaf { .. } => Err(TableError::AlreadyMapped(address, level, found)),
            Decoded::Invalid if found.is_valid() => Err(TableError::AlreadyMapped(address, level, found)),
            Decoded::Invalid => {
                let next = self.frames.allocate().ok_or(TableError::OutOfFrames)?;
                // Release: the new table's zeroes come before the descriptor that leads to them.
                cell.store(Descriptor::table(self.geometry(), next, wanted).0, Release);
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
        let geometry = self.geometry();
        let mut next_level = Some(geometry.start_level());
        while let Some(level) = next_level {
            let (cell_address, cell) = self.cell(table, level, address)?;
            let descriptor = Descriptor(cell.load(Acquire));
            let decoded = descriptor.decode(geometry, level);
            walk.push(WalkStep { level, cell_address, cell, descriptor, decoded });
            let Decoded::Table { next } = decoded else { break };
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
        match last.decoded {
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
