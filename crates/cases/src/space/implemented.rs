//! What the ID registers say of granules and of sizes of addresses.

use afdbm::geometry::Granule;
use core::fmt;

/// The ID registers of a PE that tell which tables it can walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Implemented {
    /// ID_AA64MMFR0_EL1.
    pub mmfr0: u64,
    /// ID_AA64MMFR1_EL1.
    pub mmfr1: u64,
    /// ID_AA64MMFR2_EL1.
    pub mmfr2: u64,
    /// ID_AA64MMFR3_EL1.
    pub mmfr3: u64,
}

/// A field of an ID register, and the value for which a setting of the tables is out of reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lacking {
    /// The register and the field.
    pub field: &'static str,
    /// What it holds.
    pub value: u64,
    /// What there is not.
    pub what: &'static str,
}

const fn lacking(field: &'static str, value: u64, what: &'static str) -> Option<Lacking> {
    Some(Lacking { field, value, what })
}

impl Implemented {
    /// Returns the field that says that a PE has fewer bits of physical address than are asked for, if it has.
    #[must_use]
    pub const fn lacks_output_bits(&self, bits: u8) -> Option<Lacking> {
        if self.output_bits() >= bits {
            return None;
        }
        lacking("ID_AA64MMFR0_EL1.PARange", self.mmfr0(0), "fewer bits of intermediate physical address")
    }

    const fn mmfr0(&self, shift: u32) -> u64 {
        self.mmfr0 >> shift & 0xf
    }

    /// Returns the bits of a physical address: ID_AA64MMFR0_EL1.PARange (Arm ARM D24.2.88).
    #[must_use]
    pub const fn output_bits(&self) -> u8 {
        match self.mmfr0(0) {
            0 => 32,
            1 => 36,
            2 => 40,
            3 => 42,
            4 => 44,
            5 => 48,
            // 0b0111 is 56 bits (FEAT_D128), of which VMSAv8-64 descriptors hold 52.
            _ => 52,
        }
    }

    /// Returns the field that says that the PE lacks a granule, if it does (Arm ARM D24.2.88).
    #[must_use]
    pub const fn lacks_granule(&self, granule: Granule) -> Option<Lacking> {
        match granule {
            // Signed: 0b1111 is none.
            Granule::Size4K => match self.mmfr0(28) {
                value @ 8.. => lacking("ID_AA64MMFR0_EL1.TGran4", value, "no 4K granule"),
                _ => None,
            },
            Granule::Size16K => match self.mmfr0(20) {
                0 => lacking("ID_AA64MMFR0_EL1.TGran16", 0, "no 16K granule"),
                _ => None,
            },
            Granule::Size64K => match self.mmfr0(24) {
                value @ 8.. => lacking("ID_AA64MMFR0_EL1.TGran64", value, "no 64K granule"),
                _ => None,
            },
        }
    }

    /// Returns the field that says that the PE lacks a granule at stage 2, if it does: 1 says so, 0 that stage 1 decides
    /// (Arm ARM D24.2.88).
    #[must_use]
    pub const fn lacks_granule_of_stage_2(&self, granule: Granule) -> Option<Lacking> {
        let (shift, field, what) = match granule {
            Granule::Size4K => (40, "ID_AA64MMFR0_EL1.TGran4_2", "no 4K granule at stage 2"),
            Granule::Size16K => (32, "ID_AA64MMFR0_EL1.TGran16_2", "no 16K granule at stage 2"),
            Granule::Size64K => (36, "ID_AA64MMFR0_EL1.TGran64_2", "no 64K granule at stage 2"),
        };
        match self.mmfr0(shift) {
            0 => self.lacks_granule(granule),
            1 => lacking(field, 1, what),
            _ => None,
        }
    }

    /// Returns the field that says that the PE lacks 52 bits of address with a granule of 4K or 16K (FEAT_LPA2), if it does.
    #[must_use]
    pub const fn lacks_large_format(&self, granule: Granule) -> Option<Lacking> {
        let what = "no FEAT_LPA2";
        match granule {
            Granule::Size4K => match self.mmfr0(28) {
                1..8 => None,
                value => lacking("ID_AA64MMFR0_EL1.TGran4", value, what),
            },
            Granule::Size16K => match self.mmfr0(20) {
                2.. => None,
                value => lacking("ID_AA64MMFR0_EL1.TGran16", value, what),
            },
            Granule::Size64K => None,
        }
    }

    /// Returns the field that says that the PE lacks 52 bits of input address with the 64K granule (FEAT_LVA), if it does.
    #[must_use]
    pub const fn lacks_large_input(&self) -> Option<Lacking> {
        match self.mmfr2 >> 16 & 0xf {
            0 => lacking("ID_AA64MMFR2_EL1.VARange", 0, "no FEAT_LVA"),
            _ => None,
        }
    }

    /// Returns the field that says that the PE lacks what of TCR2_EL1 is asked for, if it does: indirect permissions
    /// (FEAT_S1PIE), or the Access flag of Table descriptors (FEAT_HAFT).
    #[must_use]
    pub const fn lacks_extended(&self, indirect: bool, table_access_flag: bool) -> Option<Lacking> {
        let (register, permissions, management) = (self.mmfr3 & 0xf, self.mmfr3 >> 8 & 0xf, self.mmfr1 & 0xf);
        if indirect && permissions == 0 {
            return lacking("ID_AA64MMFR3_EL1.S1PIE", 0, "no FEAT_S1PIE");
        }
        // Unsigned: a higher value has at least what a lower one has (row A05).
        if table_access_flag && management < 3 {
            return lacking("ID_AA64MMFR1_EL1.HAFDBS", management, "no FEAT_HAFT");
        }
        if (indirect || table_access_flag) && register == 0 {
            return lacking("ID_AA64MMFR3_EL1.TCRX", 0, "no TCR2_EL1");
        }
        None
    }

    /// Returns the field that says that XN of stage 2 does not tell EL0 and EL1 apart (FEAT_XNX), if it does not (Arm ARM
    /// D24.2.89).
    #[must_use]
    pub const fn lacks_execute_never_by_level(&self) -> Option<Lacking> {
        match self.mmfr1 >> 28 & 0xf {
            0 => lacking("ID_AA64MMFR1_EL1.XNX", 0, "no FEAT_XNX"),
            _ => None,
        }
    }

    /// Returns the field that says that the PE lacks 52 bits of output address, if it does.
    #[must_use]
    pub const fn lacks_large_output(&self) -> Option<Lacking> {
        match self.mmfr0(0) {
            value @ ..6 => lacking("ID_AA64MMFR0_EL1.PARange", value, "no 52 bits of output address"),
            _ => None,
        }
    }
}

/// Shows `ID_AA64MMFR0_EL1.TGran16=0: no 16K granule`.
impl fmt::Display for Lacking {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}: {}", self.field, self.value, self.what)
    }
}
