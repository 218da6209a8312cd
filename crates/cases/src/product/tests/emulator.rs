//! A machine of the host's: a small emulator, written as emulators are, apart from the oracle; it can be told to
//! do one thing wrong.

use super::defect::Defect;
use crate::product::{Combination, GEOMETRY, Machine, Placement, Purpose, Shape};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use oracle::LeafPlace;
use oracle::{
    AccessKind as Kind, Event, Family, Features, HardwareManagement, Outcome, Query, Siblings, TlbState,
};
use oracle::{Leaves, Pages};

/// How the emulator uses the freedom that the architecture leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Temper {
    /// It changes nothing that it need not change.
    Lazy,
    /// It sets every flag that it may set, and takes every fault that it may take.
    Eager,
}

/// The emulator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Emulator {
    pub(super) temper: Temper,
    pub(super) defect: Option<Defect>,
    pub(super) features: Features,
}

/// What a walk is for.
#[derive(Clone, Copy)]
pub(super) struct Want {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) execute: bool,
    pub(super) user: bool,
    pub(super) pan: bool,
    /// Sets AF, and the dirty state where it writes.
    pub(super) marks: bool,
}

pub(super) struct Failed {
    pub(super) code: u8,
    pub(super) level: u8,
    pub(super) readable: bool,
}

pub(super) struct State<'a> {
    pub(super) machine: &'a Emulator,
    pub(super) query: &'a Query,
    pub(super) leaves: [u64; 2],
    pub(super) tables_changed: u64,
    pub(super) neighbours_changed: u64,
    pub(super) siblings: Siblings,
    pub(super) tlb_hit: bool,
}

const AF: u64 = Descriptor::AF;
const AP2: u64 = Stage::One.dirty_bit().mask();

impl State<'_> {
    pub(super) fn is(&self, defect: Defect) -> bool {
        self.machine.defect == Some(defect)
    }

    pub(super) fn hardware(&self) -> (bool, bool) {
        let controls = &self.query.controls;
        let has = self.query.features.hardware_management;
        let flag = controls.hardware_access_flag && has >= HardwareManagement::AccessFlag;
        let hd = controls.hardware_dirty_state || self.is(Defect::HdIgnored);
        let ha = controls.hardware_access_flag || self.is(Defect::HdHonouredWithoutHa);
        let flag_without = self.is(Defect::FlagSetWithoutHa) && has >= HardwareManagement::AccessFlag;
        (flag || flag_without, ha && hd && has == HardwareManagement::AccessFlagAndDirtyState)
    }

    /// Translates for `want`; gives the output address.
    pub(super) fn walk(&mut self, page: usize, address: u64, want: Want, kind: Kind) -> Result<u64, Failed> {
        let query = self.query;
        let controls = &query.controls;
        let (ha, hd) = self.hardware();
        let path = if page == 0 { &query.paths[LeafPlace::FIRST] } else { &query.paths[LeafPlace::SECOND] };
        let fail = |code: u8, level: u8| Failed { code, level, readable: false };
        let ignore = controls.range.top_byte_ignored && !self.is(Defect::TbiIgnored)
            || self.is(Defect::TopByteUnchecked);
        if !ignore && address >> controls.range.geometry.input_bits() != 0 {
            return Err(fail(0x04, 0));
        }
        let refused = controls.range.unprivileged_refused
            && query.features.unprivileged_refusal
            && (want.user && !self.is(Defect::E0pdIgnored) || self.is(Defect::E0pdForAll));
        if refused || controls.range.walks_disabled && !self.is(Defect::EpdIgnored) {
            return Err(fail(0x04, 0));
        }
        let geometry = controls.range.geometry;
        let start = geometry.start_level().position();
        let last = path.leaf_level.number().unsigned_abs();
        let mut table_bits = 0;
        for level in 0..last {
            let entry = path.descriptors[start + usize::from(level)].0;
            if entry & 1 == 0 || entry & 2 == 0 && !self.is(Defect::ReservedAccepted) {
                return Err(fail(0x04, level));
            }
            let next = entry & geometry.address_field();
            if next >> geometry.output_bits() != 0 && !self.is(Defect::TableSizeUnchecked) {
                return Err(fail(0x00, level));
            }
            if level > 0 || last == 1 || !self.is(Defect::FirstTableIgnored) {
                table_bits |= entry;
            }
        }
        let leaf = self.leaves[page];
        let reserved = last == 3 && leaf & 2 == 0 && !self.is(Defect::ReservedAccepted);
        if leaf & 1 == 0 || reserved {
            if self.is(Defect::FlagSetInInvalid) && ha && want.marks {
                self.leaves[page] |= AF;
            }
            return Err(fail(0x04, last));
        }
        let size = geometry.size(path.leaf_level);
        let base = leaf & geometry.address_field() & !(size - 1);
        if base >> geometry.output_bits() != 0 && !self.is(Defect::LeafSizeUnchecked) {
            if self.is(Defect::FlagSetInOversized) && ha && want.marks {
                self.leaves[page] |= AF;
            }
            return Err(fail(0x00, last));
        }
        let clean = leaf & Descriptor::DBM != 0 && hd && !self.is(Defect::DbmIgnored) && leaf & AP2 != 0;
        let (readable, granted) = self.rights(leaf, table_bits, clean, want, kind);
        let flag_fault = leaf & AF == 0 && !ha;
        let by_type = self.misplaced(leaf, address, kind);
        let denied = !granted;
        let first_flag = !(denied && self.is(Defect::PermissionBeforeFlag));
        if flag_fault && first_flag && self.flag_faults(kind) {
            return Err(Failed { code: 0x08, level: last, readable: false });
        }
        if by_type && !(denied && self.is(Defect::PermissionBeforeMemoryType)) {
            if self.eager() {
                self.mark(page, ha && want.marks, clean && want.write && granted, kind);
            }
            return Err(Failed { code: 0x21, level: 0, readable: false });
        }
        if denied {
            let dirty = clean && want.write && self.is(Defect::DirtyOnPermissionFault);
            self.mark(page, ha && want.marks && (self.eager() || dirty), dirty, kind);
            return Err(Failed { code: 0x0c, level: last, readable });
        }
        if kind == Kind::Fetch && self.eager() && leaf & Descriptor::ATTRIBUTE_INDEX != 0 {
            self.mark(page, ha && want.marks, false, kind);
            return Err(fail(0x0c, last));
        }
        let dirty = clean && self.dirties(page, last, want, kind);
        self.mark(page, ha && want.marks && !self.forgets_flag(kind), dirty, kind);
        Ok(base | address & (size - 1))
    }

    pub(super) fn eager(&self) -> bool {
        self.machine.temper == Temper::Eager
    }

    fn flag_faults(&self, kind: Kind) -> bool {
        match kind.family() {
            Family::DataMaintenance | Family::InstructionMaintenance => self.eager(),
            _ => true,
        }
    }

    fn misplaced(&self, leaf: u64, address: u64, kind: Kind) -> bool {
        let device = leaf & Descriptor::ATTRIBUTE_INDEX != 0;
        let accesses = matches!(kind.family(), Family::Read | Family::Write | Family::Atomic);
        if matches!(kind, Kind::ZeroBlock | Kind::TagZeroBlock | Kind::TagBlock) {
            return device && !self.is(Defect::ZeroBlockToDevice);
        }
        device && accesses && !address.is_multiple_of(kind.alignment()) && !self.is(Defect::DeviceMisaligned)
    }
}

impl Emulator {
    pub(super) fn new(temper: Temper, defect: Option<Defect>) -> Self {
        Self { temper, defect, features: super::FEATURES }
    }
}

impl Machine for Emulator {
    fn features(&self) -> Features {
        self.features
    }

    fn place(&self, shape: Shape) -> Option<Placement> {
        let address = match shape.purpose {
            Purpose::Crossing => 0x7f_ffff_fffc,
            _ => 0x40_0000_0040,
        };
        Some(Placement {
            address: VirtualAddress(address),
            output: PhysicalAddress(0x4000_0000),
            tables: [
                PhysicalAddress(0x8000_0000),
                PhysicalAddress(0x8000_1000),
                PhysicalAddress(0x8000_2000),
            ],
            second: (PhysicalAddress(0x9000_0000), [PhysicalAddress(0x8000_3000); 3]),
            geometry: GEOMETRY.with_output_bits(40).expect("a size of the 4K granule"),
        })
    }

    fn run(&mut self, _combination: &Combination, query: &Query) -> Outcome {
        let machine = *self;
        let mut state = State {
            machine: &machine,
            query,
            leaves: [query.paths[LeafPlace::FIRST].leaf().0, query.paths[LeafPlace::SECOND].leaf().0],
            tables_changed: 0,
            neighbours_changed: 0,
            siblings: Siblings::default(),
            tlb_hit: false,
        };
        let access = query.access;
        let pages = if access.kind.is_crossing() { 2 } else { 1 };
        let warm = match query.tlb {
            TlbState::Cold => None,
            TlbState::AfterLoad => Some(Kind::Load),
            TlbState::AfterStore => Some(Kind::Store),
        };
        if let Some(kind) = warm {
            for page in 0..pages {
                let address =
                    if page == 0 { access.address.align_down(8).0 } else { access.second_page(GEOMETRY).0 };
                let want = state.want(kind);
                let done = state.walk(page, address, want, kind).is_ok();
                state.tlb_hit |= done && kind == Kind::Load;
            }
        }
        let (event, bytes) = state.execute();
        Outcome {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(Descriptor(state.leaves[0]), Descriptor(state.leaves[1])),
            siblings: state.siblings,
            tables_accessed: Pages::default(),
            tables_changed: state.tables_changed,
            neighbours_changed: state.neighbours_changed,
            bytes: Pages(bytes),
        }
    }
}
