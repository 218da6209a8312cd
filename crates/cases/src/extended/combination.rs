//! The dimensions, and a combination of one value for each.

use super::Granted;
use crate::geometries::KINDS;
use crate::product::{self, Circumstance, LeafBits, SecondPage, TableBits, TablePlace, Values};
use crate::space::dimensions;
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;
use core::fmt;
use oracle::{AccessKind, ExceptionLevel, TlbState, permission_index};

/// The Access flags of the Table descriptors, a digit of 8: bit 0 that of level 0, then of level 1 and of level 2.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TableFlags(pub u8);

impl Values for TableFlags {
    const COUNT: u16 = 8;

    fn digit(self) -> u16 {
        u16::from(self.0)
    }

    fn at(digit: u16) -> Self {
        Self(u8::try_from(digit).expect("a digit below the count"))
    }
}

// Slowest first: what empties a TLB when it changes.
dimensions! {
    /// TCR2_EL1.PIE.
    indirect: bool;
    /// TCR2_EL1.HAFT.
    table_access_flag: bool;
    /// PIR_EL1 and PIRE0_EL1, where PIE is 1.
    granted: Granted;
    /// TCR_EL1.HA.
    hardware_access_flag: bool;
    /// TCR_EL1.HD.
    hardware_dirty_state: bool;
    /// SCTLR_EL1.WXN.
    write_execute_never: bool;
    /// PSTATE.PAN.
    privileged_access_never: bool;
    /// The level of the leaf.
    level: Level;
    /// The access.
    kind: AccessKind = KINDS;
    /// Where the access is executed.
    exception_level: ExceptionLevel;
    /// Which tables carry the attributes.
    place: TablePlace;
    /// The attributes of the tables.
    table: TableBits;
    /// The Access flags of the tables.
    flags: TableFlags;
    /// What went before.
    tlb: TlbState;
    /// The bits of the leaf: with indirect permissions AP\[2\] is nDirty, and UXN, PXN, DBM and AP\[1\] are the index.
    leaf: LeafBits;
}

impl Combination {
    /// Returns the combination of the product that has the same values, but for what TCR2_EL1 turns on.
    #[must_use]
    pub fn of_product(&self) -> product::Combination {
        product::Combination {
            hardware_access_flag: self.hardware_access_flag,
            hardware_dirty_state: self.hardware_dirty_state,
            circumstance: Circumstance::Plain,
            hierarchy_disabled: false,
            write_execute_never: self.write_execute_never,
            exception_level: self.exception_level,
            privileged_access_never: self.privileged_access_never,
            kind: self.kind,
            second: SecondPage(0),
            level: self.level,
            place: self.place,
            table: self.table,
            tlb: self.tlb,
            leaf: self.leaf,
        }
    }

    /// Returns what the leaf's index grants the privileged Exception level and EL0, where permissions are indirect.
    #[must_use]
    pub fn fields(&self) -> Option<(u64, u64)> {
        let index = permission_index(Descriptor(self.leaf.bits()));
        self.indirect.then(|| self.granted.fields(index))
    }
}

/// Shows every value: `store EL1 level 3, PIE=1 (0b0101 for EL1, 0b0000 for EL0) HAFT=0 HA=1 HD=1 WXN=0 PAN=0, tables ..., leaf
/// ..., cold`.
impl fmt::Display for Combination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bit = u8::from;
        write!(
            formatter,
            "{} {} level {}, PIE={}",
            self.kind.name(),
            if self.exception_level == ExceptionLevel::El0 { "EL0" } else { "EL1" },
            self.level,
            bit(self.indirect),
        )?;
        if let Some((privileged, unprivileged)) = self.fields() {
            write!(formatter, " ({privileged:#06b} for EL1, {unprivileged:#06b} for EL0)")?;
        }
        write!(
            formatter,
            " HAFT={} HA={} HD={} WXN={} PAN={}, ",
            bit(self.table_access_flag),
            bit(self.hardware_access_flag),
            bit(self.hardware_dirty_state),
            bit(self.write_execute_never),
            bit(self.privileged_access_never),
        )?;
        write!(
            formatter,
            "tables AF={:#05b} {:#06b} ({}), leaf {}, {}",
            self.flags.0,
            self.table.0,
            TablePlace::LABELS[usize::from(self.place.digit())],
            Descriptor(self.leaf.bits()),
            self.tlb
        )
    }
}
