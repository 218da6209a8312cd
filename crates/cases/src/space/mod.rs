//! What the spaces of accesses beside the product have in common: combinations of one value for each dimension, each with its
//! number, and how they are asked and judged.
//!
//! A [`Question`] is a combination; a [`Machine`] of the same [`Space`] runs it; [`Judge`] holds what was seen against the
//! oracle. A [`Part`] says which combinations a case is about.

mod implemented;
mod judge;
mod part;
mod tally;

pub use implemented::{Implemented, Lacking};
pub use judge::{Dropped, Examined, Judge, Machine, Question, Space};
pub use part::Part;
pub use tally::Tally;

use crate::product::Values;

/// What a dimension has: how many values, the value of a digit, the digit of a value. Without more it is a type that is
/// `Values`; of its values, some are the `first` so many, or those of a list.
macro_rules! dimension {
    (count: $type:ty) => {
        $crate::space::count::<$type>()
    };
    (count: $type:ty, first $count:expr) => {
        $count
    };
    (count: $type:ty = $list:expr) => {
        $list.len() as u64
    };
    (at $digit:expr, $type:ty = $list:expr) => {
        $list[usize::from($digit)]
    };
    (at $digit:expr, $type:ty $(, first $count:expr)?) => {
        <$type as $crate::product::Values>::at($digit)
    };
    (digit $value:expr, $type:ty = $list:expr) => {
        $crate::space::position(&$list, &$value)
    };
    (digit $value:expr, $type:ty $(, first $count:expr)?) => {
        <$type as $crate::product::Values>::digit($value)
    };
}

/// Declares `Combination`, with a field for each dimension, its `index` and `from_index`, and `COMBINATIONS`.
macro_rules! dimensions {
    ($($(#[$documentation:meta])* $field:ident: $type:ty $(= $list:expr)? $(, first $count:expr)?;)*) => {
        /// One combination of the space.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct Combination {
            $($(#[$documentation])* pub $field: $type,)*
        }

        /// How many combinations there are, before any filter.
        pub const COMBINATIONS: u64 =
            1 $(* $crate::space::dimension!(count: $type $(= $list)? $(, first $count)?))*;

        impl Combination {
            /// Returns the combination of this number, or `None` from [`COMBINATIONS`] on: a mixed-radix number whose digits are
            /// the dimensions, slowest first.
            #[must_use]
            pub fn from_index(index: u64) -> Option<Self> {
                let mut weight = COMBINATIONS;
                if index >= weight {
                    return None;
                }
                $(
                    let count = $crate::space::dimension!(count: $type $(= $list)? $(, first $count)?);
                    weight /= count;
                    let digit = u16::try_from(index / weight % count).expect("a digit is below its count");
                    let $field = $crate::space::dimension!(at digit, $type $(= $list)? $(, first $count)?);
                )*
                Some(Self { $($field,)* })
            }

            /// Returns the combination's number.
            #[must_use]
            pub fn index(&self) -> u64 {
                let mut index = 0;
                $(
                    let count = $crate::space::dimension!(count: $type $(= $list)? $(, first $count)?);
                    let digit = $crate::space::dimension!(digit self.$field, $type $(= $list)? $(, first $count)?);
                    index = index * count + u64::from(digit);
                )*
                index
            }
        }
    };
}

pub(crate) use {dimension, dimensions};

/// How many values a type has.
pub(crate) const fn count<T: Values>() -> u64 {
    T::COUNT as u64
}

/// The place of a value in a list that has it.
pub(crate) fn position<T: PartialEq>(list: &[T], value: &T) -> u16 {
    let place = list.iter().position(|one| one == value);
    place.and_then(|place| u16::try_from(place).ok()).expect("a value of the dimension")
}
