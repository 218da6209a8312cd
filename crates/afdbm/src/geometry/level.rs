//! Lookup levels of a translation table walk.

use core::fmt;

/// A lookup level of a translation table walk (Arm ARM D8.2.5); what an entry of it spans is the
/// [`Geometry`](crate::geometry::Geometry)'s to say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i8)]
pub enum Level {
    /// Level -1: the first level of 4K granules with more than 48 bits of address (FEAT_LPA2).
    Minus1 = -1,
    /// Level 0.
    L0,
    /// Level 1.
    L1,
    /// Level 2.
    L2,
    /// Level 3: Page descriptors only.
    L3,
}

impl Level {
    /// Every level, from the widest.
    pub const ALL: [Self; 5] = [Self::Minus1, Self::L0, Self::L1, Self::L2, Self::L3];

    /// Returns the level's number, -1 to 3.
    #[inline]
    #[must_use]
    pub const fn number(self) -> i8 {
        self as i8
    }

    /// Returns the level's place in [`Level::ALL`].
    #[inline]
    #[must_use]
    pub const fn position(self) -> usize {
        (self as i8 + 1) as usize
    }

    /// Returns how many levels a walk goes on after this one: 0 for level 3.
    #[inline]
    #[must_use]
    pub const fn levels_below(self) -> u32 {
        (3 - self as i8) as u32
    }

    /// Returns the level of this number, or `None` where there is none.
    #[inline]
    #[must_use]
    pub const fn from_number(number: i8) -> Option<Self> {
        match number {
            -1 => Some(Self::Minus1),
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
    fn a_walk_ends_after_level_3() {
        assert_eq!(Level::Minus1.next(), Some(Level::L0));
        assert_eq!(Level::L2.next(), Some(Level::L3));
        assert_eq!(Level::L3.next(), None);
        assert_eq!([-2, 4].map(Level::from_number), [None, None]);
    }

    #[test]
    fn numbers_and_positions_follow_the_order() {
        for (position, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!((level.position(), Level::from_number(level.number())), (position, Some(level)));
            assert_eq!(level.levels_below() as usize, Level::ALL.len() - 1 - position);
        }
    }
}
