//! The settings of the tables of stage 2: VTCR_EL2.TG0, T0SZ and SL0, and the level of the data's leaf.

use crate::space::{Implemented, Lacking, position};
use afdbm::geometry::{Geometry, Granule, Level};
use core::fmt;

/// A setting of stage 2's tables with a level of the leaf that the data has there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// VTCR_EL2.TG0.
    pub granule: Granule,
    /// 64 - VTCR_EL2.T0SZ.
    pub input_bits: u8,
    /// The walk starts one level later, in concatenated tables.
    pub concatenated: bool,
    /// The level of the data's leaf: a Block, or a page.
    pub level: Level,
}

const fn pages(granule: Granule, input_bits: u8) -> Place {
    Place { granule, input_bits, concatenated: false, level: Level::L3 }
}

const fn concatenated(granule: Granule, input_bits: u8) -> Place {
    Place { concatenated: true, ..pages(granule, input_bits) }
}

impl Place {
    /// Every one: of each granule, walks from each level at which one may start without 52 bits of address, in one table and in
    /// concatenated ones, two, eight and sixteen of them. A Block of 2 MiB is what memory of a case can fill.
    pub const ALL: [Self; 10] = [
        pages(Granule::Size4K, 39),
        Self { level: Level::L2, ..pages(Granule::Size4K, 39) },
        concatenated(Granule::Size4K, 40),
        concatenated(Granule::Size4K, 33),
        pages(Granule::Size4K, 44),
        pages(Granule::Size16K, 36),
        pages(Granule::Size16K, 40),
        concatenated(Granule::Size16K, 40),
        pages(Granule::Size64K, 36),
        pages(Granule::Size64K, 42),
    ];

    /// Returns its place in the list, so that samples of different settings differ.
    pub(super) fn number(self) -> u64 {
        position(&Self::ALL, &self).into()
    }

    /// Returns what a PE lacks for the setting, if anything: an intermediate physical address has no more bits than a
    /// physical one (Arm ARM D24.2.224, VTCR_EL2.T0SZ), and walks of 16K start at level 1 only where those are 42 or more
    /// (pseudocode `AArch64.S2InvalidSL`; level 0 of 4K takes 44, as many as it has here).
    #[must_use]
    pub const fn lacking(self, implemented: &Implemented) -> Option<Lacking> {
        let bits = match (self.granule, self.concatenated, self.input_bits) {
            (Granule::Size16K, false, 37..42) => 42,
            (_, _, bits) => bits,
        };
        match implemented.lacks_granule_of_stage_2(self.granule) {
            None => implemented.lacks_output_bits(bits),
            lacking => lacking,
        }
    }

    /// Returns the geometry, on a PE that has the setting.
    ///
    /// # Panics
    ///
    /// Panics if `implemented` has less than 32 bits of physical address, as none has.
    #[must_use]
    pub const fn geometry(self, implemented: &Implemented) -> Geometry {
        let wide = matches!(self.granule, Granule::Size64K) && implemented.output_bits() == 52;
        let most = if wide || implemented.output_bits() < 48 { implemented.output_bits() } else { 48 };
        let plain = Geometry::new(self.granule, self.input_bits, most, wide).expect("sizes of the granule");
        if !self.concatenated {
            return plain;
        }
        plain.with_concatenated_tables().expect("few enough tables")
    }
}

/// Shows `16K T0SZ=24 concatenated level 3`.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kilobytes = self.granule.page_size() >> 10;
        let concatenated = if self.concatenated { " concatenated" } else { "" };
        write!(formatter, "{kilobytes}K T0SZ={}{concatenated} level {}", 64 - self.input_bits, self.level)
    }
}
