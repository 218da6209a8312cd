//! A machine of the host's: a small emulator, written as emulators are, apart from the oracle; it can be told to
//! do one thing wrong.

use super::{
    defect::Defect,
    liberty::{Liberty, Temper},
};
use crate::product::{Combination, GEOMETRY, Placement, ProductMachine, Purpose, Shape};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use oracle::LeafPlace;
use oracle::{
    AccessKind as Kind, Event, Family, Features, HardwareManagement, Outcome, Query, Siblings, TlbState,
};
use oracle::{Leaves, Pages};

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
    /// The leaf of each page as the TLB holds it.
    pub(super) held: [Option<u64>; 2],
}

/// What a walk is for that comes before any access.
const SPECULATION: Want =
    Want { read: false, write: false, execute: false, user: false, pan: false, marks: true };

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
        let leaf = self.held[page].unwrap_or(self.leaves[page]);
        let reserved = last == 3 && leaf & 2 == 0 && !self.is(Defect::ReservedAccepted);
        if leaf & 1 == 0 || reserved {
            if (self.is(Defect::FlagSetInInvalid) || self.overdoes(Liberty::FlagOnPermissionFault))
                && ha
                && want.marks
            {
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
        let flag_fault = leaf & AF == 0 && !ha || self.faults_regardless(leaf, kind);
        let by_type = self.misplaced(leaf, address, kind);
        let denied = !granted;
        let first_flag = !(denied && self.is(Defect::PermissionBeforeFlag));
        if flag_fault && first_flag && self.flag_faults(kind) {
            return Err(Failed { code: 0x08, level: last, readable: false });
        }
        if by_type && !(denied && self.is(Defect::PermissionBeforeMemoryType)) {
            let dirty = clean && want.write && granted && self.takes(Liberty::DirtyOnAlignmentFault);
            let flag = dirty || self.takes(Liberty::FlagOnAlignmentFault);
            self.mark(page, ha && want.marks && flag, dirty, kind);
            return Err(Failed { code: 0x21, level: 0, readable: false });
        }
        if denied {
            let dirty = clean && want.write && self.dirties_refused(kind);
            let flag = dirty || self.takes(Liberty::FlagOnPermissionFault);
            self.mark(page, ha && want.marks && flag, dirty, kind);
            return Err(Failed { code: 0x0c, level: last, readable });
        }
        let device = leaf & Descriptor::ATTRIBUTE_INDEX != 0 || self.overdoes(Liberty::FaultByDeviceFetch);
        if kind == Kind::Fetch && device && self.takes(Liberty::FaultByDeviceFetch) {
            self.mark(page, ha && want.marks, false, kind);
            return Err(fail(0x0c, last));
        }
        let dirty = clean && self.dirties(page, last, want, kind);
        let flag_due = ha && want.marks && leaf & AF == 0;
        if dirty && flag_due && self.takes(Liberty::TwoUpdates) {
            let too_far = self.overdoes(Liberty::TwoUpdates);
            self.mark(page, !too_far, too_far, kind);
            return if too_far {
                Ok(base | address & (size - 1))
            } else {
                self.walk(page, address, want, kind)
            };
        }
        self.mark(page, ha && want.marks && !self.forgets_flag(kind), dirty, kind);
        Ok(base | address & (size - 1))
    }

    pub(super) fn takes(&self, liberty: Liberty) -> bool {
        self.machine.temper.takes(liberty)
    }

    pub(super) fn overdoes(&self, liberty: Liberty) -> bool {
        self.machine.temper.overdoes(liberty)
    }

    fn flag_faults(&self, kind: Kind) -> bool {
        !is_maintenance(kind) || self.takes(Liberty::FlagFaultByMaintenance)
    }

    /// Tells whether an Access flag fault is taken though hardware sets the flag.
    fn faults_regardless(&self, leaf: u64, kind: Kind) -> bool {
        leaf & AF == 0 && is_maintenance(kind) && self.overdoes(Liberty::FlagFaultByMaintenance)
    }

    /// Tells whether an access that may not write marks the page all the same.
    fn dirties_refused(&self, kind: Kind) -> bool {
        self.is(Defect::DirtyOnPermissionFault)
            || kind.compare_fails() && self.overdoes(Liberty::DirtyByFailedCompare)
            || kind == Kind::TagBlock && self.overdoes(Liberty::DirtyByIgnoredTags)
    }

    /// Sets AF in a page that nothing accesses.
    pub(super) fn speculate(&mut self, page: usize, address: u64) {
        let _ = self.walk(page, address & !(0xff << 56), SPECULATION, Kind::PrefetchLoad);
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

fn is_maintenance(kind: Kind) -> bool {
    matches!(kind.family(), Family::DataMaintenance | Family::InstructionMaintenance)
}

impl Emulator {
    pub(super) fn new(temper: Temper, defect: Option<Defect>) -> Self {
        Self { temper, defect, features: super::FEATURES }
    }
}

impl ProductMachine for Emulator {
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
            held: [None; 2],
        };
        let access = query.access;
        let pages = if access.kind.is_crossing() { 2 } else { 1 };
        let warm = match query.tlb {
            TlbState::Cold => None,
            TlbState::AfterLoad => Some(Kind::Load),
            TlbState::AfterStore => Some(Kind::Store),
        };
        let addresses = [access.address.align_down(8).0, access.second_page(GEOMETRY).0];
        for (page, address) in addresses.into_iter().enumerate().take(pages) {
            if state.takes(Liberty::SpontaneousFlag) {
                state.speculate(page, address);
            }
            if state.overdoes(Liberty::SpontaneousFlag) && state.leaves[page] & 1 != 0 {
                state.leaves[page] |= AF;
            }
        }
        if let Some(kind) = warm {
            for (page, address) in addresses.into_iter().enumerate().take(pages) {
                let want = state.want(kind);
                let done = state.walk(page, address, want, kind).is_ok();
                state.tlb_hit |= done && kind == Kind::Load;
                let keeps = done && state.takes(Liberty::KeepsTranslations);
                state.held[page] = keeps.then_some(state.leaves[page]);
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
