//! Boxes of combinations, by the values of their conditions.

use super::{Axis, Combination, Condition, Digits, RADICES, Slice, dimension::CONDITIONS, show::Conditions};
use afdbm::regime::Regime;
use oracle::AccessKind;

/// A set of values of a condition, a bit for each.
pub type ValueSet = u64;

/// The combinations whose every condition has one of the values that are given for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    values: [ValueSet; CONDITIONS],
    instructions: Instructions,
}

/// How many words a set of [`Instructions`] takes.
const WORDS: usize = (AccessKind::ALL.len() - AccessKind::PRODUCT.len()).div_ceil(64);

/// A set of accesses that are none of the product's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Instructions([u64; WORDS]);

impl Instructions {
    const NONE: Self = Self([0; WORDS]);

    /// Goes through the members.
    pub(super) fn iter(self) -> impl Iterator<Item = AccessKind> {
        AccessKind::ALL[AccessKind::PRODUCT.len()..]
            .iter()
            .enumerate()
            .filter(move |(place, _)| self.0[place / 64] >> (place % 64) & 1 != 0)
            .map(|(_, kind)| *kind)
    }

    /// Tells whether there are none.
    pub(super) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    fn insert(&mut self, kind: AccessKind) {
        let place = kind as usize - AccessKind::PRODUCT.len();
        self.0[place / 64] |= 1 << (place % 64);
    }

    fn lies_within(self, other: Self) -> bool {
        self.0.iter().zip(other.0).all(|(mine, theirs)| mine & !theirs == 0)
    }
}

/// EL1 among the Exception levels of a region; EL0 is bit 0, EL2 bit 2.
const OF_EL1: ValueSet = 1 << 1;

/// Every value of a condition.
pub(super) const fn every(condition: Condition) -> ValueSet {
    !0 >> (ValueSet::BITS - condition.count() as u32)
}

impl Region {
    /// Every combination of the product.
    pub const ALL: Self = {
        let mut values = [0; CONDITIONS];
        let mut place = 0;
        while place < CONDITIONS {
            values[place] = every(Condition::DECLARED[place]);
            place += 1;
        }
        Self { values, instructions: Instructions::NONE }
    };

    /// No combination; what a [box](Self::extend) grows from.
    pub const NONE: Self = Self { values: [0; CONDITIONS], instructions: Instructions::NONE };

    /// Extends the region to the smallest that holds `combination` as well. An access that stays within a page has no
    /// second one: it adds no value for that.
    pub fn extend(&mut self, combination: &Combination) {
        let digits = combination.stand_in().digits();
        let is_in_product = combination.kind.is_in_product();
        if !is_in_product {
            self.instructions.insert(combination.kind);
        }
        let of_access = |condition| matches!(condition, Condition::Kind | Condition::Second);
        for condition in Condition::DECLARED.into_iter().filter(|one| is_in_product || !of_access(*one)) {
            if let Some(value) = condition.value(digits[condition.digit() as usize]) {
                self.values[condition as usize] |= 1 << value;
            }
        }
    }

    /// Returns what the region of accesses in EL1&0 is in `regime`: where that is EL2's, what EL1 does there EL2 does.
    #[must_use]
    pub const fn in_regime(mut self, regime: Regime) -> Self {
        let levels = &mut self.values[Condition::ExceptionLevel as usize];
        *levels = *levels & !OF_EL1 | (*levels & OF_EL1) << (regime.exception_level() - 1);
        self
    }

    /// Tells whether accesses of each level of their regime are inside: of EL0, and of one above.
    pub(super) const fn has_each_level(&self) -> bool {
        let levels = self.values(Condition::ExceptionLevel);
        levels & 1 != 0 && levels & !1 != 0
    }

    /// Returns the smallest region that holds both.
    #[must_use]
    pub fn spanning(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.values.iter_mut().zip(other.values) {
            *mine |= theirs;
        }
        for (mine, theirs) in self.instructions.0.iter_mut().zip(other.instructions.0) {
            *mine |= theirs;
        }
        self
    }

    /// Returns the accesses that are none of the product's.
    pub(super) const fn instructions(&self) -> Instructions {
        self.instructions
    }

    /// Returns the region with one more access that is none of the product's.
    pub(super) fn with_instruction(mut self, kind: AccessKind) -> Self {
        self.instructions.insert(kind);
        self
    }

    /// Tells whether no combination lies outside `other`. What second pages there are counts only where an access has
    /// one, and each level of a regime is each level of every regime.
    #[must_use]
    pub fn lies_within(&self, other: &Self) -> bool {
        let crosses = AccessKind::PRODUCT
            .iter()
            .any(|kind| kind.is_crossing() && self.values(Condition::Kind) >> *kind as u16 & 1 != 0);
        self.instructions.lies_within(other.instructions)
            && Condition::DECLARED
                .into_iter()
                .filter(|condition| crosses || *condition != Condition::Second)
                .filter(|condition| *condition != Condition::ExceptionLevel || !other.has_each_level())
                .all(|condition| self.values(condition) & !other.values(condition) == 0)
    }

    /// Returns the values of `condition`, a bit for each.
    #[must_use]
    pub const fn values(&self, condition: Condition) -> ValueSet {
        self.values[condition as usize]
    }

    /// Tells whether `condition` may have any value that `scope` has.
    #[must_use]
    pub const fn is_free(&self, condition: Condition, scope: &Self) -> bool {
        scope.values(condition) & !self.values(condition) == 0
    }

    /// Returns the region as it reads among the combinations of `scope`.
    #[must_use]
    pub const fn within(self, scope: Self) -> Conditions {
        Conditions { region: self, scope }
    }

    /// Returns the smallest region that holds `slice`.
    #[must_use]
    pub fn of(slice: &Slice) -> Self {
        let mut values = [0; CONDITIONS];
        for condition in Condition::DECLARED {
            let digit = condition.digit() as usize;
            values[condition as usize] = if slice.axes[digit] == Axis::Rotated {
                every(condition)
            } else {
                (0..slice.length(digit))
                    .filter_map(|position| condition.value(slice.value(digit, position)))
                    .fold(0, |mask, value| mask | 1 << value)
            };
        }
        Self { values, instructions: Instructions::NONE }
    }

    /// Returns the region with just these values of `condition`.
    pub(super) const fn with_values(mut self, condition: Condition, values: ValueSet) -> Self {
        self.values[condition as usize] = values;
        self
    }

    /// Returns the region with every value of `condition`.
    #[must_use]
    pub const fn freed(mut self, condition: Condition) -> Self {
        self.values[condition as usize] = every(condition);
        self
    }

    /// Returns what the region says of the combinations of `scope`: a condition none of whose values is there has those
    /// that are.
    pub(super) fn moved_into(mut self, scope: &Self) -> Self {
        for (mine, theirs) in self.values.iter_mut().zip(scope.values) {
            *mine = if *mine & theirs == 0 { theirs } else { *mine & theirs };
        }
        self
    }

    /// Tells whether a value of `digit` is inside.
    pub(super) fn admits(&self, digit: usize, value: u16) -> bool {
        Condition::DECLARED.iter().filter(|condition| condition.digit() as usize == digit).all(|condition| {
            condition.value(value).is_none_or(|value| self.values(*condition) >> value & 1 != 0)
        })
    }

    /// Tells whether the combination of these digits is inside.
    #[must_use]
    pub fn contains(&self, digits: &Digits) -> bool {
        (0..RADICES.len()).all(|digit| self.admits(digit, digits[digit]))
    }

    /// Returns the union with `other`, if that is a region: if they differ in one condition only.
    #[must_use]
    pub fn join(&self, other: &Self) -> Option<Self> {
        let mut joined = *self;
        let mut differing = 0;
        for (mine, theirs) in joined.values.iter_mut().zip(other.values) {
            differing += u8::from(*mine != theirs);
            *mine |= theirs;
        }
        (differing <= 1).then_some(joined)
    }
}
