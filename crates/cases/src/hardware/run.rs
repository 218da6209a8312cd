//! One access on the machine: its registers and memory, and what a walk is for.

use super::{Defect, Format, Hardware, Liberty, Memory};
use afdbm::fault::FaultStatus;
use afdbm::stage::Stage;
use oracle::{Controls, Query, Stage2Controls};

/// What the word at the address of the access holds before it; a write makes it one more.
pub(crate) const HELD: u64 = 0x5eed;

/// The machine in the midst of an access.
pub(crate) struct Run<'a> {
    pub(super) hardware: &'a Hardware,
    pub(super) query: &'a Query,
    /// VTCR_EL2 and HCR_EL2, where stage 2 is on.
    pub(super) stage_2: Option<Stage2Controls>,
    /// TTBR0_EL1.
    pub(super) root: u64,
    /// VTTBR_EL2.
    pub(super) stage_2_root: u64,
    pub(crate) memory: Memory,
    /// Where the data stands in memory.
    pub(super) data: u64,
    /// The access is an AT, of whose walk it is now.
    pub(super) reports: bool,
    /// The leaf of stage 1 as the TLB holds it.
    pub(super) held: Option<u64>,
}

/// Why an access ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Abort {
    pub(super) status: FaultStatus,
    /// A read would not have ended so.
    pub(super) readable: bool,
    /// Only the dirty state was lacking.
    pub(super) for_dirty_state: bool,
    /// Where stage 2 is the reason.
    pub(super) of_stage_2: Option<OfStage2>,
}

/// What an abort of stage 2 is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfStage2 {
    /// The intermediate physical address.
    pub(super) address: u64,
    /// A walk of stage 1 asked.
    pub(super) on_walk: bool,
    /// The walk was about to write.
    pub(super) of_update: bool,
}

impl Abort {
    pub(super) const fn new(status: FaultStatus) -> Self {
        Self { status, readable: false, for_dirty_state: false, of_stage_2: None }
    }
}

/// What an access wants of stage 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Want {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) execute: bool,
    pub(super) user: bool,
    pub(super) pan: bool,
    /// Sets AF.
    pub(super) flags: bool,
    /// Makes what it writes dirty.
    pub(super) dirties: bool,
}

impl Want {
    /// A walk that no instruction asked for.
    pub(super) const SPECULATION: Self = Self {
        read: false,
        write: false,
        execute: false,
        user: false,
        pan: false,
        flags: true,
        dirties: false,
    };
}

impl<'a> Run<'a> {
    /// Sets the registers.
    pub(crate) fn new(
        hardware: &'a Hardware,
        query: &'a Query,
        stage_2: Option<Stage2Controls>,
        (root, stage_2_root): (u64, u64),
        memory: Memory,
        data: u64,
    ) -> Self {
        Self { hardware, query, stage_2, root, stage_2_root, memory, data, reports: false, held: None }
    }

    pub(super) fn controls(&self) -> &'a Controls {
        &self.query.controls
    }

    pub(super) fn is(&self, defect: Defect) -> bool {
        self.hardware.defect == Some(defect)
    }

    pub(super) fn takes(&self, liberty: Liberty) -> bool {
        self.hardware.temper.takes(liberty)
    }

    pub(super) fn format(&self, stage: Stage) -> Format {
        match (stage, self.stage_2) {
            (Stage::Two, Some(controls)) => Format::of(controls.geometry),
            _ => Format::of(self.controls().range.geometry),
        }
    }

    /// Tells whether a defect of tables shows at this stage: at stage 2, where it is on.
    pub(super) fn is_at(&self, stage: Stage, defect: Defect) -> bool {
        self.is(defect) && (stage == Stage::Two) == self.stage_2.is_some()
    }
}
