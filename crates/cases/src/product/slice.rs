//! A part of the product that is run, and gathered, as one: a list of values for each digit.

use super::{Combination, Digit, Digits, RADICES, covering::CHOSEN_TABLES};

/// The values that a digit takes in a slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Axis {
    /// Every value below the radix.
    All,
    /// This value.
    One(u16),
    /// These values, in this order.
    Listed(&'static [u16]),
    /// A value that follows from the other digits, but not from the leaf.
    Rotated,
}

/// The controls and the Exception level: digits of two values, whose number the rotated digits follow.
const CONTROLS: [Digit; 6] = [
    Digit::HardwareAccessFlag,
    Digit::HardwareDirtyState,
    Digit::Hierarchy,
    Digit::WriteExecuteNever,
    Digit::ExceptionLevel,
    Digit::PrivilegedAccessNever,
];

/// The digits that can be rotated.
const ROTATED: [Digit; 4] = [Digit::Level, Digit::TablePlace, Digit::Table, Digit::Tlb];

/// A part of the product: the combinations whose digits are in the lists, in the product's order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    pub(super) axes: [Axis; RADICES.len()],
}

impl Slice {
    /// Returns how many values the axis of `digit` has: 1 for a rotated one.
    ///
    /// # Panics
    ///
    /// Panics if a list has more values than a digit can have.
    pub(super) fn length(&self, digit: usize) -> u16 {
        match self.axes[digit] {
            Axis::All => RADICES[digit],
            Axis::One(_) | Axis::Rotated => 1,
            Axis::Listed(values) => u16::try_from(values.len()).expect("a list of the values of a digit"),
        }
    }

    /// Returns the value at `position` of the axis of `digit`; 0 for a rotated one.
    pub(super) fn value(&self, digit: usize, position: u16) -> u16 {
        match self.axes[digit] {
            Axis::All => position,
            Axis::One(value) => value,
            Axis::Listed(values) => values[position as usize],
            Axis::Rotated => 0,
        }
    }

    /// Fills in the rotated digits.
    ///
    /// The controls count from 0 to 63. As they do, what follows is a number of 64 in a row, so that its remainders by 7
    /// and by 9, of which nothing divides both, come up in every pair: the table attributes with level and TLB. What else
    /// there is shifts the row, and the place of the table attributes is the parity.
    fn rotate(&self, digits: &mut Digits) {
        let at = |digit: Digit| digits[digit as usize];
        let controls = CONTROLS.iter().fold(0, |number, control| number * 2 + at(*control));
        let tables = if self.is_rotated(Digit::Table) { 0 } else { at(Digit::Table) };
        let shift = at(Digit::Access) + at(Digit::Circumstance) + tables;
        let turn = controls + shift;
        let odd = CONTROLS.iter().fold(shift, |parity, control| parity ^ at(*control)) % 2;
        let [tables, ninth] = [7, 9].map(|count| turn % count);
        for (digit, value) in [
            (Digit::Level, ninth % 3),
            (Digit::TablePlace, odd),
            (Digit::Table, CHOSEN_TABLES[usize::from(tables)]),
            (Digit::Tlb, ninth / 3),
        ] {
            if self.is_rotated(digit) {
                digits[digit as usize] = value;
            }
        }
    }

    fn is_rotated(&self, digit: Digit) -> bool {
        self.axes[digit as usize] == Axis::Rotated
    }

    /// Returns how many combinations the slice has, before the filter.
    #[must_use]
    pub fn len(&self) -> u64 {
        (0..RADICES.len()).map(|digit| u64::from(self.length(digit))).product()
    }

    /// Returns how many leaves there are to each row, of combinations that differ in the leaf alone.
    #[must_use]
    pub fn leaves(&self) -> usize {
        usize::from(self.length(Digit::Leaf as usize))
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
        self.rotate(&mut digits);
        let over = rest != 0 || self.is_empty();
        Combinations { slice: self, positions, digits, combination: Combination::from_digits(&digits), over }
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
    combination: Combination,
    over: bool,
}

impl Combinations<'_> {
    /// Returns the digits of the next combination.
    pub(super) const fn digits(&self) -> Digits {
        self.digits
    }

    /// Returns the next combination, if there is one.
    pub(super) const fn current(&self) -> Option<&Combination> {
        if self.over { None } else { Some(&self.combination) }
    }

    /// Goes on to the one after it, if there is one.
    pub(super) fn advance(&mut self) {
        // Within a row of leaves nothing else changes.
        if self.step(Digit::Leaf) {
            return;
        }
        let mut others = Digit::ALL.iter().rev().skip(1);
        self.over = !others.any(|digit| self.step(*digit));
        self.slice.rotate(&mut self.digits);
        for digit in ROTATED {
            self.combination.set(digit, self.digits[digit as usize]);
        }
    }

    /// Takes the next value of a digit, or the first one again: tells whether there was a next one.
    fn step(&mut self, digit: Digit) -> bool {
        let place = digit as usize;
        if matches!(self.slice.axes[place], Axis::Rotated) {
            return false;
        }
        let next = self.positions[place] + 1;
        let is_there = next < self.slice.length(place);
        self.positions[place] = if is_there { next } else { 0 };
        self.digits[place] = self.slice.value(place, self.positions[place]);
        self.combination.set(digit, self.digits[place]);
        is_there
    }
}

impl Iterator for Combinations<'_> {
    type Item = Combination;

    fn next(&mut self) -> Option<Combination> {
        let combination = *self.current()?;
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
            if self.whole.axes[digit] == Axis::Rotated {
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
