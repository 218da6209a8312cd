//! Conditions on a combination, and boxes of combinations that meet them.

use super::{Axis, Combination, Digit, Digits, RADICES, SecondPage, Slice, show::Conditions};
use oracle::AccessKind;

macro_rules! conditions {
    ($($name:ident: $label:literal, $digit:ident, $count:literal;)*) => {
        /// A property of a combination on which a failure may depend.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(usize)]
        pub enum Condition {
            $(#[doc = concat!("`", $label, "`.")] $name,)*
        }

        impl Condition {
            /// Every condition, in the order in which a finding lists them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns how the condition is called.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// Returns how many values it has.
            #[must_use]
            pub const fn count(self) -> u8 {
                match self { $(Self::$name => $count,)* }
            }

            pub(super) const fn digit(self) -> Digit {
                match self { $(Self::$name => Digit::$digit,)* }
            }
        }

        const CONDITIONS: usize = [$(Condition::$name,)*].len();
    };
}

conditions! {
    Kind: "access", Access, 32;
    ExceptionLevel: "EL", ExceptionLevel, 2;
    HardwareAccessFlag: "HA", Management, 2;
    HardwareDirtyState: "HD", Management, 2;
    Circumstance: "circumstance", Circumstance, 15;
    Hierarchy: "HPD0", Hierarchy, 2;
    WriteExecuteNever: "WXN", WriteExecuteNever, 2;
    PrivilegedAccessNever: "PAN", PrivilegedAccessNever, 2;
    Valid: "valid", Leaf, 2;
    AccessFlag: "AF", Leaf, 2;
    User: "AP[1]", Leaf, 2;
    ReadOnly: "AP[2]", Leaf, 2;
    DirtyBitModifier: "DBM", Leaf, 2;
    UserExecuteNever: "UXN", Leaf, 2;
    PrivilegedExecuteNever: "PXN", Leaf, 2;
    Contiguous: "Contiguous", Leaf, 2;
    TableReadOnly: "APTable[1]", Table, 2;
    TableNoUser: "APTable[0]", Table, 2;
    TableUserExecuteNever: "UXNTable", Table, 2;
    TablePrivilegedExecuteNever: "PXNTable", Table, 2;
    TablePlace: "table attributes", TablePlace, 2;
    Level: "level", Level, 3;
    Tlb: "TLB", Tlb, 3;
    Second: "second page", Access, 32;
}

impl Condition {
    /// Returns the value that a digit gives this condition, or `None` where it has none (the second page of an access
    /// that stays within one).
    #[allow(clippy::cast_possible_truncation, reason = "digits are below 256")]
    pub(super) fn value(self, digit: u16) -> Option<u8> {
        let bit = |place: u16| Some((digit >> place & 1) as u8);
        match self {
            Self::HardwareAccessFlag => bit(1),
            Self::HardwareDirtyState => bit(0),
            Self::Kind => Some(kind_of(digit).0 as u8),
            Self::Second => kind_of(digit).1,
            Self::TableReadOnly => bit(0),
            Self::TableNoUser => bit(1),
            Self::TableUserExecuteNever => bit(2),
            Self::TablePrivilegedExecuteNever => bit(3),
            Self::Valid => bit(0),
            Self::AccessFlag => bit(1),
            Self::User => bit(2),
            Self::ReadOnly => bit(3),
            Self::DirtyBitModifier => bit(4),
            Self::UserExecuteNever => bit(5),
            Self::PrivilegedExecuteNever => bit(6),
            Self::Contiguous => bit(7),
            _ => Some(digit as u8),
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "access digits are below 94")]
fn kind_of(digit: u16) -> (AccessKind, Option<u8>) {
    const SINGLE: u16 = 30;
    const SECOND: u16 = SecondPage::COUNT as u16;
    match digit {
        0..SINGLE => (AccessKind::ALL[digit as usize], None),
        _ if digit < SINGLE + SECOND => (AccessKind::LoadCrossing, Some((digit - SINGLE) as u8)),
        _ => (AccessKind::StoreCrossing, Some((digit - SINGLE - SECOND) as u8)),
    }
}

/// The combinations whose every condition has one of the values that are given for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    values: [u32; CONDITIONS],
}

/// Every value of a condition.
pub(super) const fn every(condition: Condition) -> u32 {
    if condition.count() >= 32 { !0 } else { (1 << condition.count()) - 1 }
}

impl Region {
    /// Every combination.
    pub const ALL: Self = {
        let mut values = [0; CONDITIONS];
        let mut place = 0;
        while place < CONDITIONS {
            values[place] = every(Condition::ALL[place]);
            place += 1;
        }
        Self { values }
    };

    /// No combination; what a [box](Self::extend) grows from.
    pub const NONE: Self = Self { values: [0; CONDITIONS] };

    /// Extends the region to the smallest that holds `combination` as well. An access that stays within a page has no
    /// second one: it adds no value for that.
    pub fn extend(&mut self, combination: &Combination) {
        let digits = combination.digits();
        for &condition in Condition::ALL {
            if let Some(value) = condition.value(digits[condition.digit() as usize]) {
                self.values[condition as usize] |= 1 << value;
            }
        }
    }

    /// Returns the smallest region that holds both.
    #[must_use]
    pub fn spanning(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.values.iter_mut().zip(other.values) {
            *mine |= theirs;
        }
        self
    }

    /// Tells whether no combination lies outside `other`. What second pages there are counts only where an access has
    /// one.
    #[must_use]
    pub fn lies_within(&self, other: &Self) -> bool {
        let crosses = AccessKind::ALL
            .iter()
            .any(|kind| kind.is_crossing() && self.values(Condition::Kind) >> *kind as u8 & 1 != 0);
        Condition::ALL
            .iter()
            .filter(|condition| crosses || **condition != Condition::Second)
            .all(|&condition| self.values(condition) & !other.values(condition) == 0)
    }

    /// Returns the values of `condition`, a bit for each.
    #[must_use]
    pub const fn values(&self, condition: Condition) -> u32 {
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
        for &condition in Condition::ALL {
            let digit = condition.digit() as usize;
            values[condition as usize] = if slice.axes[digit] == Axis::Derived {
                every(condition)
            } else {
                (0..slice.length(digit))
                    .filter_map(|place| {
                        condition.value(slice.value(digit, u16::try_from(place).unwrap_or(0)))
                    })
                    .fold(0, |mask, value| mask | 1 << value)
            };
        }
        Self { values }
    }

    /// Returns the region with just these values of `condition`.
    pub(super) const fn with_values(mut self, condition: Condition, values: u32) -> Self {
        self.values[condition as usize] = values;
        self
    }

    /// Returns the region with every value of `condition`.
    #[must_use]
    pub const fn freed(mut self, condition: Condition) -> Self {
        self.values[condition as usize] = every(condition);
        self
    }

    /// Tells whether a value of `digit` is inside.
    pub(super) fn admits(&self, digit: usize, value: u16) -> bool {
        Condition::ALL.iter().filter(|condition| condition.digit() as usize == digit).all(|condition| {
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
