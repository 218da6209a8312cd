//! What a TLBI takes in its register.

use crate::address::{Asid, IntermediatePhysicalAddress, VirtualAddress};
use crate::geometry::{Geometry, Level};

/// The value of the register that a TLBI names (Arm ARM D8.17.5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Operand(pub u64);

/// The lowest bit of the ASID, of TTL or TG, and of a range's other fields.
const ASID: u32 = 48;
const LEVEL: u32 = 44;
const GRANULE: u32 = 46;
const SCALE: u32 = 44;
const NUMBER: u32 = 39;
const RANGE_LEVEL: u32 = 37;

impl Operand {
    /// Returns the operand of a TLBI that invalidates an address space (ASIDE1).
    #[inline]
    #[must_use]
    pub const fn of_asid(asid: Asid) -> Self {
        Self((asid.0 as u64) << ASID)
    }

    /// Returns the operand of a TLBI by address (VAE1, VALE1; with ASID 0, VAAE1 and VAALE1).
    ///
    /// `leaf` is the level of the leaf, for a PE with FEAT_TTL: a wrong one leaves the invalidation out (R_SQXYZ).
    #[inline]
    #[must_use]
    pub const fn of_address(
        geometry: Geometry,
        address: VirtualAddress,
        asid: Asid,
        leaf: Option<Level>,
    ) -> Self {
        let level = match leaf {
            Some(level) => geometry.tlbi_level(level),
            None => 0,
        };
        Self(Self::of_asid(asid).0 | level << LEVEL | geometry.tlbi_address(address))
    }

    /// Returns the operand of a TLBI by intermediate physical address (IPAS2E1 and IPAS2LE1), of the current VMID.
    ///
    /// `leaf` is as in [`Operand::of_address`].
    #[inline]
    #[must_use]
    pub const fn of_intermediate(
        geometry: Geometry,
        address: IntermediatePhysicalAddress,
        leaf: Option<Level>,
    ) -> Self {
        let level = match leaf {
            Some(level) => geometry.tlbi_level(level),
            None => 0,
        };
        Self(level << LEVEL | geometry.tlbi_intermediate(address))
    }

    /// Returns the operand of a TLBI by range (RVAE1 and its like), or `None` where the range would be UNPREDICTABLE.
    ///
    /// The range begins at `start`: a multiple of a page, of 64K with TCR_ELx.DS, and of what a leaf spans where its level
    /// is told (Arm ARM D8.17.5.2).
    #[inline]
    #[must_use]
    pub const fn of_range(
        geometry: Geometry,
        start: VirtualAddress,
        size: RangeSize,
        asid: Asid,
        leaf: Option<Level>,
    ) -> Option<Self> {
        let (level, unit) = match leaf {
            Some(level) => (geometry.tlbi_range_level(level), geometry.size(level)),
            None => (0, 1),
        };
        if !start.is_aligned(unit) || !start.is_aligned(1 << geometry.tlbi_range_shift()) {
            return None;
        }
        let fields = geometry.granule().tlbi_field() << GRANULE
            | (size.scale as u64) << SCALE
            | (size.number as u64) << NUMBER
            | level << RANGE_LEVEL
            | geometry.tlbi_base_address(start);
        Some(Self(Self::of_asid(asid).0 | fields))
    }
}

/// How far a TLBI by range reaches: SCALE and NUM.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RangeSize {
    scale: u8,
    number: u8,
}

impl RangeSize {
    /// Two pages, the shortest.
    pub const SHORTEST: Self = Self { scale: 0, number: 0 };

    /// Makes a size; `None` where SCALE is above 3 or NUM above 31.
    #[must_use]
    pub const fn new(scale: u8, number: u8) -> Option<Self> {
        if scale < 4 && number < 32 { Some(Self { scale, number }) } else { None }
    }

    /// Every size: NUM from 0 to 31, for SCALE from 0 to 3.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        (0..4).flat_map(|scale| (0..32).map(move |number| Self { scale, number }))
    }

    /// Returns SCALE.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Returns NUM.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.number
    }

    /// Returns the pages of the range: (NUM + 1) * 2^(5 * SCALE + 1).
    #[inline]
    #[must_use]
    pub const fn pages(self) -> u64 {
        (self.number as u64 + 1) << (5 * self.scale + 1)
    }

    /// Returns the bytes of the range.
    #[inline]
    #[must_use]
    pub const fn bytes(self, geometry: Geometry) -> u64 {
        self.pages() * geometry.page_size()
    }
}

#[cfg(test)]
mod tests {
    use super::{Operand, RangeSize};
    use crate::address::{Asid, IntermediatePhysicalAddress, VirtualAddress};
    use crate::geometry::{Geometry, Granule, Level};

    fn geometry(granule: Granule, wide: bool) -> Geometry {
        Geometry::new(granule, 48, 48, wide).expect("sizes of the granule")
    }

    #[test]
    fn an_address_stands_beside_asid_and_level() {
        let address = VirtualAddress(0xffff_ffe0_1234_5678);
        let of = |granule, level| Operand::of_address(geometry(granule, false), address, Asid(0xabcd), level);
        assert_eq!(of(Granule::Size4K, None), Operand(0xabcd_0fff_fe01_2345));
        assert_eq!(of(Granule::Size4K, Some(Level::L3)), Operand(0xabcd_7fff_fe01_2345));
        assert_eq!(of(Granule::Size16K, Some(Level::L2)), Operand(0xabcd_afff_fe01_2345));
        assert_eq!(of(Granule::Size64K, None), Operand(0xabcd_0fff_fe01_2345));
        assert_eq!(Operand::of_asid(Asid(0xabcd)), Operand(0xabcd_0000_0000_0000));
    }

    #[test]
    fn an_intermediate_address_stands_beside_the_level() {
        let address = IntermediatePhysicalAddress(0x000f_8765_4321_0000);
        let of = |granule, level| Operand::of_intermediate(geometry(granule, false), address, level);
        assert_eq!(of(Granule::Size4K, None), Operand(0x0000_00f8_7654_3210));
        assert_eq!(of(Granule::Size64K, None), Operand(0x0000_00f8_7654_3210));
        assert_eq!(of(Granule::Size16K, Some(Level::L3)), Operand(0x0000_b0f8_7654_3210));
    }

    #[test]
    fn a_range_has_its_fields() {
        let size = RangeSize::new(3, 31).expect("the longest");
        let start = VirtualAddress(0x12_3456_0000);
        let of = |granule, level| {
            Operand::of_range(geometry(granule, false), start, size, Asid(1), level).map(|found| found.0)
        };
        assert_eq!(of(Granule::Size4K, None), Some(0x0001_7f80_0123_4560));
        assert_eq!(of(Granule::Size4K, Some(Level::L3)), Some(0x0001_7fe0_0123_4560));
        assert_eq!(of(Granule::Size16K, Some(Level::L3)), Some(0x0001_bfe0_0048_d158));
        assert_eq!(of(Granule::Size64K, None), Some(0x0001_ff80_0012_3456));
    }

    #[test]
    fn a_range_that_begins_within_a_leaf_is_refused() {
        let of = |wide, start, level| {
            let geometry = geometry(Granule::Size4K, wide);
            Operand::of_range(geometry, VirtualAddress(start), RangeSize::SHORTEST, Asid(1), level).is_some()
        };
        assert!(of(false, 0x1000, Some(Level::L3)) && !of(false, 0x1800, None));
        assert!(of(false, 0x20_0000, Some(Level::L2)) && !of(false, 0x1000, Some(Level::L2)));
        assert!(of(true, 0x1_0000, Some(Level::L3)) && !of(true, 0x1000, Some(Level::L3)));
    }

    #[test]
    fn ranges_grow_by_scale_and_number() {
        let mut sizes = RangeSize::all();
        assert_eq!(sizes.next(), Some(RangeSize::SHORTEST));
        assert_eq!(sizes.clone().count(), 127);
        assert!(sizes.clone().is_sorted_by_key(RangeSize::pages));
        assert_eq!(RangeSize::SHORTEST.pages(), 2);
        assert_eq!(sizes.last().map(|longest| longest.bytes(Geometry::SIZE_4K)), Some(8 << 30));
        assert_eq!([(4, 0), (0, 32)].map(|(scale, number)| RangeSize::new(scale, number)), [None, None]);
    }
}
