//! Stage 1 VMSAv8-64 descriptors of the 4K granule: the bits, once.
//!
//! [`Descriptor`] is the raw word. Code above it asks for a [`Decoded`] view or for one of the named
//! properties (`is_dirty`, `is_writable_clean`, ...), and never tests a bit by number. Layout: Arm ARM
//! D8.3.1 (Table, Block and Page descriptor formats) and D8.4 (permissions).

mod attributes;
mod level;
mod show;
mod state;

pub use attributes::{AccessPermission, LeafAttributes, MemoryType, Shareability, TableAttributes};
pub use level::Level;
pub use show::Difference;

use crate::address::PhysicalAddress;

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
        /// The next-level table, 4 KiB aligned.
        next: PhysicalAddress,
        /// Restrictions on all that lies below.
        attributes: TableAttributes,
    },
    /// A Block (level 1 or 2) or a Page (level 3).
    Leaf {
        /// The output address, aligned to the level's size.
        output: PhysicalAddress,
        /// Permissions, memory type and flags.
        attributes: LeafAttributes,
    },
}

impl Descriptor {
    /// The descriptor of all zeroes, invalid.
    pub const INVALID: Self = Self(0);
    /// Bit 0: the descriptor is valid.
    pub const VALID: u64 = 1 << 0;
    /// Bit 1: Table at levels 0 to 2, Page at level 3; 0 is a Block at levels 1 and 2.
    pub const TABLE_OR_PAGE: u64 = 1 << 1;
    /// Bits 4:2: index into MAIR_EL1.
    pub const ATTRIBUTE_INDEX: u64 = 0b111 << 2;
    /// Bit 6, AP\[1\]: accessible from EL0.
    pub const AP1: u64 = 1 << 6;
    /// Bit 7, AP\[2\]: read-only (RO). With DBM and hardware management, 1 is clean and 0 is dirty.
    pub const AP2: u64 = 1 << 7;
    /// Bits 9:8: shareability.
    pub const SHAREABILITY: u64 = 0b11 << 8;
    /// Bit 10: the Access flag.
    pub const AF: u64 = 1 << 10;
    /// Bit 11: not global; the translation is tagged with the ASID.
    pub const NG: u64 = 1 << 11;
    /// Bits 47:12: the output address or the next table, 48-bit addresses.
    pub const ADDRESS: u64 = 0x0000_ffff_ffff_f000;
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
    /// The bits that hardware may change in a Block or Page descriptor: AF and AP\[2\], no other
    /// (row C06; Arm ARM R_LFTXR, R_PQJJR).
    pub const HARDWARE_MANAGED: u64 = Self::AF | Self::AP2;

    /// Decodes the descriptor as a walk at `level` does.
    #[inline]
    #[must_use]
    pub const fn decode(self, level: Level) -> Decoded {
        let table_or_page = self.0 & Self::TABLE_OR_PAGE != 0;
        match (self.0 & Self::VALID != 0, level, table_or_page) {
            (false, _, _) | (true, Level::L0 | Level::L3, false) => Decoded::Invalid,
            (true, Level::L0 | Level::L1 | Level::L2, true) => Decoded::Table {
                next: PhysicalAddress(self.0 & Self::ADDRESS),
                attributes: TableAttributes::from_descriptor(self),
            },
            (true, Level::L1 | Level::L2, false) | (true, Level::L3, true) => Decoded::Leaf {
                output: self.output(level),
                attributes: LeafAttributes::from_descriptor(self),
            },
        }
    }

    /// Makes a Table descriptor that points to `next`.
    #[inline]
    #[must_use]
    pub const fn table(next: PhysicalAddress, attributes: TableAttributes) -> Self {
        Self((next.0 & Self::ADDRESS) | attributes.bits() | Self::TABLE_OR_PAGE | Self::VALID)
    }

    /// Makes a Block (levels 1 and 2) or Page (level 3) descriptor.
    ///
    /// Low bits of `output` that the level does not hold are dropped; level 0 has no leaf, and gives
    /// [`Descriptor::INVALID`].
    #[inline]
    #[must_use]
    pub const fn leaf(level: Level, output: PhysicalAddress, attributes: LeafAttributes) -> Self {
        let kind = match level {
            Level::L0 => return Self::INVALID,
            Level::L1 | Level::L2 => Self::VALID,
            Level::L3 => Self::VALID | Self::TABLE_OR_PAGE,
        };
        Self((output.0 & Self::ADDRESS & !(level.size() - 1)) | attributes.bits() | kind)
    }

    /// Returns the output address of a leaf at `level`.
    #[inline]
    #[must_use]
    pub const fn output(self, level: Level) -> PhysicalAddress {
        PhysicalAddress(self.0 & Self::ADDRESS & !(level.size() - 1))
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
