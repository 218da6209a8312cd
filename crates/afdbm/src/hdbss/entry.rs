//! One entry of the structure.

use crate::address::IntermediatePhysicalAddress;
use crate::geometry::{Geometry, Level};
use core::fmt;

/// An entry as it stands in memory, eight bytes (Arm ARM R_BWVKS, table D8-93).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Entry(pub u64);

/// What became dirty: one Block or Page of stage 2.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Dirtied {
    /// The first address that the descriptor translates.
    pub address: IntermediatePhysicalAddress,
    /// The level of the descriptor (TTWL).
    pub level: Level,
    /// In Secure state, the address is of the Non-secure space (NSIPA).
    pub non_secure: bool,
}

/// Why a valid entry makes no sense; what became dirty is then unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryError {
    /// TTWL names a level that has no Block and no Page.
    Level(Entry),
    /// The address is not a multiple of what a descriptor of the level spans.
    Misaligned(Entry),
}

impl fmt::Display for EntryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(entry) => write!(formatter, "entry {:#018x} names a level without leaves", entry.0),
            Self::Misaligned(entry) => {
                write!(formatter, "entry {:#018x} has an address within a leaf of its level", entry.0)
            }
        }
    }
}

impl core::error::Error for EntryError {}

impl Entry {
    /// Bit 0: the entry is valid.
    const VALID: u64 = 1 << 0;
    /// Bits 3:1, TTWL: the level, a signed number.
    const LEVEL: u32 = 1;
    /// Bit 11, NSIPA.
    const NON_SECURE: u64 = 1 << 11;
    /// Bits 55:12, the address.
    const ADDRESS: u64 = (1 << 56) - (1 << 12);

    /// Decodes the entry, for tables of this shape; `None` where it is not valid.
    ///
    /// # Errors
    ///
    /// [`EntryError`], where the entry is valid and fits no leaf.
    pub const fn decode(self, geometry: Geometry) -> Result<Option<Dirtied>, EntryError> {
        if self.0 & Self::VALID == 0 {
            return Ok(None);
        }
        // A negative level comes out above 3, where no level is: none of them has a leaf.
        let level = match Level::from_number((self.0 >> Self::LEVEL & 0b111) as i8) {
            Some(level) if geometry.has_leaf(level) => level,
            _ => return Err(EntryError::Level(self)),
        };
        let address = IntermediatePhysicalAddress(self.0 & Self::ADDRESS);
        if !address.is_aligned(geometry.size(level)) {
            return Err(EntryError::Misaligned(self));
        }
        Ok(Some(Dirtied { address, level, non_secure: self.0 & Self::NON_SECURE != 0 }))
    }
}
