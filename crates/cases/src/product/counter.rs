//! Counting in bit slices: many counters of a few bits each, of which a set is incremented in a few steps.

use super::bits::Bits;

/// How many bits each counter has.
const PLANES: usize = 14;

/// The most that a counter counts.
pub(super) const MOST: usize = (1 << PLANES) - 1;

/// A counter for each number below 64 times `WORDS`. Plane 0 holds the lowest bit of all of them, and so on.
#[derive(Clone, Copy)]
pub(super) struct Counters<const WORDS: usize>([Bits<WORDS>; PLANES]);

impl<const WORDS: usize> Default for Counters<WORDS> {
    fn default() -> Self {
        Self([Bits::NONE; PLANES])
    }
}

impl<const WORDS: usize> Counters<WORDS> {
    /// Increments the counters of a set: a ripple-carry adder for all of them at once.
    ///
    /// # Panics
    ///
    /// Panics if a counter overflows.
    pub(super) fn increment(&mut self, numbers: Bits<WORDS>) {
        let mut carry = numbers;
        for plane in &mut self.0 {
            if carry.is_empty() {
                return;
            }
            (*plane, carry) = (plane.or(carry).without(plane.and(carry)), plane.and(carry));
        }
        assert!(carry.is_empty(), "a counter has counted more than {MOST}");
    }

    /// Returns the sum of the counters of a set.
    pub(super) fn sum(&self, numbers: Bits<WORDS>) -> u32 {
        self.0.iter().zip(0..).map(|(plane, bit)| plane.and(numbers).count() << bit).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{Bits, Counters, MOST};

    #[test]
    fn counters_count_apart() {
        let mut counters = Counters::<2>::default();
        for turn in 0..1000 {
            counters.increment(Bits::of(128, |number| turn % (number + 1) == 0));
        }
        for number in [0, 1, 6, 63, 64, 99, 127] {
            let alone = Bits::of(128, |other| other == number);
            assert_eq!(counters.sum(alone), 999 / u32::from(number + 1) + 1, "{number}");
        }
        let all: u32 = (1..=128).map(|step| 999 / step + 1).sum();
        assert_eq!(counters.sum(Bits::ALL), all);
    }

    #[test]
    #[should_panic(expected = "a counter has counted more than 16383")]
    fn no_count_is_lost() {
        let mut counters = Counters::<1>::default();
        for _ in 0..=MOST {
            counters.increment(Bits::of(1, |_| true));
        }
    }
}
