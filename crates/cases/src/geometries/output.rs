//! The output address of the leaf.

use afdbm::address::PhysicalAddress;
use core::fmt;

/// Where a leaf leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Output {
    /// To memory of the case.
    Memory,
    /// Beyond TCR_EL1.IPS of [`Output::NARROW`] bits, to bit 44.
    TooLarge,
    /// Beyond TCR_EL1.IPS of 48 bits, by bits 48 and 50 of an address of 52 bits.
    EvenBitsTooLarge,
    /// The same by bits 49 and 51.
    OddBitsTooLarge,
    /// To bits 48 and 50, which TCR_EL1.IPS permits: for AT alone, since there is no memory.
    EvenBits,
    /// The same for bits 49 and 51.
    OddBits,
}

impl Output {
    /// Every one, in the order of the digits.
    pub const ALL: [Self; 6] = [
        Self::Memory,
        Self::TooLarge,
        Self::EvenBitsTooLarge,
        Self::OddBitsTooLarge,
        Self::EvenBits,
        Self::OddBits,
    ];

    /// The bits of output address beyond which bit 44 is.
    pub const NARROW: u8 = 44;

    /// Returns the bits of output address that TCR_EL1.IPS is to permit, of `usual` ones.
    #[must_use]
    pub const fn bits(self, usual: u8) -> u8 {
        match self {
            Self::Memory => usual,
            Self::TooLarge => Self::NARROW,
            Self::EvenBitsTooLarge | Self::OddBitsTooLarge => 48,
            Self::EvenBits | Self::OddBits => 52,
        }
    }

    /// Returns the bits of the address that lie beyond memory.
    #[must_use]
    pub const fn beyond(self) -> PhysicalAddress {
        PhysicalAddress(match self {
            Self::Memory => 0,
            Self::TooLarge => 1 << Self::NARROW,
            Self::EvenBitsTooLarge | Self::EvenBits => 0b0101 << 48,
            Self::OddBitsTooLarge | Self::OddBits => 0b1010 << 48,
        })
    }

    /// Tells whether the leaf may translate to where no memory is.
    #[must_use]
    pub const fn is_without_memory(self) -> bool {
        matches!(self, Self::EvenBits | Self::OddBits)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Memory => "output in memory",
            Self::TooLarge => "output bit 44 too large",
            Self::EvenBitsTooLarge => "output bits 48 and 50 too large",
            Self::OddBitsTooLarge => "output bits 49 and 51 too large",
            Self::EvenBits => "output bits 48 and 50",
            Self::OddBits => "output bits 49 and 51",
        })
    }
}
