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

/// A set of physical addresses: disjoint ranges in rising order, none side by side.
///
/// Of more than [`MAXIMUM_RANGES`] ranges the smallest is left out: memory that nobody uses does no harm.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PhysicalRanges {
    held: ArrayVec<PhysicalRange, MAXIMUM_RANGES>,
    left_out: u64,
}

/// The ranges of a set and one more, before the smallest is left out.
type OneMore = ArrayVec<PhysicalRange, { MAXIMUM_RANGES + 1 }>;

impl PhysicalRanges {
    /// Adds every address of `range`.
    pub fn add(&mut self, range: PhysicalRange) {
        if range.is_empty() {
            return;
        }
        let mut union = range;
        self.held.retain(|held| {
            let apart = !held.touches(union);
            if !apart {
                union.start = union.start.min(held.start);
                union.end = union.end.max(held.end);
            }
            apart
        });
        let mut ranges: OneMore = self.held.iter().copied().collect();
        let place = ranges.iter().position(|held| held.start > union.start).unwrap_or(ranges.len());
        ranges.insert(place, union);
        self.hold(ranges);
    }

    /// Removes every address of `range`.
    pub fn remove(&mut self, range: PhysicalRange) {
        if range.is_empty() {
            return;
        }
        // No more than one range has both a part below and a part above.
        let mut left = OneMore::new();
        for held in &self.held {
            let below = PhysicalRange { start: held.start, end: held.end.min(range.start) };
            let above = PhysicalRange { start: held.start.max(range.end), end: held.end };
            left.extend([below, above].into_iter().filter(|part| !part.is_empty()));
        }
        self.hold(left);
    }

    /// Removes every address that `others` do not have.
    pub fn keep(&mut self, others: &Self) {
        let mut below = 0;
        for other in others.iter() {
            self.remove(PhysicalRange { start: below, end: other.start });
            below = other.end;
        }
        self.remove(PhysicalRange { start: below, end: u64::MAX });
    }

    /// Keeps the ranges, without the smallest where that is one too many.
    fn hold(&mut self, mut ranges: OneMore) {
        if ranges.is_full() {
            let smallest = (0..ranges.len()).min_by_key(|index| ranges[*index].size()).unwrap_or(0);
            self.left_out = self.left_out.saturating_add(ranges.remove(smallest).size());
        }
        self.held = ranges.into_iter().collect();
    }

    /// Returns how many bytes were left out, since they stood in small pieces.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Returns how many bytes the set has.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.held.iter().map(|range| range.size()).sum()
    }
}

impl Deref for PhysicalRanges {
    type Target = [PhysicalRange];

    fn deref(&self) -> &[PhysicalRange] {
        &self.held
    }
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM_RANGES, PhysicalRange, PhysicalRanges};
    extern crate std;
    use std::vec::Vec;

    fn range(start: u64, end: u64) -> PhysicalRange {
        PhysicalRange { start, end }
    }

    fn set(ranges: &[(u64, u64)]) -> PhysicalRanges {
        let mut set = PhysicalRanges::default();
        for (start, end) in ranges {
            set.add(range(*start, *end));
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
        memory.remove(range(20, 30));
        memory.remove(range(55, 75));
        memory.remove(range(30, 40));
        assert_eq!(pairs(&memory), [(10, 20), (50, 55), (75, 80)]);
        assert_eq!(memory.total(), 20);
        memory.remove(range(15, 15));
        assert_eq!(pairs(&memory), [(10, 20), (50, 55), (75, 80)]);
    }

    #[test]
    fn leaves_the_smallest_out_where_there_is_one_too_many() {
        let mut memory = set(&[]);
        for index in 0..MAXIMUM_RANGES as u64 {
            memory.add(range(index * 10, index * 10 + 5));
        }
        memory.add(range(1000, 1001));
        assert_eq!((memory.len(), memory.left_out()), (MAXIMUM_RANGES, 1));
        memory.remove(range(13, 14));
        assert_eq!((memory.len(), memory.left_out()), (MAXIMUM_RANGES, 2));
        assert_eq!(pairs(&memory)[..3], [(0, 5), (10, 13), (20, 25)]);
        assert!(!memory.iter().any(|held| held.contains(14) || held.contains(1000)));
        memory.add(range(2000, 3000));
        assert_eq!((memory.len(), memory.left_out()), (MAXIMUM_RANGES, 5));
        assert!(memory.iter().any(|held| held.contains(2999)));
    }

    #[test]
    fn keeps_what_others_have_too() {
        let mut memory = set(&[(10, 40), (50, 60), (70, 80)]);
        memory.keep(&set(&[(0, 15), (20, 55), (75, 90)]));
        assert_eq!(pairs(&memory), [(10, 15), (20, 40), (50, 55), (75, 80)]);
        memory.keep(&set(&[]));
        assert!(memory.is_empty());
    }

    #[test]
    fn knows_the_end_of_the_address_space() {
        assert_eq!(PhysicalRange::new(u64::MAX - 1, 2), None);
        assert_eq!(PhysicalRange::saturating(u64::MAX - 1, 2).size(), 1);
        assert!(range(10, 20).contains(10) && !range(10, 20).contains(20));
    }
}
