//! A part of the product that is run, and gathered, as one: a list of values for each digit.

use super::{Combination, Digit, Digits, RADICES};

/// The values that a digit takes in a slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Axis {
    /// Every value below the radix.
    All,
    /// This value.
    One(u16),
    /// These values, in this order.
    Listed(&'static [u16]),
    /// A value that follows from the other digits.
    Derived,
}

/// How many values [`Slice::phase`] has.
pub(super) const PHASES: usize = 9;

/// How the derived digits of a slice follow from the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Derivation {
    /// There are none.
    None,
    /// Level and place of table attributes rotate with the table attributes, the TLB and the leaf: for each leaf and each
    /// table attributes every level comes up, and each place.
    LevelAndPlace,
    /// Level and TLB rotate with the other digits.
    LevelAndTlb,
}

impl Derivation {
    /// The digits that follow.
    const fn digits(self) -> &'static [Digit] {
        match self {
            Self::None => &[],
            Self::LevelAndPlace => &[Digit::Level, Digit::TablePlace],
            Self::LevelAndTlb => &[Digit::Level, Digit::Tlb],
        }
    }
}

/// A part of the product: the combinations whose digits are in the lists, in the product's order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    pub(super) axes: [Axis; RADICES.len()],
    pub(super) derivation: Derivation,
}

impl Slice {
    /// Returns how many values the axis of `digit` has: 1 for a derived one.
    ///
    /// # Panics
    ///
    /// Panics if a list has more values than a digit can have.
    pub(super) fn length(&self, digit: usize) -> u16 {
        match self.axes[digit] {
            Axis::All => RADICES[digit],
            Axis::One(_) | Axis::Derived => 1,
            Axis::Listed(values) => u16::try_from(values.len()).expect("a list of the values of a digit"),
        }
    }

    /// Returns the value at `position` of the axis of `digit`; 0 for a derived one.
    pub(super) fn value(&self, digit: usize, position: u16) -> u16 {
        match self.axes[digit] {
            Axis::All => position,
            Axis::One(value) => value,
            Axis::Listed(values) => values[position as usize],
            Axis::Derived => 0,
        }
    }

    /// Returns what the derived digits follow from beside the leaf, below [`PHASES`].
    pub(super) fn phase(&self, digits: &Digits) -> u16 {
        let at = |digit: Digit| digits[digit as usize];
        match self.derivation {
            Derivation::None => 0,
            Derivation::LevelAndPlace => {
                (at(Digit::Table) + at(Digit::Tlb)) % 3 * 2 + (at(Digit::Access) + at(Digit::Tlb)) % 2
            }
            Derivation::LevelAndTlb => {
                let management = at(Digit::HardwareAccessFlag) * 2 + at(Digit::HardwareDirtyState);
                (at(Digit::Access) + management + at(Digit::Circumstance)) % 9
            }
        }
    }

    /// Fills in the derived digits of a leaf.
    pub(super) fn derive(&self, phase: u16, digits: &mut Digits) {
        let leaf = digits[Digit::Leaf as usize];
        match self.derivation {
            Derivation::None => {}
            Derivation::LevelAndPlace => {
                digits[Digit::Level as usize] = (phase / 2 + leaf) % 3;
                let odd = leaf.count_ones() % 2 == 1;
                digits[Digit::TablePlace as usize] = (phase % 2) ^ u16::from(odd);
            }
            Derivation::LevelAndTlb => {
                digits[Digit::Level as usize] = (phase + leaf) % 3;
                digits[Digit::Tlb as usize] = (phase + leaf) / 3 % 3;
            }
        }
    }

    /// Returns how many combinations the slice has, before the filter.
    #[must_use]
    pub fn len(&self) -> u64 {
        (0..RADICES.len()).map(|digit| u64::from(self.length(digit))).product()
    }

    /// Tells whether the slice has no combination.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Goes through the combinations from the one at `ordinal` of the slice, in order.
    #[must_use]
    pub fn from(&self, ordinal: u64) -> Combinations<'_> {
        let mut positions = [0; RADICES.len()];
        let mut digits = [0; RADICES.len()];
        let mut rest = ordinal;
        for digit in (0..RADICES.len()).rev() {
            let length = u64::from(self.length(digit));
            positions[digit] = narrow(rest % length);
            digits[digit] = self.value(digit, positions[digit]);
            rest /= length;
        }
        let phase = self.phase(&digits);
        self.derive(phase, &mut digits);
        let over = rest != 0 || self.is_empty();
        Combinations {
            slice: self,
            positions,
            digits,
            phase,
            combination: Combination::from_digits(&digits),
            over,
        }
    }

    /// Cuts the slice into parts of at most `limit` combinations, by its slowest digits.
    #[must_use]
    pub fn parts(&self, limit: u64) -> Parts {
        let mut cut = 0;
        let mut rest = self.len();
        while rest > limit && cut < RADICES.len() {
            rest /= u64::from(self.length(cut).max(1));
            cut += 1;
        }
        let count = (0..cut).map(|digit| u64::from(self.length(digit))).product();
        Parts { whole: *self, cut, next: 0, count }
    }
}

/// A position on an axis.
///
/// # Panics
///
/// Panics if it is beyond every axis.
fn narrow(position: u64) -> u16 {
    u16::try_from(position).expect("a position on an axis")
}

/// The combinations of a slice: the next one, of which only what changes is changed.
#[derive(Clone, Copy, Debug)]
pub struct Combinations<'a> {
    slice: &'a Slice,
    positions: Digits,
    digits: Digits,
    phase: u16,
    combination: Combination,
    over: bool,
}

impl Combinations<'_> {
    /// Returns the digits of the next combination.
    pub(super) const fn digits(&self) -> Digits {
        self.digits
    }

    /// Returns what the next combination's derived digits follow from, beside the leaf.
    pub(super) const fn phase(&self) -> u16 {
        self.phase
    }

    /// Goes on to the next combination, if there is one.
    fn advance(&mut self) {
        // The leaf goes first, and has a next value most of the time.
        let mut others = Digit::ALL.iter().rev().skip(1);
        self.over = !self.step(Digit::Leaf) && !others.any(|digit| self.step(*digit));
        self.slice.derive(self.phase, &mut self.digits);
        for digit in self.slice.derivation.digits() {
            self.combination.set(*digit, self.digits[*digit as usize]);
        }
    }

    /// Takes the next value of a digit, or the first one again: tells whether there was a next one.
    fn step(&mut self, digit: Digit) -> bool {
        let place = digit as usize;
        if matches!(self.slice.axes[place], Axis::Derived) {
            return false;
        }
        let next = self.positions[place] + 1;
        let is_there = next < self.slice.length(place);
        self.positions[place] = if is_there { next } else { 0 };
        self.digits[place] = self.slice.value(place, self.positions[place]);
        self.combination.set(digit, self.digits[place]);
        if is_there && digit != Digit::Leaf {
            self.phase = self.slice.phase(&self.digits);
        }
        is_there
    }
}

impl Iterator for Combinations<'_> {
    type Item = Combination;

    fn next(&mut self) -> Option<Combination> {
        if self.over {
            return None;
        }
        let combination = self.combination;
        self.advance();
        Some(combination)
    }
}

/// The parts of a slice, in its order.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    whole: Slice,
    cut: usize,
    next: u64,
    count: u64,
}

impl Parts {
    /// Returns the slice that they make up.
    #[must_use]
    pub const fn whole(&self) -> &Slice {
        &self.whole
    }

    /// Returns how many parts there are.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.count
    }

    /// Leaves out the first parts.
    #[must_use]
    pub const fn resume(self, part: u64) -> Self {
        Self { next: part, ..self }
    }
}

impl Iterator for Parts {
    type Item = Slice;

    fn next(&mut self) -> Option<Slice> {
        if self.next >= self.count {
            return None;
        }
        let mut part = self.whole;
        let mut rest = self.next;
        self.next += 1;
        for digit in (0..self.cut).rev() {
            if self.whole.axes[digit] == Axis::Derived {
                continue;
            }
            let length = u64::from(self.whole.length(digit));
            let position = narrow(rest % length);
            part.axes[digit] = Axis::One(self.whole.value(digit, position));
            rest /= length;
        }
        Some(part)
    }
}
