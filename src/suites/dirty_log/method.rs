//! The ways to keep a log: right ones, and their wrong twins.

use crate::support::guest::Operation;
use afdbm::operations::{Change, Stage2Invalidation, Stage2Tlbi, make_old, stage_2};
use history::Stage2Neighbour;

/// A way to keep a log.
pub struct Method {
    /// Begins the log: what it found is of before.
    pub begin: Operation,
    /// Finds what was written, and begins anew.
    pub harvest: Operation,
    /// The TLBIs of a harvest.
    pub sequence: &'static [Stage2Tlbi],
    /// Faults are the log; else the dirty state is.
    pub by_faults: bool,
    /// Every second CPU has VTCR_EL2.HD clear, and every fourth HA too.
    pub unlike: bool,
    /// It is wrong in that it loses pages; else it has too many.
    pub loses: bool,
    /// A machine shows what is wrong with it only where a TLB holds an entry long enough.
    pub needs_stale_entries: bool,
}

impl Method {
    /// By the dirty state.
    pub const HARDWARE: Self = Self {
        begin: stage_2::log_by_hardware,
        harvest: stage_2::make_clean,
        sequence: &Stage2Invalidation::SEQUENCE,
        by_faults: false,
        unlike: false,
        loses: true,
        needs_stale_entries: false,
    };
    /// By write protection.
    pub const FAULTS: Self = Self {
        begin: stage_2::write_protect,
        harvest: stage_2::write_protect,
        by_faults: true,
        ..Self::HARDWARE
    };
    /// By the dirty state, which faults record for CPUs with HD=0; each harvest ages the pages as well.
    pub const UNLIKE: Self = Self {
        harvest: |slot, place| {
            let aged = make_old(slot, place);
            let change = stage_2::make_clean(slot, place);
            Change { owed: change.owed.merge(aged.owed), ..change }
        },
        unlike: true,
        ..Self::HARDWARE
    };
    /// Nothing is invalidated.
    pub const WITHOUT_INVALIDATION: Self =
        Self { sequence: &[], needs_stale_entries: true, ..Self::HARDWARE };
    /// The entries that join both stages stay.
    pub const STAGE_2_ALONE: Self = Self {
        sequence: Stage2Neighbour::EntriesOfStage2Alone.sequence(),
        needs_stale_entries: true,
        ..Self::HARDWARE
    };
    /// The harvest goes the way of stage 1.
    pub const AS_IN_STAGE_1: Self = Self {
        harvest: |slot, place| {
            Stage2Neighbour::CleanAsInStage1.wrong(slot, stage_2::Permissions::READ, place)
        },
        loses: false,
        ..Self::HARDWARE
    };
    /// The log begins with what was writable.
    pub const LEAVES_WRITABLE: Self = Self {
        begin: |slot, place| {
            Stage2Neighbour::LogLeavesWritable.wrong(slot, stage_2::Permissions::READ, place)
        },
        loses: false,
        ..Self::HARDWARE
    };
    /// Write protection that hardware lifts.
    pub const KEEPS_DBM: Self = Self {
        begin: stage_2::log_by_hardware,
        harvest: |slot, place| {
            Stage2Neighbour::WriteProtectKeepsDbm.wrong(slot, stage_2::Permissions::READ, place)
        },
        ..Self::FAULTS
    };

    /// Returns VTCR_EL2.HA and HD of a CPU, of those that it has.
    pub fn management(&self, cpu: usize) -> (bool, bool) {
        if self.unlike { (cpu % 4 != 3, cpu.is_multiple_of(2)) } else { (true, true) }
    }
}
