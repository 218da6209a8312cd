//! The input addresses that a table base register serves.

use crate::address::VirtualAddress;
use crate::descriptor::Level;

/// Which of the two ranges of the EL1&0 regime, that is, which table base register (Arm ARM D8.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Range {
    /// TTBR0_EL1: the upper bits are zero.
    Lower,
    /// TTBR1_EL1: the upper bits are one.
    Upper,
}

/// A range and its size: the input addresses of one tree of tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InputRange {
    range: Range,
    bits: u32,
}

impl InputRange {
    /// The sizes of the 4K granule without FEAT_LPA2 and FEAT_TTST, as TnSZ: 16 to 39 (Arm ARM D8.2.5).
    pub const SIZES: core::ops::RangeInclusive<u32> = 16..=39;

    /// Makes the range of `size` = TCR_EL1.TnSZ, or `None` outside of [`InputRange::SIZES`].
    #[must_use]
    pub const fn new(range: Range, size: u32) -> Option<Self> {
        if size < *Self::SIZES.start() || size > *Self::SIZES.end() {
            return None;
        }
        Some(Self { range, bits: 64 - size })
    }

    /// Returns which range.
    #[must_use]
    pub const fn range(self) -> Range {
        self.range
    }

    /// Returns TCR_EL1.TnSZ.
    #[must_use]
    pub const fn size(self) -> u32 {
        64 - self.bits
    }

    /// Returns the level at which a walk starts: 0 for 40 to 48 bits of address, 1 for 31 to 39, 2 for 25 to 30
    /// (Arm ARM D8.2.5, 4K granule).
    #[must_use]
    pub const fn start_level(self) -> Level {
        match self.bits {
            40.. => Level::L0,
            31..=39 => Level::L1,
            _ => Level::L2,
        }
    }

    /// Tells whether the range holds `address`. No tag byte is ignored (TBI=0).
    #[must_use]
    pub const fn contains(self, address: VirtualAddress) -> bool {
        let upper = address.0 >> self.bits;
        match self.range {
            Range::Lower => upper == 0,
            Range::Upper => upper == u64::MAX >> self.bits,
        }
    }

    /// Returns the index that a walk takes in its table of `level`. The table of the first level may have fewer
    /// than 512 entries, and the bits above the range are not part of its index.
    #[must_use]
    pub const fn index(self, level: Level, address: VirtualAddress) -> usize {
        level.index(address.0 & ((1 << self.bits) - 1))
    }
}
