//! What the spaces of accesses beside the product have in common: combinations of one value for each dimension, each with
//! its number, and counts.

/// Declares `Combination`, with a field for each dimension, its `index` and `from_index`, and `COMBINATIONS`.
macro_rules! dimensions {
    ($($(#[$documentation:meta])* $field:ident: $type:ty, $count:expr, $at:expr, $digit:expr;)*) => {
        /// One combination of the space.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct Combination {
            $($(#[$documentation])* pub $field: $type,)*
        }

        /// How many combinations there are, before any filter.
        pub const COMBINATIONS: u64 = 1 $(* $count as u64)*;

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
                    weight /= $count as u64;
                    let digit = index / weight % $count as u64;
                    let $field = ($at)(u16::try_from(digit).expect("a digit is below its count"));
                )*
                Some(Self { $($field,)* })
            }

            /// Returns the combination's number.
            #[must_use]
            pub fn index(&self) -> u64 {
                let mut index = 0;
                $(
                    let digit: u16 = ($digit)(self.$field);
                    index = index * $count as u64 + u64::from(digit);
                )*
                index
            }
        }
    };
}

pub(crate) use dimensions;

/// The place of a value in a list that has it.
pub(crate) fn position<T: PartialEq>(list: &[T], value: &T) -> u16 {
    let place = list.iter().position(|one| one == value);
    place.and_then(|place| u16::try_from(place).ok()).expect("a value of the dimension")
}

/// What a run came to, in counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tally<D> {
    /// Combinations that were run.
    pub run: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Combinations that were dropped.
    pub dropped: u64,
    /// Why, for one of them.
    pub reason: Option<D>,
}

impl<D> Default for Tally<D> {
    fn default() -> Self {
        Self { run: 0, failed: 0, dropped: 0, reason: None }
    }
}

impl<D: Copy> Tally<D> {
    /// Counts a combination that was dropped.
    pub(crate) fn drop_for(&mut self, reason: D) {
        self.dropped += 1;
        self.reason.get_or_insert(reason);
    }

    /// Takes in what another CPU counted.
    pub fn merge(&mut self, other: &Self) {
        self.run += other.run;
        self.failed += other.failed;
        self.dropped += other.dropped;
        self.reason = self.reason.or(other.reason);
    }
}
