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
    /// The same by bits 48, 49 and 51.
    NotBit50TooLarge,
    /// To bits 48 and 50, which TCR_EL1.IPS permits: for AT alone, since there is no memory.
    EvenBits,
    /// The same for bits 48, 49 and 51: a bit that is lost, or the two halves of the field in each other's place, show in one
    /// of both.
    NotBit50,
}

impl Output {
    /// Every one, in the order of the digits.
    pub const ALL: [Self; 6] = [
        Self::Memory,
        Self::TooLarge,
        Self::EvenBitsTooLarge,
        Self::NotBit50TooLarge,
        Self::EvenBits,
        Self::NotBit50,
    ];

    /// The bits of output address beyond which bit 44 is.
    pub const NARROW: u8 = 44;

    /// Returns the bits of output address that TCR_EL1.IPS is to permit, of `usual` ones.
    #[must_use]
    pub const fn bits(self, usual: u8) -> u8 {
        match self {
            Self::Memory => usual,
            Self::TooLarge => Self::NARROW,
            Self::EvenBitsTooLarge | Self::NotBit50TooLarge => 48,
            Self::EvenBits | Self::NotBit50 => 52,
        }
    }

    /// Returns the bits of the address that lie beyond memory.
    #[must_use]
    pub const fn beyond(self) -> PhysicalAddress {
        PhysicalAddress(match self {
            Self::Memory => 0,
            Self::TooLarge => 1 << Self::NARROW,
            Self::EvenBitsTooLarge | Self::EvenBits => 0b0101 << 48,
            Self::NotBit50TooLarge | Self::NotBit50 => 0b1011 << 48,
        })
    }

    /// Tells whether the leaf may translate to where no memory is.
    #[must_use]
    pub const fn is_without_memory(self) -> bool {
        matches!(self, Self::EvenBits | Self::NotBit50)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Memory => "output in memory",
            Self::TooLarge => "output bit 44 too large",
            Self::EvenBitsTooLarge => "output bits 48 and 50 too large",
            Self::NotBit50TooLarge => "output bits 48, 49 and 51 too large",
            Self::EvenBits => "output bits 48 and 50",
            Self::NotBit50 => "output bits 48, 49 and 51",
        })
    }
}
