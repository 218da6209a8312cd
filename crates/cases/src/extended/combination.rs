//! The dimensions, and a combination of one value for each.

use super::Granted;
use crate::geometries::KINDS;
use crate::product::{self, Circumstance, LeafBits, SecondPage, TableBits, TablePlace, Values};
use crate::space::{dimensions, position};
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;
use core::fmt;
use oracle::{AccessKind, ExceptionLevel, TlbState, permission_index};

/// The version of the order of digits. A number is good for one version.
pub const ORDER_VERSION: u8 = 1;

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

// One dimension a line: the field, how many values it has, the value of a digit, the digit of a value. Slowest first: what
// empties a TLB when it changes.
dimensions! {
    /// TCR2_EL1.PIE.
    indirect: bool, bool::COUNT as usize, bool::at, bool::digit;
    /// TCR2_EL1.HAFT.
    table_access_flag: bool, bool::COUNT as usize, bool::at, bool::digit;
    /// PIR_EL1 and PIRE0_EL1, where PIE is 1.
    granted: Granted, <Granted as Values>::COUNT as usize, Granted::at, Granted::digit;
    /// TCR_EL1.HA.
    hardware_access_flag: bool, bool::COUNT as usize, bool::at, bool::digit;
    /// TCR_EL1.HD.
    hardware_dirty_state: bool, bool::COUNT as usize, bool::at, bool::digit;
    /// SCTLR_EL1.WXN.
    write_execute_never: bool, bool::COUNT as usize, bool::at, bool::digit;
    /// PSTATE.PAN.
    privileged_access_never: bool, bool::COUNT as usize, bool::at, bool::digit;
    /// The level of the leaf.
    level: Level, <Level as Values>::COUNT as usize, Level::at, Level::digit;
    /// The access.
    kind: AccessKind, KINDS.len(), |digit: u16| KINDS[usize::from(digit)], |it| position(&KINDS, &it);
    /// Where the access is executed.
    exception_level: ExceptionLevel, ExceptionLevel::COUNT as usize, ExceptionLevel::at, ExceptionLevel::digit;
    /// Which tables carry the attributes.
    place: TablePlace, <TablePlace as Values>::COUNT as usize, TablePlace::at, TablePlace::digit;
    /// The attributes of the tables.
    table: TableBits, <TableBits as Values>::COUNT as usize, TableBits::at, TableBits::digit;
    /// The Access flags of the tables.
    flags: TableFlags, TableFlags::COUNT as usize, TableFlags::at, TableFlags::digit;
    /// What went before.
    tlb: TlbState, TlbState::COUNT as usize, TlbState::at, TlbState::digit;
    /// The bits of the leaf: with indirect permissions AP\[2\] is nDirty, and UXN, PXN, DBM and AP\[1\] are the index.
    leaf: LeafBits, <LeafBits as Values>::COUNT as usize, LeafBits::at, LeafBits::digit;
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
            match self.tlb {
                TlbState::Cold => "cold",
                TlbState::AfterLoad => "after a load",
                TlbState::AfterStore => "after a store",
            }
        )
    }
}
