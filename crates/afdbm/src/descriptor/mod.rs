//! VMSAv8-64 descriptors: the bits, once.
//!
//! [`Descriptor`] is the raw word. Code above it asks for a [`Decoded`] view or for one of the named
//! properties (`is_dirty`, `is_writable_clean`, ...), and never tests a bit by number. Layout: Arm ARM
//! D8.3.1 (Table, Block and Page descriptor formats) and D8.4 (permissions). Where addresses stand is the
//! [`Geometry`]'s to say, and which bit records a write the [`Stage`]'s.

mod attributes;
mod show;
mod stage_2;
mod state;

pub use crate::geometry::Level;
pub use attributes::{AccessPermission, LeafAttributes, MemoryType, Shareability, TableAttributes};
pub use show::Difference;
pub use stage_2::Stage2Attributes;

use crate::address::PhysicalAddress;
use crate::geometry::Geometry;
use crate::stage::Stage;

/// One 64-bit translation table entry as it stands in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Descriptor(pub u64);

/// What a descriptor says at a given level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoded {
    /// Bit 0 is clear, or the encoding is reserved at this level: a walk takes a Translation fault
    /// (Arm ARM R_DYNYQ). The other bits belong to software.
    Invalid,
    /// Points to a table of the next level.
    Table {
        /// The next-level table.
        next: PhysicalAddress,
    },
    /// A Block, or at level 3 a Page.
    Leaf {
        /// The output address, aligned to what the level spans.
        output: PhysicalAddress,
    },
}

impl Descriptor {
    /// The descriptor of all zeroes, invalid.
    pub const INVALID: Self = Self(0);
    /// Bit 0: the descriptor is valid.
    pub const VALID: u64 = 1 << 0;
    /// Bit 1: Table above level 3, Page at level 3; 0 is a Block where the level has one.
    pub const TABLE_OR_PAGE: u64 = 1 << 1;
    /// Bits 4:2: index into MAIR_EL1.
    pub const ATTRIBUTE_INDEX: u64 = 0b111 << 2;
    /// Bit 6, AP\[1\]: accessible from EL0.
    pub const AP1: u64 = 1 << 6;
    /// Bit 6 in stage 2, S2AP\[0\]: reads are permitted.
    pub const S2AP0: u64 = 1 << 6;
    /// Bits 9:8: shareability.
    pub const SHAREABILITY: u64 = 0b11 << 8;
    /// Bit 10: the Access flag.
    pub const AF: u64 = Stage::ACCESS_FLAG;
    /// Bit 11: not global; the translation is tagged with the ASID.
    pub const NG: u64 = 1 << 11;
    /// Bit 51: the Dirty Bit Modifier (W: an operating system uses it as "software may write").
    pub const DBM: u64 = 1 << 51;
    /// Bit 52: one of a contiguous group.
    pub const CONTIGUOUS: u64 = 1 << 52;
    /// Bit 53: not executable at EL1.
    pub const PXN: u64 = 1 << 53;
    /// Bit 54: not executable at EL0.
    pub const UXN: u64 = 1 << 54;
    /// Bit 55, for software: the software dirty bit (D), where Linux keeps it.
    pub const SOFTWARE_DIRTY: u64 = 1 << 55;
    /// Bits 58:55: for software in a Block or Page descriptor.
    pub const SOFTWARE: u64 = 0b1111 << 55;
    /// Bit 59 of a Table descriptor, PXNTable.
    pub const PXN_TABLE: u64 = 1 << 59;
    /// Bit 60 of a Table descriptor, UXNTable (XNTable).
    pub const UXN_TABLE: u64 = 1 << 60;
    /// Bit 61 of a Table descriptor, APTable\[0\]: nothing below is accessible from EL0.
    pub const AP_TABLE_NO_EL0: u64 = 1 << 61;
    /// Bit 62 of a Table descriptor, APTable\[1\]: nothing below is writable.
    pub const AP_TABLE_READ_ONLY: u64 = 1 << 62;

    /// Decodes the descriptor as a walk at `level` does.
    #[inline]
    #[must_use]
    pub const fn decode(self, geometry: Geometry, level: Level) -> Decoded {
        let table_or_page = self.has(Self::TABLE_OR_PAGE);
        let is_page = matches!(level, Level::L3);
        if !self.has(Self::VALID) {
            Decoded::Invalid
        } else if table_or_page && !is_page {
            Decoded::Table { next: geometry.table_address(self.0) }
        } else if table_or_page == is_page && geometry.has_leaf(level) {
            Decoded::Leaf { output: geometry.output_address(level, self.0) }
        } else {
            Decoded::Invalid
        }
    }

    /// Makes a Table descriptor that points to `next`.
    #[inline]
    #[must_use]
    pub const fn table(geometry: Geometry, next: PhysicalAddress, attributes: TableAttributes) -> Self {
        Self(geometry.encode_address(next) | attributes.bits() | Self::TABLE_OR_PAGE | Self::VALID)
    }

    /// Makes a Block descriptor, or at level 3 a Page descriptor.
    ///
    /// Low bits of `output` that the level does not hold are dropped; a level that has no leaf gives
    /// [`Descriptor::INVALID`]. Where the address takes the place of the shareability, that is dropped.
    #[inline]
    #[must_use]
    pub const fn leaf(
        geometry: Geometry,
        level: Level,
        output: PhysicalAddress,
        attributes: LeafAttributes,
    ) -> Self {
        if !geometry.has_leaf(level) {
            return Self::INVALID;
        }
        let page = if matches!(level, Level::L3) { Self::TABLE_OR_PAGE } else { 0 };
        let address = geometry.encode_address(output.align_down(geometry.size(level)));
        Self(attributes.bits() & !geometry.address_field() | address | page | Self::VALID)
    }

    /// Returns the output address of a leaf at `level`.
    #[inline]
    #[must_use]
    pub const fn output(self, geometry: Geometry, level: Level) -> PhysicalAddress {
        geometry.output_address(level, self.0)
    }

    /// Returns the descriptor with `output` as its output address or next table, and all else as it is.
    #[inline]
    #[must_use]
    pub const fn with_address(self, geometry: Geometry, output: PhysicalAddress) -> Self {
        Self(self.0 & !geometry.address_field() | geometry.encode_address(output))
    }

    /// Returns the descriptor with the bits of `mask` set.
    #[inline]
    #[must_use]
    pub const fn with(self, mask: u64) -> Self {
        Self(self.0 | mask)
    }

    /// Returns the descriptor with the bits of `mask` clear.
    #[inline]
    #[must_use]
    pub const fn without(self, mask: u64) -> Self {
        Self(self.0 & !mask)
    }

    /// Tells whether every bit of `mask` is set.
    #[inline]
    #[must_use]
    pub const fn has(self, mask: u64) -> bool {
        self.0 & mask == mask
    }
}

#[cfg(test)]
mod tests;
