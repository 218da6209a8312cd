//! What a machine did, as a value to hold against a prediction.

use super::{
    Alternative, Bytes, BytesSet, Change, Ending, LeafPlace, Leaves, Levels, Page, Pages, Query, Update,
};
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, FaultStatus, Syndrome};
use afdbm::geometry::Level;
use afdbm::stage::Stage;

/// PAR_EL1 after an address translation instruction (Arm ARM D24.2, PAR_EL1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Par(pub u64);

impl Par {
    const FAULT: u64 = 1 << 0;
    pub(super) const STATUS: u64 = 0x3f << 1;
    pub(super) const ON_STAGE_1_WALK: u64 = 1 << 8;
    pub(super) const STAGE_2: u64 = 1 << 9;
    const RES1: u64 = 1 << 11;
    const OUTPUT: u64 = 0x000f_ffff_ffff_f000;

    /// Makes the value of a translation that failed with `status` at stage 1.
    #[must_use]
    pub const fn fault(status: FaultStatus) -> Self {
        Self(Self::FAULT | (status.code() as u64) << 1 | Self::RES1)
    }

    /// Makes the value of a translation that stage 2 refused with `status`, of a walk of stage 1 or of its output.
    #[must_use]
    pub const fn fault_of_stage_2(status: FaultStatus, on_walk: bool) -> Self {
        let walk = if on_walk { Self::ON_STAGE_1_WALK } else { 0 };
        Self(Self::fault(status).0 | Self::STAGE_2 | walk)
    }

    /// Makes the value of a translation to the page of `output`; attributes are those of Normal memory.
    #[must_use]
    pub const fn output(output: afdbm::address::PhysicalAddress) -> Self {
        Self(output.0 & Self::OUTPUT | 0xff << 56 | 0b11 << 7 | Self::RES1)
    }

    /// Tells whether the value says that the translation failed with `status` at stage 1.
    #[must_use]
    pub const fn is_fault(self, status: FaultStatus) -> bool {
        let looked_at = Self::FAULT | Self::STATUS | Self::ON_STAGE_1_WALK | Self::STAGE_2;
        self.0 & looked_at == Self::fault(status).0 & looked_at
    }

    /// Tells whether the value says that the translation gave the page of `output`; the attributes are the
    /// implementation's to report.
    #[must_use]
    pub const fn is_output(self, output: afdbm::address::PhysicalAddress) -> bool {
        self.0 & Self::FAULT == 0 && self.0 & Self::OUTPUT == output.0 & Self::OUTPUT
    }

    /// Returns the fault, if the value says that the translation failed.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "six bits are left")]
    pub const fn status(self) -> Option<FaultStatus> {
        if self.0 & Self::FAULT == 0 {
            None
        } else {
            Some(FaultStatus::from_code(((self.0 & Self::STATUS) >> 1) as u8))
        }
    }
}

/// What an access returned, against what memory held before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// What memory held; for a fetch: the instructions at the address were executed.
    Held,
    /// Something else.
    Other(u64),
}

/// How the access ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// It completed and has no value: STR, STP, STTR, DC, IC, PRFM.
    Completed,
    /// It completed with a value: loads, atomics, fetches.
    Returned(Value),
    /// STXR completed with this status.
    Status(u64),
    /// AT completed with this PAR_EL1.
    Reported(Par),
    /// It took an exception.
    Faulted(Fault),
}

/// The other members of the accessed leaf's contiguous group, together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Siblings {
    /// Every bit that changed in any of them.
    pub changed: u64,
    /// How many had AP\[2\] changed.
    pub dirtied: u8,
    /// One of them was made dirty with AF=0.
    pub dirty_without_flag: bool,
}

impl Siblings {
    /// Takes in one member.
    #[must_use]
    pub const fn with(self, before: Descriptor, after: Descriptor) -> Self {
        let changed = before.0 ^ after.0;
        let dirtied = changed & Stage::One.dirty_bit().mask() != 0;
        Self {
            changed: self.changed | changed,
            dirtied: self.dirtied + dirtied as u8,
            dirty_without_flag: self.dirty_without_flag || dirtied && !after.is_young(),
        }
    }
}

/// All that was seen of one access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// How it ended.
    pub event: Event,
    /// How many exceptions it took.
    pub exceptions: u8,
    /// The leaves, read after the barriers; as in the query where the access has none.
    pub leaves: Leaves<Descriptor>,
    /// The other members of the contiguous group; nothing where the leaf is not Contiguous.
    pub siblings: Siblings,
    /// The Table descriptors of each page's walk whose AF went from 0 to 1, as far as `tables_changed` does not have it.
    pub tables_accessed: Pages<Levels>,
    /// Every bit that changed in any Table descriptor of the walks.
    pub tables_changed: u64,
    /// Every bit that changed in any descriptor beside the accessed ones, outside the group.
    pub neighbours_changed: u64,
    /// The bytes of the access in each page; `Old` where it has none there.
    pub bytes: Pages<Bytes>,
}

fn updated(stage: Stage, descriptor: Descriptor, update: Update, eager: bool) -> Descriptor {
    let made = |change| change == Change::Must || eager && change == Change::May;
    let accessed = if made(update.accessed) { descriptor.with(Descriptor::AF) } else { descriptor };
    let dirty = made(update.dirtied) && (accessed.is_young() || !update.dirty_needs_accessed);
    if dirty { stage.with_dirty(accessed) } else { accessed }
}

fn bytes(set: BytesSet, eager: bool) -> Bytes {
    match (set.contains(Bytes::Old), eager) {
        (true, false) => Bytes::Old,
        _ if set.contains(Bytes::New) => Bytes::New,
        _ => Bytes::Old,
    }
}

/// Returns the levels at which a page's walk has a Table descriptor with AF=0.
pub(super) fn old_tables(query: &Query, page: Page) -> Levels {
    let path = &query.paths[LeafPlace { page, stage: Stage::One }];
    let start = query.controls.range.geometry.start_level();
    let levels = Level::ALL.iter().filter(|level| **level >= start && **level < path.leaf_level);
    levels
        .filter(|level| !path.descriptors[level.position()].is_young())
        .fold(Levels::NONE, |set, level| set.with(*level))
}

impl Outcome {
    /// Returns what a machine shows that takes `alternative`, with every change that it may make or only those that
    /// it must make. No sibling of a group changes.
    #[must_use]
    pub fn example(query: &Query, alternative: &Alternative, eager: bool) -> Self {
        let event = match alternative.ending {
            Ending::Completes => Event::Completed,
            Ending::ReturnsData | Ending::ReturnsAnything => Event::Returned(Value::Held),
            Ending::ReturnsStatus(passed) => Event::Status(u64::from(!passed)),
            Ending::ReturnsAnyStatus => Event::Status(0),
            Ending::ReportsOutput(output) => Event::Reported(Par::output(output)),
            Ending::ReportsFault(status) => Event::Reported(Par::fault(status)),
            Ending::ReportsStage2Fault { report, .. } => Event::Reported(report),
            Ending::ReportsAnything => Event::Reported(Par(0)),
            Ending::Faults { syndrome, address, .. } => {
                Event::Faulted(Fault { syndrome: Syndrome(syndrome.value.0), address })
            }
        };
        let after = |place| {
            let before = query.paths[place].leaf();
            let touched = place.page == Page::First || query.access.kind.is_crossing();
            if touched { updated(place.stage, before, alternative.updates[place], eager) } else { before }
        };
        let stored = |place: LeafPlace| {
            let marks = alternative.updates[place].dirtied != Change::Never;
            bytes(alternative.bytes[place.page], eager && marks)
        };
        Self {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(after(LeafPlace::FIRST), after(LeafPlace::SECOND)),
            siblings: Siblings::default(),
            tables_accessed: Pages(Page::ALL.map(|page| {
                let update = alternative.tables[page];
                let made = update.accessed == Change::Must || eager && update.accessed == Change::May;
                if made { update.levels.and(old_tables(query, page)) } else { Levels::NONE }
            })),
            tables_changed: 0,
            neighbours_changed: 0,
            bytes: Pages([stored(LeafPlace::FIRST), stored(LeafPlace::SECOND)]),
        }
    }
}
