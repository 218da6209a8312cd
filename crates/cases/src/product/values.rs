//! The values of the dimensions, as digits.

use super::{Circumstance, LeafBits, SecondPage, TableBits, TablePlace};
use afdbm::descriptor::Level;
use oracle::{AccessKind, ExceptionLevel, TlbState};

/// A type whose values are those of a digit.
pub(crate) trait Values: Sized {
    /// How many there are.
    const COUNT: u16;

    /// Returns the digit of a value, below the count.
    fn digit(self) -> u16;

    /// Returns the value of a digit.
    ///
    /// # Panics
    ///
    /// Panics if the digit is not below the count.
    fn at(digit: u16) -> Self;
}

/// A digit as an index of the few values that it has.
const fn place(digit: u16) -> usize {
    digit as usize
}

impl Values for bool {
    const COUNT: u16 = 2;

    fn digit(self) -> u16 {
        u16::from(self)
    }

    fn at(digit: u16) -> Self {
        [false, true][place(digit)]
    }
}

macro_rules! listed {
    ($($type:ty: $all:expr;)*) => {$(
        impl Values for $type {
            #[allow(clippy::cast_possible_truncation, reason = "asserted in the line above it")]
            const COUNT: u16 = {
                assert!($all.len() <= u16::MAX as usize);
                $all.len() as u16
            };

            fn digit(self) -> u16 {
                self as u16 - $all[0] as u16
            }

            fn at(digit: u16) -> Self {
                $all[place(digit)]
            }
        }

        // The values follow each other as their discriminants do.
        const _: () = {
            let mut digit = 0;
            while digit < $all.len() {
                assert!($all[digit] as usize == $all[0] as usize + digit, "values out of order");
                digit += 1;
            }
        };
    )*};
}

listed! {
    Circumstance: Circumstance::ALL;
    ExceptionLevel: [ExceptionLevel::El0, ExceptionLevel::El1];
    Level: [Level::L1, Level::L2, Level::L3];
    TablePlace: TablePlace::ALL;
    TlbState: [TlbState::Cold, TlbState::AfterLoad, TlbState::AfterStore];
}

macro_rules! bits {
    ($($type:ident: $count:expr;)*) => {$(
        impl Values for $type {
            const COUNT: u16 = $count;

            fn digit(self) -> u16 {
                u16::from(self.0)
            }

            fn at(digit: u16) -> Self {
                assert!(digit < <Self as Values>::COUNT, "no such digit: {digit}");
                Self(digit.to_le_bytes()[0])
            }
        }

        const _: () = assert!($count <= u8::MAX as u16 + 1, "a digit of eight bits at most");
    )*};
}

bits! {
    TableBits: TableBits::COUNT as u16;
    LeafBits: LeafBits::COUNT;
}

/// How many digits the accesses take: one for a kind that stays within a page, one for each second page of one that
/// crosses.
const ACCESS_DIGITS: usize = first(AccessKind::PRODUCT.len()) as usize;

/// Returns the first digit of the kind at a place of [`AccessKind::PRODUCT`].
const fn first(kind: usize) -> u16 {
    let mut digit = 0;
    let mut place = 0;
    while place < kind {
        digit += if AccessKind::PRODUCT[place].is_crossing() { SecondPage::COUNT as u16 } else { 1 };
        place += 1;
    }
    digit
}

/// The first digit of each kind.
const FIRST: [u16; AccessKind::PRODUCT.len()] = {
    let mut digits = [0; AccessKind::PRODUCT.len()];
    let mut place = 0;
    while place < digits.len() {
        digits[place] = first(place);
        place += 1;
    }
    digits
};

/// The access of each digit.
pub(super) const ACCESSES: [(AccessKind, SecondPage); ACCESS_DIGITS] = {
    let mut accesses = [(AccessKind::Load, SecondPage(0)); ACCESS_DIGITS];
    let mut place = 0;
    while place < AccessKind::PRODUCT.len() {
        let kind = AccessKind::PRODUCT[place];
        let count = if kind.is_crossing() { SecondPage::COUNT } else { 1 };
        let mut second = 0;
        while second < count {
            accesses[access_digit(kind, SecondPage(second)) as usize] = (kind, SecondPage(second));
            second += 1;
        }
        place += 1;
    }
    accesses
};

/// Returns the digit of an access with its second page.
#[must_use]
pub const fn access_digit(kind: AccessKind, second: SecondPage) -> u16 {
    let first = FIRST[kind as usize];
    if kind.is_crossing() { first + second.0 as u16 } else { first }
}

impl Values for (AccessKind, SecondPage) {
    const COUNT: u16 = first(AccessKind::PRODUCT.len());

    fn digit(self) -> u16 {
        access_digit(self.0, self.1)
    }

    fn at(digit: u16) -> Self {
        ACCESSES[place(digit)]
    }
}
