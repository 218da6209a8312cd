//! The bits of the leaves of stage 2 that vary.

use crate::product::Values;
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;

/// What varies of either leaf: valid, AF, S2AP\[0\], S2AP\[1\], DBM, then XN\[0\] and XN\[1\].
const BITS: [u64; 7] = [
    Descriptor::VALID,
    Descriptor::AF,
    Descriptor::S2AP0,
    Stage::Two.dirty_bit().mask(),
    Descriptor::DBM,
    Descriptor::PXN,
    Descriptor::UXN,
];

const fn bits(leaf: u8) -> u64 {
    let (mut bits, mut place) = (0, 0);
    while place < BITS.len() {
        if leaf >> place & 1 != 0 {
            bits |= BITS[place];
        }
        place += 1;
    }
    bits
}

/// The leaf of stage 2 for a page of stage 1's tables, a digit of 32: bit 0 valid, then AF, S2AP\[0\], S2AP\[1\], DBM.
pub type TableLeaf = Leaf<5>;

/// The leaf of stage 2 for the data, a digit of 128: as [`TableLeaf`], then XN\[0\] and XN\[1\].
pub type DataLeaf = Leaf<7>;

/// A leaf of stage 2 of which so many bits vary.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Leaf<const VARIED: usize>(pub u8);

impl<const VARIED: usize> Values for Leaf<VARIED> {
    const COUNT: u16 = 1 << VARIED;

    fn digit(self) -> u16 {
        self.0.into()
    }

    fn at(digit: u16) -> Self {
        assert!(digit < Self::COUNT, "no such digit: {digit}");
        Self(digit.to_le_bytes()[0])
    }
}

impl<const VARIED: usize> Leaf<VARIED> {
    /// Refuses nothing but what XN says, and is dirty: valid, young, readable and writable.
    pub const OPEN: Self = Self(0b1111);

    /// Returns the bits in their places of the descriptor.
    #[must_use]
    pub const fn bits(self) -> u64 {
        bits(self.0)
    }

    /// Tells whether it refuses loads, stores and walks nothing, and has nothing to be marked.
    #[must_use]
    pub const fn is_open(self) -> bool {
        self.0 & Self::OPEN.0 == Self::OPEN.0
    }

    /// Returns the leaf valid, and with permission to read.
    pub(super) const fn readable(self) -> Self {
        Self(self.0 | 0b101)
    }
}

impl DataLeaf {
    /// Tells whether XN\[1\] is set.
    pub(super) const fn has_upper_execute_never(self) -> bool {
        self.bits() & Descriptor::UXN != 0
    }

    /// Tells whether XN says of EL0 and EL1 different things, which takes FEAT_XNX: XN\[0\] is set.
    #[must_use]
    pub const fn executes_by_level(self) -> bool {
        self.bits() & Descriptor::PXN != 0
    }
}
