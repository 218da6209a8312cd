//! A combination: one value for each digit, and the number that names it.
//!
//! The order is version 1, slowest digit first; those that empty a TLB when they are written come first:
//!
//! | digit | values |
//! |---|---|
//! | HA, HD | 4: HA is the higher bit |
//! | circumstance | 15: [`Circumstance::ALL`] |
//! | HPD0 | 2 |
//! | WXN | 2 |
//! | Exception level | 2: EL0, EL1 |
//! | PAN | 2 |
//! | access | 94: the 30 kinds of [`AccessKind::ALL`] that stay in a page, then load-crossing with each of the 32 second pages, then store-crossing with each |
//! | level | 3: level 1, 2, 3 |
//! | place of table attributes | 2: [`TablePlace::ALL`] |
//! | table attributes | 16: [`TableBits`] |
//! | TLB | 3: cold, after a load, after a store |
//! | leaf | 256: [`LeafBits`] |
//!
//! The number of a combination counts all, before any filter, and never changes its meaning within a version.

use super::{Circumstance, LeafBits, SecondPage, TableBits, TablePlace};
use afdbm::descriptor::Level;
use core::fmt;
use oracle::{AccessKind, ExceptionLevel, TlbState};

/// The version of the order of digits. A rerun line is good for one version.
pub const ORDER_VERSION: u8 = 1;

/// How many values each digit has, slowest first.
pub const RADICES: [u16; 12] = [4, 15, 2, 2, 2, 2, ACCESSES, 3, 2, 16, 3, 256];

/// Kinds that stay within a page.
const SINGLE_KINDS: u8 = 30;
const ACCESSES: u16 = SINGLE_KINDS as u16 + 2 * SecondPage::COUNT as u16;

/// How many combinations there are, before any filter.
pub const COMBINATIONS: u64 = {
    let mut count = 1;
    let mut digit = 0;
    while digit < RADICES.len() {
        count *= RADICES[digit] as u64;
        digit += 1;
    }
    count
};

/// The digits of a combination, slowest first, each below its radix.
pub type Digits = [u16; RADICES.len()];

/// The places of the digits in [`Digits`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Digit {
    /// HA and HD.
    Management,
    /// The circumstance.
    Circumstance,
    /// HPD0.
    Hierarchy,
    /// WXN.
    WriteExecuteNever,
    /// The Exception level.
    ExceptionLevel,
    /// PSTATE.PAN.
    PrivilegedAccessNever,
    /// The access with its second page.
    Access,
    /// The leaf's level.
    Level,
    /// The place of the table attributes.
    TablePlace,
    /// The table attributes.
    Table,
    /// What went before.
    Tlb,
    /// The leaf.
    Leaf,
}

/// One combination of the product.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Combination {
    /// TCR_EL1.HA.
    pub hardware_access_flag: bool,
    /// TCR_EL1.HD.
    pub hardware_dirty_state: bool,
    /// What is particular.
    pub circumstance: Circumstance,
    /// TCR_EL1.HPD0.
    pub hierarchy_disabled: bool,
    /// SCTLR_EL1.WXN.
    pub write_execute_never: bool,
    /// Where the access is executed.
    pub exception_level: ExceptionLevel,
    /// PSTATE.PAN.
    pub privileged_access_never: bool,
    /// The access.
    pub kind: AccessKind,
    /// The second page; the default where the access has none.
    pub second: SecondPage,
    /// The level of the (first) leaf: 1 to 3.
    pub level: Level,
    /// Which tables carry the attributes.
    pub place: TablePlace,
    /// The attributes of the tables.
    pub table: TableBits,
    /// What went before.
    pub tlb: TlbState,
    /// The (first) leaf.
    pub leaf: LeafBits,
}

fn access(digit: u16) -> (AccessKind, SecondPage) {
    #[allow(clippy::cast_possible_truncation, reason = "the digit is below 94")]
    let digit = digit as u8;
    match digit.checked_sub(SINGLE_KINDS) {
        None => (AccessKind::ALL[digit as usize], SecondPage::default()),
        Some(second) if second < SecondPage::COUNT => (AccessKind::LoadCrossing, SecondPage(second)),
        Some(second) => (AccessKind::StoreCrossing, SecondPage(second - SecondPage::COUNT)),
    }
}

/// Returns the digit of an access with its second page.
#[must_use]
pub const fn access_digit(kind: AccessKind, second: SecondPage) -> u16 {
    match kind {
        AccessKind::LoadCrossing => SINGLE_KINDS as u16 + second.0 as u16,
        AccessKind::StoreCrossing => SINGLE_KINDS as u16 + SecondPage::COUNT as u16 + second.0 as u16,
        _ => kind as u16,
    }
}

impl Combination {
    /// Makes a combination of its digits.
    ///
    /// # Panics
    ///
    /// Panics if a digit is not below its radix.
    #[must_use]
    #[inline(never)]
    pub fn from_digits(digits: &Digits) -> Self {
        Self::from_digits_in_place(digits)
    }

    /// The same, in one piece with its caller: for the millions of the product.
    #[allow(clippy::cast_possible_truncation, reason = "the digits are below 256")]
    pub(super) fn from_digits_in_place(digits: &Digits) -> Self {
        let at = |digit: Digit| digits[digit as usize];
        let (kind, second) = access(at(Digit::Access));
        Self {
            hardware_access_flag: at(Digit::Management) & 2 != 0,
            hardware_dirty_state: at(Digit::Management) & 1 != 0,
            circumstance: Circumstance::ALL[at(Digit::Circumstance) as usize],
            hierarchy_disabled: at(Digit::Hierarchy) != 0,
            write_execute_never: at(Digit::WriteExecuteNever) != 0,
            exception_level: [ExceptionLevel::El0, ExceptionLevel::El1][at(Digit::ExceptionLevel) as usize],
            privileged_access_never: at(Digit::PrivilegedAccessNever) != 0,
            kind,
            second,
            level: [Level::L1, Level::L2, Level::L3][at(Digit::Level) as usize],
            place: TablePlace::ALL[at(Digit::TablePlace) as usize],
            table: TableBits(at(Digit::Table) as u8),
            tlb: [TlbState::Cold, TlbState::AfterLoad, TlbState::AfterStore][at(Digit::Tlb) as usize],
            leaf: LeafBits(at(Digit::Leaf) as u8),
        }
    }

    /// Returns the digits, slowest first.
    #[must_use]
    pub fn digits(&self) -> Digits {
        [
            u16::from(self.hardware_access_flag) << 1 | u16::from(self.hardware_dirty_state),
            self.circumstance as u16,
            u16::from(self.hierarchy_disabled),
            u16::from(self.write_execute_never),
            self.exception_level as u16,
            u16::from(self.privileged_access_never),
            access_digit(self.kind, self.second),
            u16::from(self.level.number().unsigned_abs()) - 1,
            self.place as u16,
            u16::from(self.table.0),
            self.tlb as u16,
            u16::from(self.leaf.0),
        ]
    }

    /// Returns the combination's number, below [`COMBINATIONS`].
    #[must_use]
    pub fn index(&self) -> u64 {
        self.digits()
            .iter()
            .zip(RADICES)
            .fold(0, |index, (digit, radix)| index * u64::from(radix) + u64::from(*digit))
    }

    /// Returns the combination of this number, or `None` from [`COMBINATIONS`] on.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a remainder is below its radix")]
    pub fn from_index(index: u64) -> Option<Self> {
        let mut digits = [0; RADICES.len()];
        let mut rest = index;
        for (digit, radix) in digits.iter_mut().zip(RADICES).rev() {
            *digit = (rest % u64::from(radix)) as u16;
            rest /= u64::from(radix);
        }
        (rest == 0).then(|| Self::from_digits(&digits))
    }
}

impl fmt::Display for Combination {
    /// Shows every digit: `store EL1 level 3, HA=1 HD=1 HPD0=0 WXN=0 PAN=0, plain, leaf ..., tables ..., cold`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bit = u8::from;
        write!(
            formatter,
            "{} {} level {}, HA={} HD={} HPD0={} WXN={} PAN={}, {}, leaf {}",
            self.kind.name(),
            if self.exception_level == ExceptionLevel::El0 { "EL0" } else { "EL1" },
            self.level,
            bit(self.hardware_access_flag),
            bit(self.hardware_dirty_state),
            bit(self.hierarchy_disabled),
            bit(self.write_execute_never),
            bit(self.privileged_access_never),
            self.circumstance,
            afdbm::descriptor::Descriptor(self.leaf.bits()),
        )?;
        if self.kind.is_crossing() {
            write!(formatter, ", second {}", afdbm::descriptor::Descriptor(self.second.bits()))?;
        }
        let tables = self.table.attributes();
        write!(
            formatter,
            ", APTable[1]={} APTable[0]={} UXNTable={} PXNTable={} ({}), {}",
            bit(tables.read_only),
            bit(tables.no_user),
            bit(tables.user_execute_never),
            bit(tables.privileged_execute_never),
            if self.place == TablePlace::ReadOnlyFirst { "first" } else { "last" },
            match self.tlb {
                TlbState::Cold => "cold",
                TlbState::AfterLoad => "after a load",
                TlbState::AfterStore => "after a store",
            }
        )
    }
}
