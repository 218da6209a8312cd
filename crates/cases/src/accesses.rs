//! The accesses that the product leaves out: each through a pairwise covering set of leaf states and controls.
//!
//! The set has as many rows as an orthogonal array of 11 levels: each column lists 11 values of one dimension, and two
//! columns meet with each pair of their values in exactly one row.

use crate::product::{Circumstance, Combination, LeafBits, SecondPage, TableBits, TablePlace};
use afdbm::descriptor::Level;
use oracle::{AccessKind, ExceptionLevel, Family, TlbState};

mod document;

pub use document::Accesses;

/// The levels of the array, a prime.
const LEVELS: usize = 11;
/// The rows of the array.
pub const ROWS: u64 = (LEVELS * LEVELS) as u64;

/// Accesses that are asked for as one case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Loads of one general-purpose register.
    Loads,
    /// Stores of one general-purpose register.
    Stores,
    /// Loads and stores of two general-purpose registers.
    Pairs,
    /// Loads and stores of SIMD and floating-point registers.
    Vectors,
    /// Loads and stores of SVE.
    ScalableVectors,
    /// SET and CPY.
    MemoryOperations,
    /// Acquires and releases, neither exclusive nor atomic.
    Ordered,
    /// Exclusives.
    Exclusives,
    /// Atomics that compute or swap, of so many bytes.
    Atomics(usize),
    /// CAS, CASP, and what compares likewise.
    Compares,
    /// Stores and loads of Allocation Tags.
    Tags,
    /// PRFM.
    Prefetches,
    /// DC.
    Maintenance,
    /// AT.
    Translations,
}

impl Class {
    /// Returns the class of an access.
    #[must_use]
    pub fn of(kind: AccessKind) -> Self {
        let tags = kind.requires() == oracle::Requirement::TagInstructions;
        match kind.family() {
            _ if kind.requires() == oracle::Requirement::ScalableVectors => Self::ScalableVectors,
            _ if kind.requires() == oracle::Requirement::MemoryOperations => Self::MemoryOperations,
            Family::Translation => Self::Translations,
            Family::Optional(_) => Self::Prefetches,
            Family::DataMaintenance | Family::InstructionMaintenance | Family::Fetch => Self::Maintenance,
            _ if tags => Self::Tags,
            Family::Atomic if kind.compare() != oracle::Compare::Nothing => Self::Compares,
            Family::Atomic => Self::Atomics(kind.element() * kind.registers()),
            _ if kind.is_exclusive_or_atomic() => Self::Exclusives,
            _ if kind.misaligned() != oracle::Misaligned::Allowed => Self::Ordered,
            _ if kind.form() == oracle::Form::Vector => Self::Vectors,
            _ if kind.registers() == 2 => Self::Pairs,
            Family::Read => Self::Loads,
            Family::Write => Self::Stores,
        }
    }

    /// Returns the name of its case.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Loads => "loads",
            Self::Stores => "stores",
            Self::Pairs => "pairs",
            Self::Vectors => "vectors",
            Self::ScalableVectors => "scalable-vectors",
            Self::MemoryOperations => "memory-operations",
            Self::Ordered => "acquire-release",
            Self::Exclusives => "exclusives",
            Self::Atomics(1) => "atomics-byte",
            Self::Atomics(2) => "atomics-halfword",
            Self::Atomics(4) => "atomics-word",
            Self::Atomics(8) => "atomics-doubleword",
            Self::Atomics(_) => "atomics-quadword",
            Self::Compares => "compare-and-swap",
            Self::Tags => "tags",
            Self::Prefetches => "prefetches",
            Self::Maintenance => "maintenance",
            Self::Translations => "translations",
        }
    }

    /// Returns the accesses of the class that EL0 or EL1 executes, none of them the product's.
    pub fn accesses(self) -> impl Iterator<Item = AccessKind> {
        AccessKind::ALL[AccessKind::PRODUCT.len()..]
            .iter()
            .copied()
            .filter(move |kind| Self::of(*kind) == self && !kind.translates_by_both_stages())
    }
}

/// The leaf states: invalid; old and young, read-write, read-only, clean and dirty, clean more than once.
const LEAVES: [u8; LEVELS] = [24, 1, 9, 25, 17, 3, 11, 27, 19, 27, 25];
/// AP\[1\], and Contiguous.
const SHARED: [u8; LEVELS] = {
    let (user, group) = (4, 128);
    [user, 0, user, group, user, 0, user | group, 0, user, 0, user]
};
/// UXN and PXN.
const NEVER: u8 = 96;
/// What is particular.
const CIRCUMSTANCES: [Circumstance; LEVELS] = [
    Circumstance::Plain,
    Circumstance::UserAccessOverride,
    Circumstance::UnprivilegedRefused,
    Circumstance::TopByteIgnored,
    Circumstance::TopByteChecked,
    Circumstance::WalksDisabled,
    Circumstance::TableInvalid,
    Circumstance::Device,
    Circumstance::DeviceMisaligned,
    Circumstance::Misaligned,
    Circumstance::AlignmentChecked,
];
/// HA and HD.
const MANAGEMENT: [(bool, bool); LEVELS] = {
    let (none, dirty, flag, both) = ((false, false), (false, true), (true, false), (true, true));
    [both, none, both, flag, both, dirty, both, none, both, flag, both]
};
/// What few rows have.
const SOME: [bool; LEVELS] = [false, false, true, false, false, true, false, false, true, false, false];
const TABLES: [u8; LEVELS] = [0, 1, 0, 2, 0, 3, 0, 4, 0, 8, 15];
const PAGE_LEVELS: [Level; LEVELS] = {
    let (page, block, large) = (Level::L3, Level::L2, Level::L1);
    [page, block, page, large, page, block, page, large, page, block, page]
};
const BEFORE: [TlbState; LEVELS] = {
    let (cold, load, store) = (TlbState::Cold, TlbState::AfterLoad, TlbState::AfterStore);
    [cold, load, cold, store, cold, load, cold, store, cold, load, cold]
};

/// Returns the combination of a row for an access.
///
/// # Panics
///
/// Panics from [`ROWS`] on.
#[must_use]
pub fn combination(kind: AccessKind, row: u64) -> Combination {
    let row = usize::try_from(row).expect("a row");
    assert!(row < LEVELS * LEVELS, "there is no row {row}");
    // The slow column first, so that the controls seldom change.
    let (slow, fast) = (row / LEVELS, row % LEVELS);
    let column = |factor: usize| (fast + factor * slow) % LEVELS;
    let (hardware_access_flag, hardware_dirty_state) = MANAGEMENT[column(1)];
    let exception_level = if SOME[column(2)] { ExceptionLevel::El0 } else { ExceptionLevel::El1 };
    let place = if SOME[column(7)] { TablePlace::ReadOnlyLast } else { TablePlace::ReadOnlyFirst };
    Combination {
        hardware_access_flag,
        hardware_dirty_state,
        circumstance: CIRCUMSTANCES[slow],
        hierarchy_disabled: SOME[column(5)],
        write_execute_never: SOME[column(4)],
        exception_level,
        privileged_access_never: SOME[column(3)],
        kind,
        second: SecondPage(0),
        level: PAGE_LEVELS[column(8)],
        place,
        table: TableBits(TABLES[column(6)]),
        tlb: BEFORE[column(9)],
        leaf: LeafBits(LEAVES[column(0)] | SHARED[column(10)] | NEVER),
    }
}

#[cfg(test)]
mod tests;
