//! The dimensions, and a combination of one value for each.

use super::{Output, Place};
use crate::product::{self, Circumstance, LeafBits, SecondPage, TableBits, TablePlace};
use crate::space::dimensions;
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;
use core::fmt;
use oracle::{AccessKind, ExceptionLevel, TlbState};

/// The accesses.
pub const KINDS: [AccessKind; 10] = [
    AccessKind::Load,
    AccessKind::Store,
    AccessKind::CompareAndSwap,
    AccessKind::CompareAndSwapMismatch,
    AccessKind::FetchAdd,
    AccessKind::StoreExclusivePass,
    AccessKind::Fetch,
    AccessKind::ZeroBlock,
    AccessKind::TranslateRead,
    AccessKind::TranslateWrite,
];

// Slowest first: what empties a TLB when it changes.
dimensions! {
    /// The tables, and the level of the leaf.
    place: Place = Place::ALL;
    /// Where the leaf leads to.
    output: Output = Output::ALL;
    /// TCR_EL1.HA.
    hardware_access_flag: bool;
    /// TCR_EL1.HD.
    hardware_dirty_state: bool;
    /// SCTLR_EL1.WXN.
    write_execute_never: bool;
    /// PSTATE.PAN.
    privileged_access_never: bool;
    /// The access.
    kind: AccessKind = KINDS;
    /// Where the access is executed.
    exception_level: ExceptionLevel;
    /// What went before.
    tlb: TlbState;
    /// The bits of the leaf.
    leaf: LeafBits;
}

impl Combination {
    /// Returns the combination of the product that differs in tables, level 0 and output alone: what is known of its values,
    /// for the filter and for the conditions of a kind of failure.
    #[must_use]
    pub fn of_product(&self) -> product::Combination {
        product::Combination {
            hardware_access_flag: self.hardware_access_flag,
            hardware_dirty_state: self.hardware_dirty_state,
            circumstance: if self.output == Output::Memory {
                Circumstance::Plain
            } else {
                Circumstance::OutputTooLarge
            },
            hierarchy_disabled: false,
            write_execute_never: self.write_execute_never,
            exception_level: self.exception_level,
            privileged_access_never: self.privileged_access_never,
            kind: self.kind,
            second: SecondPage(0),
            level: self.place.level.max(Level::L1),
            place: TablePlace::ReadOnlyFirst,
            table: TableBits(0),
            tlb: self.tlb,
            leaf: self.leaf,
        }
    }
}

/// Shows every value: `16K T0SZ=17, store EL1 level 2, output in memory, HA=1 HD=1 WXN=0 PAN=0, leaf ..., cold`.
impl fmt::Display for Combination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bit = u8::from;
        write!(
            formatter,
            "{}, {} {} level {}, {}, HA={} HD={} WXN={} PAN={}, leaf {}, {}",
            self.place.tables,
            self.kind.name(),
            if self.exception_level == ExceptionLevel::El0 { "EL0" } else { "EL1" },
            self.place.level,
            self.output,
            bit(self.hardware_access_flag),
            bit(self.hardware_dirty_state),
            bit(self.write_execute_never),
            bit(self.privileged_access_never),
            Descriptor(self.leaf.bits()),
            self.tlb
        )
    }
}
