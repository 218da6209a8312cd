//! What a geometry puts into the operand of a TLBI: the fields for an address, a range and a level.

use super::{Geometry, Granule, Level};
use crate::address::{IntermediatePhysicalAddress, VirtualAddress};

impl Granule {
    /// Returns what a TLBI calls the granule: TG of a range, TTL\[3:2\] of an address (Arm ARM tables D8-122, D8-123).
    #[inline]
    #[must_use]
    pub const fn tlbi_field(self) -> u64 {
        match self {
            Self::Size4K => 0b01,
            Self::Size16K => 0b10,
            Self::Size64K => 0b11,
        }
    }
}

impl Geometry {
    /// Returns the field of a TLBI by address: VA\[55:12\], with any granule (Arm ARM C5.5, TLBI VAE1).
    ///
    /// With larger granules the PE ignores the bits within a page; the field does not move.
    #[inline]
    #[must_use]
    pub const fn tlbi_address(self, address: VirtualAddress) -> u64 {
        address.0 >> 12 & ((1 << 44) - 1)
    }

    /// Returns the field of a TLBI by intermediate physical address: IPA\[51:12\], with any granule (Arm ARM C5.5, TLBI
    /// IPAS2E1).
    #[inline]
    #[must_use]
    pub const fn tlbi_intermediate(self, address: IntermediatePhysicalAddress) -> u64 {
        address.0 >> 12 & ((1 << 40) - 1)
    }

    /// Returns log2 of the unit of a range's first address: the page, or 64K with TCR_ELx.DS (Arm ARM D8.17.5.2).
    #[inline]
    #[must_use]
    pub const fn tlbi_range_shift(self) -> u32 {
        if self.wide { Granule::Size64K.bits() } else { self.granule.bits() }
    }

    /// Returns the field of a TLBI by range for its first address, BaseADDR.
    #[inline]
    #[must_use]
    pub const fn tlbi_base_address(self, address: VirtualAddress) -> u64 {
        address.0 >> self.tlbi_range_shift() & ((1 << 37) - 1)
    }

    /// Returns the field TTL of a TLBI by address for a leaf at `level`; 0, which says nothing, where no leaf is.
    #[inline]
    #[must_use]
    pub const fn tlbi_level(self, level: Level) -> u64 {
        if self.has_leaf(level) { self.granule.tlbi_field() << 2 | level as u64 & 0b11 } else { 0 }
    }

    /// Returns the field TTL of a TLBI by range for leaves at `level`; 0 where none is, and for level 0, which has no code.
    #[inline]
    #[must_use]
    pub const fn tlbi_range_level(self, level: Level) -> u64 {
        self.tlbi_level(level) & 0b11
    }
}

#[cfg(test)]
mod tests {
    use super::{Geometry, Granule, Level};
    use crate::address::VirtualAddress;

    fn geometry(granule: Granule, wide: bool) -> Geometry {
        Geometry::new(granule, 48, 48, wide).expect("sizes of the granule")
    }

    #[test]
    fn an_address_stands_in_one_place_with_every_granule() {
        for granule in [Granule::Size4K, Granule::Size16K, Granule::Size64K] {
            let geometry = geometry(granule, false);
            assert_eq!(geometry.tlbi_address(VirtualAddress(0x12_3456_0000)), 0x0123_4560);
            assert_eq!(geometry.tlbi_address(VirtualAddress(0xffff_ffe0_0000_0000)), 0xfff_fe00_0000);
        }
    }

    #[test]
    fn a_range_counts_in_pages_or_in_64k() {
        let base = |granule, wide| geometry(granule, wide).tlbi_base_address(VirtualAddress(0x12_3456_0000));
        assert_eq!(base(Granule::Size4K, false), 0x0123_4560);
        assert_eq!(base(Granule::Size16K, false), 0x0048_d158);
        assert_eq!(base(Granule::Size64K, false), 0x0012_3456);
        for granule in [Granule::Size4K, Granule::Size16K, Granule::Size64K] {
            assert_eq!(base(granule, true), 0x0012_3456);
        }
        // BaseADDR[48:12] of an address of the upper range.
        let upper = geometry(Granule::Size4K, false).tlbi_base_address(VirtualAddress(0xffff_ffe0_0000_1000));
        assert_eq!(upper, 0x1f_fe00_0001);
    }

    #[test]
    fn a_level_is_named_where_it_has_leaves() {
        let four = geometry(Granule::Size4K, false);
        let fields = [Level::L0, Level::L1, Level::L2, Level::L3].map(|level| four.tlbi_level(level));
        assert_eq!(fields, [0, 0b0101, 0b0110, 0b0111]);
        assert_eq!(geometry(Granule::Size4K, true).tlbi_level(Level::L0), 0b0100);
        let sixteen = geometry(Granule::Size16K, false);
        assert_eq!([Level::L1, Level::L2].map(|level| sixteen.tlbi_level(level)), [0, 0b1010]);
        assert_eq!(geometry(Granule::Size16K, true).tlbi_level(Level::L1), 0b1001);
        assert_eq!(geometry(Granule::Size64K, false).tlbi_level(Level::L3), 0b1111);
        assert_eq!(four.tlbi_range_level(Level::L2), 0b10);
        assert_eq!(geometry(Granule::Size4K, true).tlbi_range_level(Level::L0), 0);
    }
}
