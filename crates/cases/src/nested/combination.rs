//! The dimensions, and a combination of one value for each.

use super::{DataLeaf, Permissions, Place, TableLeaf};
use crate::product::{self, Circumstance, LeafBits, SecondPage, TableBits, TablePlace, Values};
use crate::space::dimensions;
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;
use core::fmt;
use oracle::{AccessKind, ExceptionLevel, TlbState};

/// The accesses.
pub(super) const KINDS: [AccessKind; 21] = [
    AccessKind::Load,
    AccessKind::Store,
    AccessKind::CompareAndSwap,
    AccessKind::CompareAndSwapMismatch,
    AccessKind::FetchAdd,
    AccessKind::Fetch,
    AccessKind::ZeroBlock,
    AccessKind::LoadExclusive,
    AccessKind::StoreExclusivePass,
    AccessKind::LoadExclusivePairDoubleword,
    AccessKind::StoreExclusivePairDoubleword,
    AccessKind::PrefetchLoad,
    AccessKind::PrefetchStore,
    AccessKind::TranslateRead,
    AccessKind::TranslateWrite,
    AccessKind::TranslateUserRead,
    AccessKind::TranslateUserWrite,
    AccessKind::TranslateBothRead,
    AccessKind::TranslateBothWrite,
    AccessKind::TranslateBothUserRead,
    AccessKind::TranslateBothUserWrite,
];

/// Bits of the leaf of stage 1 that vary: those of [`LeafBits`] but Contiguous.
pub(super) const LEAVES: u64 = 128;

/// HA and HD of both stages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Controls {
    /// TCR_EL1.HA.
    pub stage_1_access_flag: bool,
    /// TCR_EL1.HD.
    pub stage_1_dirty_state: bool,
    /// VTCR_EL2.HA.
    pub stage_2_access_flag: bool,
    /// VTCR_EL2.HD.
    pub stage_2_dirty_state: bool,
}

impl Values for Controls {
    const COUNT: u16 = 16;

    fn digit(self) -> u16 {
        u16::from(self.stage_1_access_flag) << 3
            | u16::from(self.stage_1_dirty_state) << 2
            | u16::from(self.stage_2_access_flag) << 1
            | u16::from(self.stage_2_dirty_state)
    }

    fn at(digit: u16) -> Self {
        Self {
            stage_1_access_flag: digit & 8 != 0,
            stage_1_dirty_state: digit & 4 != 0,
            stage_2_access_flag: digit & 2 != 0,
            stage_2_dirty_state: digit & 1 != 0,
        }
    }
}

/// What stage 2 makes of the memory of stage 1's tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TableMemory {
    /// Normal memory; HCR_EL2.PTW is 0.
    Normal,
    /// Normal memory; HCR_EL2.PTW is 1, which has no effect there.
    Protected,
    /// Device memory with HCR_EL2.PTW, so that no walk reads it (row H22).
    ProtectedDevice,
}

impl TableMemory {
    /// Every one, in the order of the digits.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Protected, Self::ProtectedDevice];
}

/// The level of the leaf of stage 1, and which page of its tables has the leaf of stage 2 that varies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Walked {
    /// A page at level 3; its table.
    Page,
    /// A page at level 3; the table above its table.
    TableOfTable,
    /// A Block at level 2; its table.
    Block,
}

impl Walked {
    /// Every one, in the order of the digits.
    pub const ALL: [Self; 3] = [Self::Page, Self::TableOfTable, Self::Block];

    /// Returns the level of the leaf of stage 1.
    #[must_use]
    pub const fn leaf_level(self) -> Level {
        match self {
            Self::Page | Self::TableOfTable => Level::L3,
            Self::Block => Level::L2,
        }
    }

    /// Returns the level of the table whose page varies.
    #[must_use]
    pub const fn table_level(self) -> Level {
        match self {
            Self::Page => Level::L3,
            Self::TableOfTable | Self::Block => Level::L2,
        }
    }
}

// Slowest first: what empties a TLB when it changes.
dimensions! {
    /// Direct or indirect permissions of stage 2.
    permissions: Permissions;
    /// The tables of stage 2, and the level of the data's leaf there.
    place: Place = Place::ALL;
    /// The memory of the tables of stage 1.
    memory: TableMemory = TableMemory::ALL;
    /// HA and HD of both stages.
    controls: Controls;
    /// The access.
    kind: AccessKind = KINDS;
    /// Where the access is executed.
    exception_level: ExceptionLevel;
    /// The level of the leaf of stage 1, and the page of its tables that varies.
    walked: Walked = Walked::ALL;
    /// What went before.
    before: TlbState;
    /// The leaf of stage 2 for that page.
    table: TableLeaf;
    /// The leaf of stage 2 for the data.
    data: DataLeaf;
    /// The bits of the leaf of stage 1, none of them Contiguous.
    leaf: LeafBits, first LEAVES;
}

impl Combination {
    /// Returns the combination of the product that is stage 1 of this one: for the filter, and for the conditions of a kind
    /// of failure.
    #[must_use]
    pub fn of_product(&self) -> product::Combination {
        product::Combination {
            hardware_access_flag: self.controls.stage_1_access_flag,
            hardware_dirty_state: self.controls.stage_1_dirty_state,
            circumstance: Circumstance::Plain,
            hierarchy_disabled: false,
            write_execute_never: false,
            exception_level: self.exception_level,
            privileged_access_never: false,
            kind: self.kind,
            second: SecondPage(0),
            level: self.walked.leaf_level(),
            place: TablePlace::ReadOnlyFirst,
            table: TableBits(0),
            tlb: self.before,
            leaf: self.leaf,
        }
    }
}

/// Shows every value but what no combination has.
impl fmt::Display for Combination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bit = u8::from;
        let Controls { stage_1_access_flag, stage_1_dirty_state, stage_2_access_flag, stage_2_dirty_state } =
            self.controls;
        write!(
            formatter,
            "{} {} level {}, HA={} HD={}, stage 2 {} HA={} HD={}, leaf {}, {} {}, data {}, {}",
            self.kind.name(),
            if self.exception_level == ExceptionLevel::El0 { "EL0" } else { "EL1" },
            self.walked.leaf_level(),
            bit(stage_1_access_flag),
            bit(stage_1_dirty_state),
            self.place,
            bit(stage_2_access_flag),
            bit(stage_2_dirty_state),
            Descriptor(self.leaf.bits()),
            match self.walked {
                Walked::Page | Walked::Block => "its table",
                Walked::TableOfTable => "the table of its table",
            },
            Bits(self.table.bits()),
            Bits(self.data.bits()),
            self.before,
        )?;
        formatter.write_str(match self.memory {
            TableMemory::Normal => "",
            TableMemory::Protected => ", PTW=1",
            TableMemory::ProtectedDevice => ", PTW=1 and the tables are Device memory",
        })?;
        write!(formatter, "{}", self.permissions)
    }
}

/// The bits of a leaf of stage 2 in words: `valid AF S2AP=01 DBM XN=10`.
struct Bits(u64);

impl fmt::Display for Bits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leaf = Descriptor(self.0);
        formatter.write_str(if leaf.is_valid() { "valid" } else { "invalid" })?;
        for (bit, name) in [(Descriptor::AF, " AF"), (Descriptor::DBM, " DBM")] {
            if leaf.has(bit) {
                formatter.write_str(name)?;
            }
        }
        write!(formatter, " S2AP={:02b}", self.0 >> 6 & 0b11)?;
        match self.0 >> 53 & 0b11 {
            0 => Ok(()),
            never => write!(formatter, " XN={never:02b}"),
        }
    }
}
