//! Lookup levels of the 4K granule.

use core::fmt;

/// A lookup level of a translation table walk, 4K granule without FEAT_LPA2 (Arm ARM D8.2.5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Level 0: Table descriptors only, 512 GiB each.
    L0,
    /// Level 1: Table or Block descriptors, 1 GiB each.
    L1,
    /// Level 2: Table or Block descriptors, 2 MiB each.
    L2,
    /// Level 3: Page descriptors only, 4 KiB each.
    L3,
}

impl Level {
    /// Every level, from the widest.
    pub const ALL: [Self; 4] = [Self::L0, Self::L1, Self::L2, Self::L3];

    /// Returns the level's number, 0 to 3.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Returns the level of this number, or `None` above 3.
    #[inline]
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::L0),
            1 => Some(Self::L1),
            2 => Some(Self::L2),
            3 => Some(Self::L3),
            _ => None,
        }
    }

    /// Returns the next level of the walk, or `None` after level 3.
    #[inline]
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::from_number(self.number() + 1)
    }

    /// Returns log2 of the bytes that one entry of this level spans: 39, 30, 21 or 12.
    #[inline]
    #[must_use]
    pub const fn shift(self) -> u32 {
        39 - 9 * (self as u32)
    }

    /// Returns the bytes that one entry of this level spans.
    #[inline]
    #[must_use]
    pub const fn size(self) -> u64 {
        1 << self.shift()
    }

    /// Returns the index that a walk takes in a table of this level, 0 to 511.
    #[inline]
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "nine bits are left")]
    pub const fn index(self, address: u64) -> usize {
        ((address >> self.shift()) & 0x1ff) as usize
    }

    /// Tells whether a leaf (Block at 1 and 2, Page at 3) exists at this level.
    #[inline]
    #[must_use]
    pub const fn has_leaf(self) -> bool {
        !matches!(self, Self::L0)
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "level {}", self.number())
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn spans_are_those_of_the_4k_granule() {
        assert_eq!(Level::ALL.map(Level::size), [512 << 30, 1 << 30, 2 << 20, 4096]);
    }

    #[test]
    fn index_takes_nine_bits() {
        let address = 0xffff_8123_4567_8abc;
        assert_eq!(Level::L3.index(address), 0x078);
        assert_eq!(
            Level::L2.index(address),
            (0x4567_8abc_usize >> 21 & 0x1ff) | (0x3_4567_8abc >> 21 & 0x1ff)
        );
        assert_eq!(Level::L0.index(address), 0x102);
    }

    #[test]
    fn a_walk_ends_after_level_3() {
        assert_eq!(Level::L2.next(), Some(Level::L3));
        assert_eq!(Level::L3.next(), None);
        assert_eq!(Level::from_number(4), None);
    }
}
