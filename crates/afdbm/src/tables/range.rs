//! The input addresses that a table base register serves.

use crate::address::VirtualAddress;
use crate::regime::{Range, Translation};

/// The input addresses of one tree of tables: a range of the regime, and the regime, stage and geometry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InputRange {
    /// Which range of its regime.
    pub range: Range,
    /// The regime, stage and geometry of the tables.
    pub translation: Translation,
}

impl InputRange {
    /// Tells whether the range holds `address`. No tag byte is ignored (TBI=0).
    #[must_use]
    pub const fn contains(self, address: VirtualAddress) -> bool {
        let bits = self.translation.geometry.input_bits();
        let upper = address.0 >> bits;
        match self.range {
            Range::Lower => upper == 0,
            Range::Upper => upper == u64::MAX >> bits,
        }
    }
}
