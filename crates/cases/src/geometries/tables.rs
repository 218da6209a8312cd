//! The settings of the tables of TTBR0_EL1: granule, format of the descriptors, and bits of input address.

use crate::space::{Implemented, Lacking};
use afdbm::geometry::{Geometry, Granule};
use core::fmt;

/// How many bits of address the tables translate from and to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Size {
    /// At most 48 of both.
    Usual,
    /// Up to 52: TCR_EL1.DS is 1 for 4K and 16K (FEAT_LPA2); 52 bits of input for 64K (FEAT_LVA).
    Large,
}

/// A setting of the tables of TTBR0_EL1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tables {
    /// TCR_EL1.TG0.
    pub granule: Granule,
    /// Whether addresses of 52 bits are asked for.
    pub size: Size,
    /// 64 - TCR_EL1.T0SZ.
    pub input_bits: u8,
}

const fn usual(granule: Granule, input_bits: u8) -> Tables {
    Tables { granule, size: Size::Usual, input_bits }
}

const fn large(granule: Granule, input_bits: u8) -> Tables {
    Tables { granule, size: Size::Large, input_bits }
}

impl Tables {
    /// Every setting: of each granule and format, each level at which walks can start, with a first table that is as full as
    /// can be and, for some levels, with one that is not. 25 bits are the fewest without FEAT_TTST (T0SZ of 39).
    pub const ALL: [Self; 17] = [
        usual(Granule::Size4K, 48),
        usual(Granule::Size4K, 39),
        usual(Granule::Size4K, 33),
        usual(Granule::Size4K, 30),
        usual(Granule::Size16K, 48),
        usual(Granule::Size16K, 47),
        usual(Granule::Size16K, 36),
        usual(Granule::Size16K, 25),
        usual(Granule::Size64K, 48),
        usual(Granule::Size64K, 42),
        usual(Granule::Size64K, 32),
        usual(Granule::Size64K, 29),
        large(Granule::Size4K, 52),
        large(Granule::Size4K, 48),
        large(Granule::Size16K, 52),
        large(Granule::Size16K, 47),
        large(Granule::Size64K, 52),
    ];

    /// Tells whether TCR_EL1.DS is 1: descriptors of 4K and 16K hold 52 bits of address (Arm ARM D8.3.1).
    #[must_use]
    pub const fn is_ds(self) -> bool {
        matches!((self.size, self.granule), (Size::Large, Granule::Size4K | Granule::Size16K))
    }

    /// Returns what a PE lacks for the setting, if anything.
    #[must_use]
    pub const fn lacking(self, implemented: &Implemented) -> Option<Lacking> {
        match (self.size, self.granule) {
            (Size::Usual, granule) => implemented.lacks_granule(granule),
            (Size::Large, Granule::Size64K) => match implemented.lacks_granule(Granule::Size64K) {
                None => implemented.lacks_large_input(),
                lacking => lacking,
            },
            // By tables of 64K the kernel changes the format of its own.
            (Size::Large, granule) => match implemented.lacks_large_format(granule) {
                None => implemented.lacks_granule(Granule::Size64K),
                lacking => lacking,
            },
        }
    }

    /// Returns the geometry with at most `output_bits` of output address, on a PE that has the setting.
    ///
    /// Descriptors of 64K hold 52 bits of address wherever the PE has as many (pseudocode `AArch64.LeafBase`); in every
    /// other format TCR_EL1.DS says so.
    ///
    /// # Panics
    ///
    /// Panics for less than the 32 bits of output address that every PE has.
    #[must_use]
    pub const fn geometry(self, implemented: &Implemented, output_bits: u8) -> Geometry {
        let wide = match self.granule {
            Granule::Size64K => implemented.output_bits() == 52,
            Granule::Size4K | Granule::Size16K => self.is_ds(),
        };
        let most = if wide { 52 } else { 48 };
        let output_bits = least(output_bits, least(implemented.output_bits(), most));
        Geometry::new(self.granule, self.input_bits, output_bits, wide).expect("sizes of the granule")
    }

    /// Returns the bits of output address that an access to memory is made with.
    #[must_use]
    pub const fn usual_output_bits(self) -> u8 {
        match self.size {
            Size::Usual => 48,
            Size::Large => 52,
        }
    }

    /// Returns the widest geometry that the setting can have.
    pub(super) const fn widest(self) -> Geometry {
        let wide = matches!(self.size, Size::Large) || matches!(self.granule, Granule::Size64K);
        let output_bits = if wide { 52 } else { 48 };
        Geometry::new(self.granule, self.input_bits, output_bits, wide).expect("sizes of the granule")
    }
}

const fn least(one: u8, other: u8) -> u8 {
    if one < other { one } else { other }
}

/// Shows `16K DS=1 T0SZ=12`.
impl fmt::Display for Tables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ds = if self.is_ds() { " DS=1" } else { "" };
        let kilobytes = self.granule.page_size() >> 10;
        write!(formatter, "{kilobytes}K{ds} T0SZ={}", 64 - self.input_bits)
    }
}
