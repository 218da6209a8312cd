//! Ranges of physical addresses, and sorted sets of them.

use arrayvec::ArrayVec;
use core::{fmt, ops::Deref};

/// How many separate ranges a set holds.
pub const MAXIMUM_RANGES: usize = 32;

/// A range of physical addresses, its end excluded.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PhysicalRange {
    /// The first address.
    pub start: u64,
    /// The first address after the range.
    pub end: u64,
}

impl PhysicalRange {
    /// Returns the range of `size` bytes at `start`, unless it goes beyond the 64-bit space.
    #[must_use]
    pub const fn new(start: u64, size: u64) -> Option<Self> {
        match start.checked_add(size) {
            Some(end) => Some(Self { start, end }),
            None => None,
        }
    }

    /// Returns the range of `size` bytes at `start`, cut at the end of the 64-bit space.
    #[must_use]
    pub const fn saturating(start: u64, size: u64) -> Self {
        Self { start, end: start.saturating_add(size) }
    }

    /// Returns the size in bytes.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Tells whether the range has no address.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.size() == 0
    }

    /// Tells whether `address` lies in the range.
    #[must_use]
    pub const fn contains(self, address: u64) -> bool {
        self.start <= address && address < self.end
    }

    /// Tells whether the two ranges share an address or lie side by side.
    const fn touches(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

impl fmt::Display for PhysicalRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#018x}..{:#018x}", self.start, self.end)
    }
}

impl fmt::Debug for PhysicalRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A set has no room for another separate range: it holds [`MAXIMUM_RANGES`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooManyRanges;

/// A set of physical addresses: disjoint ranges in rising order, none side by side.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PhysicalRanges(ArrayVec<PhysicalRange, MAXIMUM_RANGES>);

impl PhysicalRanges {
    /// Adds every address of `range`.
    ///
    /// # Errors
    ///
    /// [`TooManyRanges`] if that needs one range too many; the set is then without `range` and without the
    /// ranges that touch it.
    pub fn add(&mut self, range: PhysicalRange) -> Result<(), TooManyRanges> {
        if range.is_empty() {
            return Ok(());
        }
        let mut union = range;
        self.0.retain(|held| {
            let apart = !held.touches(union);
            if !apart {
                union.start = union.start.min(held.start);
                union.end = union.end.max(held.end);
            }
            apart
        });
        let place = self.0.iter().position(|held| held.start > union.start).unwrap_or(self.0.len());
        self.0.try_insert(place, union).map_err(|_| TooManyRanges)
    }

    /// Removes every address of `range`.
    ///
    /// # Errors
    ///
    /// [`TooManyRanges`] if that splits a range and there is no room for both halves; the set is unchanged.
    pub fn remove(&mut self, range: PhysicalRange) -> Result<(), TooManyRanges> {
        if range.is_empty() {
            return Ok(());
        }
        let mut left = ArrayVec::new();
        for held in &self.0 {
            let below = PhysicalRange { start: held.start, end: held.end.min(range.start) };
            let above = PhysicalRange { start: held.start.max(range.end), end: held.end };
            for part in [below, above] {
                if !part.is_empty() {
                    left.try_push(part).map_err(|_| TooManyRanges)?;
                }
            }
        }
        self.0 = left;
        Ok(())
    }

    /// Returns how many bytes the set has.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().map(|range| range.size()).sum()
    }
}

impl Deref for PhysicalRanges {
    type Target = [PhysicalRange];

    fn deref(&self) -> &[PhysicalRange] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM_RANGES, PhysicalRange, PhysicalRanges, TooManyRanges};
    extern crate std;
    use std::vec::Vec;

    fn range(start: u64, end: u64) -> PhysicalRange {
        PhysicalRange { start, end }
    }

    fn set(ranges: &[(u64, u64)]) -> PhysicalRanges {
        let mut set = PhysicalRanges::default();
        for (start, end) in ranges {
            set.add(range(*start, *end)).unwrap();
        }
        set
    }

    fn pairs(set: &PhysicalRanges) -> Vec<(u64, u64)> {
        set.iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn merges_what_touches_and_sorts_the_rest() {
        assert_eq!(pairs(&set(&[(50, 60), (10, 20), (30, 40)])), [(10, 20), (30, 40), (50, 60)]);
        assert_eq!(pairs(&set(&[(50, 60), (10, 20), (30, 40), (20, 30)])), [(10, 40), (50, 60)]);
        assert_eq!(pairs(&set(&[(10, 20), (30, 40), (50, 60), (0, 55), (70, 70)])), [(0, 60)]);
    }

    #[test]
    fn removes_a_middle_an_edge_and_a_whole() {
        let mut memory = set(&[(10, 40), (50, 60), (70, 80)]);
        memory.remove(range(20, 30)).unwrap();
        memory.remove(range(55, 75)).unwrap();
        memory.remove(range(30, 40)).unwrap();
        assert_eq!(pairs(&memory), [(10, 20), (50, 55), (75, 80)]);
        assert_eq!(memory.total(), 20);
        memory.remove(range(15, 15)).unwrap();
        assert_eq!(pairs(&memory), [(10, 20), (50, 55), (75, 80)]);
    }

    #[test]
    fn refuses_one_range_too_many() {
        let mut memory = set(&[]);
        for index in 0..MAXIMUM_RANGES as u64 {
            memory.add(range(index * 10, index * 10 + 5)).unwrap();
        }
        assert_eq!(memory.add(range(1000, 1001)), Err(TooManyRanges));
        assert_eq!(memory.remove(range(1, 2)), Err(TooManyRanges));
        assert_eq!(memory.len(), MAXIMUM_RANGES);
    }

    #[test]
    fn knows_the_end_of_the_address_space() {
        assert_eq!(PhysicalRange::new(u64::MAX - 1, 2), None);
        assert_eq!(PhysicalRange::saturating(u64::MAX - 1, 2).size(), 1);
        assert!(range(10, 20).contains(10) && !range(10, 20).contains(20));
    }
}
