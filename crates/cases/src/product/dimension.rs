//! The dimensions of the product, each declared once. Numbers, radices, conditions, masks, words and the covering set
//! follow from this table.
//!
//! A [`Combination`] has one value for each dimension. Its number is a mixed-radix number whose digits are the dimensions
//! in the order of the table, slowest first: those that empty a TLB when they are written come first. The order is
//! version 2. The number counts all combinations, before any filter, and never changes its meaning within a version.
//!
//! A value's effect on a query is said beside it; effects are applied from the fastest dimension to the slowest.
//!
//! A failure may depend on a part of a digit, such as one bit of the leaf: such a part is a [`Condition`].

use super::{
    Axis, Circumstance, LeafBits, Placement, SecondPage, TableBits, TablePlace,
    covering::{CHOSEN_ACCESSES, CHOSEN_LEAVES, CHOSEN_TABLES, PARTICULAR},
    machine::FIRST_LEVEL,
    values::{ACCESSES, Values},
};
use afdbm::descriptor::Level;
use oracle::{AccessKind, ExceptionLevel, LeafPlace, Query, TlbState};

/// The version of the order of digits. A rerun line is good for one version.
pub const ORDER_VERSION: u8 = 2;

/// What of a digit a condition is about.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// One bit.
    Bit(u8),
    /// The kind of an access.
    Kind,
    /// The second page of an access, where it has one.
    SecondPage,
}

/// How the values of a condition read in a log.
#[derive(Clone, Copy)]
pub(super) enum Labels {
    /// As numbers from this one on.
    From(u8),
    /// As numbers from 0 on, right after the condition's name: `EL1`.
    Suffix,
    /// As words.
    Words(&'static [&'static str]),
    /// As kinds of access, or as families of them.
    Kinds,
    /// As the descriptor of a second page.
    SecondPages,
}

const BIT: Labels = Labels::From(0);

/// How a combination's value for one dimension changes a query for the placement.
pub(super) type Effect = fn(&mut Query, &Placement, &Combination);

macro_rules! dimensions {
    ($(
        $(#[$about:meta])*
        $digit:ident {
            value: { $($(#[$documentation:meta])* $field:ident: $type:ty,)+ }
            query: $effect:expr;
            conditions: [$($condition:ident: $label:literal, $part:expr, $labels:expr;)+]
            covering set: $plain:expr, $particular:expr;
        }
    )*) => {
        /// The places of the digits in [`Digits`].
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub enum Digit {
            $($(#[$about])* $digit,)*
        }

        /// How many digits a number has.
        const DIGITS: usize = [$(Digit::$digit,)*].len();

        /// How many values each digit has, slowest first.
        #[allow(unused_parens, reason = "most digits are of one field")]
        pub const RADICES: [u16; DIGITS] = [$(<($($type),+) as Values>::COUNT,)*];

        /// The digits of a combination, slowest first, each below its radix.
        pub type Digits = [u16; DIGITS];

        impl Digit {
            /// Every digit, slowest first.
            pub const ALL: [Self; DIGITS] = [$(Self::$digit,)*];
        }

        /// One combination of the product.
        // Aligned, so that its copies are of words: the kernel's target moves what is not aligned byte by byte.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(align(8))]
        pub struct Combination {
            $($($(#[$documentation])* pub $field: $type,)+)*
        }

        impl Combination {
            /// Makes a combination of its digits.
            ///
            /// # Panics
            ///
            /// Panics if a digit is not below its radix.
            #[must_use]
            #[allow(unused_parens, reason = "most digits are of one field")]
            pub fn from_digits(digits: &Digits) -> Self {
                $(let ($($field),+) = <($($type),+) as Values>::at(digits[Digit::$digit as usize]);)*
                Self { $($($field,)+)* }
            }

            /// Returns the digits, slowest first.
            #[must_use]
            pub fn digits(&self) -> Digits {
                [$(($(self.$field),+).digit(),)*]
            }

            /// Changes one digit.
            #[allow(unused_parens, reason = "most digits are of one field")]
            pub(super) fn set(&mut self, digit: Digit, value: u16) {
                match digit {
                    $(Digit::$digit => ($(self.$field),+) = <($($type),+) as Values>::at(value),)*
                }
            }
        }

        /// What the value of each dimension makes of a query, slowest first.
        pub(super) const EFFECTS: [Effect; DIGITS] = [$($effect,)*];

        /// A property of a combination on which a failure may depend.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(usize)]
        pub enum Condition {
            $($(#[doc = concat!("`", $label, "`.")] $condition,)+)*
        }

        /// How many conditions there are.
        pub(super) const CONDITIONS: usize = [$($(Condition::$condition,)+)*].len();

        impl Condition {
            /// Every condition, in the order of the digits.
            pub(super) const DECLARED: [Self; CONDITIONS] = [$($(Self::$condition,)+)*];

            /// Returns how the condition is called.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $($(Self::$condition => $label,)+)* }
            }

            /// Returns the digit of which this is a part.
            pub(super) const fn digit(self) -> Digit {
                match self { $($(Self::$condition => Digit::$digit,)+)* }
            }

            pub(super) const fn part(self) -> Part {
                match self { $($(Self::$condition => $part,)+)* }
            }

            pub(super) const fn labels(self) -> Labels {
                match self { $($(Self::$condition => $labels,)+)* }
            }
        }

        /// The axes of the two slices of the covering set.
        pub(super) const COVERING: [[Axis; DIGITS]; 2] = [[$($plain,)*], [$($particular,)*]];
    };
}

dimensions! {
    /// HA.
    HardwareAccessFlag {
        value: {
            /// TCR_EL1.HA.
            hardware_access_flag: bool,
        }
        query: |query, _, it| query.controls.hardware_access_flag = it.hardware_access_flag;
        conditions: [HardwareAccessFlag: "HA", Part::Whole, BIT;]
        covering set: Axis::All, Axis::All;
    }
    /// HD.
    HardwareDirtyState {
        value: {
            /// TCR_EL1.HD.
            hardware_dirty_state: bool,
        }
        query: |query, _, it| query.controls.hardware_dirty_state = it.hardware_dirty_state;
        conditions: [HardwareDirtyState: "HD", Part::Whole, BIT;]
        covering set: Axis::All, Axis::All;
    }
    /// The circumstance.
    Circumstance {
        value: {
            /// What is particular.
            circumstance: Circumstance,
        }
        query: |query, _, it| it.circumstance.bring_about(query);
        conditions: [Circumstance: "circumstance", Part::Whole, Labels::Words(&Circumstance::LABELS);]
        covering set: Axis::One(Circumstance::Plain as u16), Axis::Listed(&PARTICULAR);
    }
    /// HPD0.
    Hierarchy {
        value: {
            /// TCR_EL1.HPD0.
            hierarchy_disabled: bool,
        }
        query: |query, _, it| query.controls.range.hierarchy_disabled = it.hierarchy_disabled;
        conditions: [Hierarchy: "HPD0", Part::Whole, BIT;]
        covering set: Axis::All, Axis::All;
    }
    /// WXN.
    WriteExecuteNever {
        value: {
            /// SCTLR_EL1.WXN.
            write_execute_never: bool,
        }
        query: |query, _, it| query.controls.write_execute_never = it.write_execute_never;
        conditions: [WriteExecuteNever: "WXN", Part::Whole, BIT;]
        covering set: Axis::All, Axis::All;
    }
    /// The Exception level.
    ExceptionLevel {
        value: {
            /// Where the access is executed.
            exception_level: ExceptionLevel,
        }
        query: |query, _, it| query.access.level = it.exception_level;
        conditions: [ExceptionLevel: "EL", Part::Whole, Labels::Suffix;]
        covering set: Axis::All, Axis::All;
    }
    /// PSTATE.PAN.
    PrivilegedAccessNever {
        value: {
            /// PSTATE.PAN.
            privileged_access_never: bool,
        }
        query: |query, _, it| query.controls.privileged_access_never = it.privileged_access_never;
        conditions: [PrivilegedAccessNever: "PAN", Part::Whole, BIT;]
        covering set: Axis::All, Axis::All;
    }
    /// The access with its second page: the kinds in the oracle's order, those that cross with each of the second pages.
    Access {
        value: {
            /// The access.
            kind: AccessKind,
            /// The second page; the default where the access has none.
            second: SecondPage,
        }
        query: |query, placement, it| {
            query.access.kind = it.kind;
            if it.kind.is_crossing() {
                placement.cross(it.second, query);
            }
        };
        conditions: [
            Kind: "access", Part::Kind, Labels::Kinds;
            Second: "second page", Part::SecondPage, Labels::SecondPages;
        ]
        covering set: Axis::Listed(&CHOSEN_ACCESSES), Axis::Listed(&CHOSEN_ACCESSES);
    }
    /// The leaf's level.
    Level {
        value: {
            /// The level of the (first) leaf: 1 to 3.
            level: Level,
        }
        query: |query, placement, it| placement.lead_to(it.level, query);
        conditions: [Level: "level", Part::Whole, Labels::From(1);]
        covering set: Axis::Rotated, Axis::Rotated;
    }
    /// The place of the table attributes.
    TablePlace {
        value: {
            /// Which tables carry the attributes.
            place: TablePlace,
        }
        query: |query, _, it| {
            let tables = &mut query.paths[LeafPlace::FIRST].descriptors[FIRST_LEVEL.position()..];
            let depth = it.level.position() - FIRST_LEVEL.position();
            for (table, bits) in tables.iter_mut().zip(it.place.distribute(depth, it.table)).take(depth) {
                *table = table.with(bits);
            }
        };
        conditions: [TablePlace: "table attributes", Part::Whole, Labels::Words(&TablePlace::LABELS);]
        covering set: Axis::Rotated, Axis::Rotated;
    }
    /// The table attributes.
    Table {
        value: {
            /// The attributes of the tables.
            table: TableBits,
        }
        // Their place says it of both.
        query: |_, _, _| ();
        conditions: [
            TableReadOnly: "APTable[1]", Part::Bit(0), BIT;
            TableNoUser: "APTable[0]", Part::Bit(1), BIT;
            TableUserExecuteNever: "UXNTable", Part::Bit(2), BIT;
            TablePrivilegedExecuteNever: "PXNTable", Part::Bit(3), BIT;
        ]
        covering set: Axis::Listed(&CHOSEN_TABLES), Axis::Rotated;
    }
    /// What went before.
    Tlb {
        value: {
            /// What went before.
            tlb: TlbState,
        }
        query: |query, _, it| query.tlb = it.tlb;
        conditions: [Tlb: "TLB", Part::Whole, Labels::Words(&["cold", "after a load", "after a store"]);]
        covering set: Axis::Rotated, Axis::Rotated;
    }
    /// The leaf.
    Leaf {
        value: {
            /// The (first) leaf.
            leaf: LeafBits,
        }
        query: |query, _, it| {
            let leaf = query.paths[LeafPlace::FIRST].at(it.level);
            *leaf = leaf.with(it.leaf.bits());
        };
        conditions: [
            Valid: "valid", Part::Bit(0), BIT;
            AccessFlag: "AF", Part::Bit(1), BIT;
            User: "AP[1]", Part::Bit(2), BIT;
            ReadOnly: "AP[2]", Part::Bit(3), BIT;
            DirtyBitModifier: "DBM", Part::Bit(4), BIT;
            UserExecuteNever: "UXN", Part::Bit(5), BIT;
            PrivilegedExecuteNever: "PXN", Part::Bit(6), BIT;
            Contiguous: "Contiguous", Part::Bit(7), BIT;
        ]
        covering set: Axis::All, Axis::Listed(&CHOSEN_LEAVES);
    }
}

/// How many combinations there are, before any filter.
pub const COMBINATIONS: u64 = {
    let mut count: u64 = 1;
    let mut digit = 0;
    while digit < RADICES.len() {
        // In a constant, an overflow is an error of the compiler's.
        count *= RADICES[digit] as u64;
        digit += 1;
    }
    count
};

impl Condition {
    /// Returns how many values it has.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "checked below for every condition that is no bit of a digit"
    )]
    pub const fn count(self) -> u8 {
        match self.part() {
            Part::Whole => RADICES[self.digit() as usize] as u8,
            Part::Bit(_) => 2,
            Part::Kind => AccessKind::PRODUCT.len() as u8,
            Part::SecondPage => SecondPage::COUNT,
        }
    }

    /// Returns the value that a digit gives this condition, or `None` where it has none (the second page of an access
    /// that stays within one).
    #[allow(clippy::cast_possible_truncation, reason = "a value is below the condition's count")]
    pub(super) fn value(self, digit: u16) -> Option<u8> {
        match self.part() {
            Part::Whole => Some(digit as u8),
            Part::Bit(place) => Some((digit >> place & 1) as u8),
            Part::Kind => Some(ACCESSES[usize::from(digit)].0 as u8),
            Part::SecondPage => {
                let (kind, second) = ACCESSES[usize::from(digit)];
                kind.is_crossing().then_some(second.0)
            }
        }
    }
}

// A set of values is 64 bits wide; nothing but the leaf and the access has more values, and both have parts.
const _: () = {
    let mut place = 0;
    while place < CONDITIONS {
        let condition = Condition::DECLARED[place];
        let values = match condition.part() {
            Part::Whole => RADICES[condition.digit() as usize] as usize,
            Part::Bit(bit) => {
                assert!(RADICES[condition.digit() as usize] >> bit > 1, "a bit beyond the digit");
                2
            }
            Part::Kind => AccessKind::PRODUCT.len(),
            Part::SecondPage => SecondPage::COUNT as usize,
        };
        assert!(values <= u64::BITS as usize, "more values than a set has bits");
        place += 1;
    }
};
