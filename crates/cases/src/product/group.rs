//! The groups that failures are reported in: a machine that errs in one keeps its verdict in the others.

use super::{Circumstance, Combination};
use oracle::Family;

/// Combinations that are sampled as one case, and of which failures may be of one kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Group {
    /// Loads.
    Reads,
    /// Stores.
    Writes,
    /// DC ZVA, DC GZVA, DC GVA.
    Zeroing,
    /// Atomics.
    Atomics,
    /// Fetches.
    Fetches,
    /// PRFM.
    Prefetches,
    /// DC and IC.
    Maintenance,
    /// AT.
    Translations,
    /// Whatever else meets a reserved encoding.
    Reserved,
}

impl Group {
    /// Returns the group of a combination.
    #[must_use]
    pub fn of(combination: &Combination) -> Self {
        match combination.kind.family() {
            Family::Atomic => Self::Atomics,
            Family::DataMaintenance | Family::InstructionMaintenance => Self::Maintenance,
            _ if combination.circumstance == Circumstance::Reserved => Self::Reserved,
            Family::Read => Self::Reads,
            Family::Write if combination.kind.is_block() => Self::Zeroing,
            Family::Write => Self::Writes,
            Family::Fetch => Self::Fetches,
            Family::Optional(_) => Self::Prefetches,
            Family::Translation => Self::Translations,
        }
    }
}
