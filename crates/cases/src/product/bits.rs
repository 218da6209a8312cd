//! Sets of small numbers, as bits, in as many words as they need.

/// The words that a set of numbers below `count` needs.
pub(super) const fn words(count: usize) -> usize {
    count.div_ceil(u64::BITS as usize)
}

/// A set of numbers below 64 times `WORDS`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bits<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Default for Bits<WORDS> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<const WORDS: usize> Bits<WORDS> {
    /// No number.
    pub(super) const NONE: Self = Self([0; WORDS]);
    /// Every number.
    pub(super) const ALL: Self = Self([!0; WORDS]);

    /// Returns the numbers below `count` for which `test` holds.
    pub(super) fn of(count: u16, test: impl Fn(u16) -> bool) -> Self {
        let mut bits = Self::NONE;
        for number in (0..count).filter(|number| test(*number)) {
            bits.insert(usize::from(number));
        }
        bits
    }

    /// Adds a number.
    pub(super) fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// Adds the numbers of a word, counted from `offset` on, which must not reach into another word.
    pub(super) fn insert_word(&mut self, offset: usize, values: u64) {
        self.0[offset / 64] |= values << (offset % 64);
    }

    /// Returns the numbers from `offset` on to the end of its word, counted from there.
    pub(super) const fn word(&self, offset: usize) -> u64 {
        self.0[offset / 64] >> (offset % 64)
    }

    /// Tells whether a number is there.
    pub(super) const fn contains(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 != 0
    }

    fn combined(self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self(core::array::from_fn(|word| with(self.0[word], other.0[word])))
    }

    /// What both have.
    pub(super) fn and(self, other: Self) -> Self {
        self.combined(other, |mine, theirs| mine & theirs)
    }

    /// What either has.
    pub(super) fn or(self, other: Self) -> Self {
        self.combined(other, |mine, theirs| mine | theirs)
    }

    /// What is not in `other`.
    pub(super) fn without(self, other: Self) -> Self {
        self.combined(other, |mine, theirs| mine & !theirs)
    }

    /// Tells whether there is no number.
    pub(super) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Returns how many numbers there are.
    pub(super) fn count(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }
}
