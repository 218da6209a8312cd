//! The emulator's instructions.

use super::{
    defect::Defect,
    emulator::{Failed, State, Want},
    liberty::Liberty,
};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, FaultStatus, Syndrome};
use afdbm::stage::Stage;
use oracle::LeafPlace;
use oracle::{AccessKind as Kind, Bytes, Event, ExceptionLevel, Family, Par, Value};

const AP2: u64 = Stage::One.dirty_bit().mask();

impl State<'_> {
    /// Makes the access; gives how it ended and what became of the bytes in both pages.
    pub(super) fn execute(&mut self) -> (Event, [Bytes; 2]) {
        let access = self.query.access;
        let (kind, address) = (access.kind, access.address.0);
        let old = [Bytes::Old; 2];
        let want = self.want(kind);
        if self.misaligned(address, kind) {
            if self.takes(Liberty::FlagOnAlignmentFault) {
                self.speculate(0, address);
            }
            if self.overdoes(Liberty::FlagOnAlignmentFault) && self.leaves[0] & 1 == 0 {
                self.leaves[0] |= Descriptor::AF;
            }
            if self.overdoes(Liberty::DirtyOnAlignmentFault) {
                let _ = self.walk(0, address, want, kind);
            }
            if self.is(Defect::DirtyOnCheckedAlignment) {
                let _ = self.walk(0, address, want, kind);
            } else if self.is(Defect::AlignmentAfterTranslation)
                && let Err(failed) = self.walk(0, address, want, kind)
            {
                return (self.abort(&failed, kind, false, address), old);
            }
            let failed = Failed { code: 0x21, level: 0, readable: false };
            let reads = kind == Kind::StoreExclusivePass;
            return (self.abort(&failed, kind, reads, address), old);
        }
        let event = match kind.family() {
            Family::Optional(_) => match self.walk(0, address, want, kind) {
                Err(failed) if self.is(Defect::PrefetchFaults) => self.abort(&failed, kind, true, address),
                _ => Event::Completed,
            },
            Family::Translation => self.translation(want),
            Family::DataMaintenance | Family::InstructionMaintenance => {
                let nothing = kind == Kind::Invalidate || kind == Kind::InvalidateInstruction;
                if nothing && !self.takes(Liberty::MaintenanceTranslates)
                    || self.is(Defect::MaintenanceIsNothing)
                {
                    Event::Completed
                } else {
                    self.or_abort(want, Event::Completed)
                }
            }
            _ if kind == Kind::StoreExclusiveFail => {
                if self.is(Defect::FailingExclusiveStores) {
                    return (Event::Status(0), [Bytes::New, Bytes::Old]);
                }
                let too_far = self.overdoes(Liberty::FailingExclusiveTranslates);
                let status = Event::Status(u64::from(!too_far));
                if self.takes(Liberty::FailingExclusiveTranslates) {
                    self.or_abort(want, status)
                } else if self.takes(Liberty::DirtyByFailingExclusive) {
                    let _ = self.walk(0, address, want, kind);
                    status
                } else {
                    status
                }
            }
            _ if kind.is_crossing() => return self.crossing(want),
            _ => return self.plain(want),
        };
        (event, old)
    }

    fn or_abort(&mut self, want: Want, event: Event) -> Event {
        let access = self.query.access;
        match self.walk(0, access.address.0, want, access.kind) {
            Ok(_) => event,
            Err(failed) => self.abort(&failed, access.kind, false, access.address.0),
        }
    }

    fn translation(&mut self, want: Want) -> Event {
        let access = self.query.access;
        let (ha, _) = self.hardware();
        let old = self.leaves[0] & Descriptor::AF == 0;
        match self.walk(0, access.address.0, want, access.kind) {
            Ok(_) if old && ha && self.is(Defect::TranslationFaultsOnOldPage) => Event::Reported(Par::fault(
                FaultStatus::AccessFlag(self.query.paths[LeafPlace::FIRST].leaf_level),
            )),
            Ok(output) => {
                let wrong = if self.is(Defect::TranslationOfWrongPage) { 0x1000 } else { 0 };
                Event::Reported(Par::output(PhysicalAddress(output ^ wrong)))
            }
            Err(failed) => Event::Reported(Par::fault(FaultStatus::from_code(failed.code + failed.level))),
        }
    }

    fn crossing(&mut self, want: Want) -> (Event, [Bytes; 2]) {
        let access = self.query.access;
        let store = access.kind.family() == Family::Write;
        let second = access.second_page(self.query.controls.range.geometry).0;
        let before = self.leaves[0];
        let beside = Want { write: false, read: false, ..want };
        if let Err(failed) = self.walk(0, access.address.0, want, access.kind) {
            if self.takes(Liberty::SecondPageReports)
                && let Err(other) = self.walk(1, second, want, access.kind)
            {
                let too_far = self.overdoes(Liberty::SecondPageReports);
                let address = if too_far { access.address.0 } else { second };
                return (self.abort(&other, access.kind, false, address), self.faulted());
            }
            if self.takes(Liberty::NeighbourFlag) {
                let _ = self.walk(1, second, beside, Kind::PrefetchLoad);
            }
            return (self.abort(&failed, access.kind, false, access.address.0), self.faulted());
        }
        if let Err(failed) = self.walk(1, second, want, access.kind) {
            let address = if self.is(Defect::SecondPageReportsFirst) { access.address.0 } else { second };
            let unmarked =
                self.is(Defect::StoreBesideFaultUnmarked) || self.overdoes(Liberty::WrittenBesideFault);
            let writes = store && self.takes(Liberty::WrittenBesideFault);
            let dirties = store && self.takes(Liberty::DirtyBesideFault);
            if unmarked || !writes && !dirties && store {
                self.leaves[0] = before;
            }
            if !store && self.overdoes(Liberty::DirtyBesideFault) && before & Descriptor::DBM != 0 {
                self.leaves[0] &= !AP2;
            }
            let written = writes || store && unmarked;
            let bytes = if written { [Bytes::New, Bytes::Old] } else { self.faulted() };
            return (self.abort(&failed, access.kind, false, address), bytes);
        }
        if store { (Event::Completed, [self.stored(); 2]) } else { (self.returned(), [Bytes::Old; 2]) }
    }

    fn plain(&mut self, want: Want) -> (Event, [Bytes; 2]) {
        let access = self.query.access;
        let (kind, address) = (access.kind, access.address.0);
        let pair = kind == Kind::StoreExclusivePass;
        if pair {
            let load = Want { read: true, write: false, ..want };
            if let Err(failed) = self.walk(0, address, load, Kind::LoadExclusive) {
                return (self.abort(&failed, kind, true, address), self.faulted());
            }
            let failing = if self.takes(Liberty::ExclusiveFailsOften) { 3 } else { 0 };
            for _ in 0..failing {
                let _ = self.walk(0, address, want, kind);
            }
        }
        if let Err(failed) = self.walk(0, address, want, kind) {
            return (self.abort(&failed, kind, false, address), self.faulted());
        }
        let new = [self.stored(), Bytes::Old];
        let old = [Bytes::Old; 2];
        match kind {
            Kind::CompareAndSwapMismatch
            | Kind::CompareAndSwapPairMismatch
            | Kind::ReadCheckWriteMismatch
            | Kind::FetchAddZero => (self.returned(), old),
            Kind::StoreAdd => (Event::Completed, new),
            Kind::TagBlock => (Event::Completed, old),
            _ if pair && self.overdoes(Liberty::ExclusiveFailsOften) => (Event::Status(1), new),
            _ if pair => (Event::Status(0), new),
            _ => match kind.family() {
                Family::Atomic => (self.returned(), new),
                Family::Write => (Event::Completed, new),
                _ => (self.returned(), old),
            },
        }
    }

    fn stored(&self) -> Bytes {
        if self.is(Defect::StoreLost) { Bytes::Old } else { Bytes::New }
    }

    fn faulted(&self) -> [Bytes; 2] {
        let written = self.is(Defect::StoreDespiteFault);
        [if written { Bytes::New } else { Bytes::Old }, Bytes::Old]
    }

    fn returned(&self) -> Event {
        Event::Returned(if self.is(Defect::LoadReturnsOther) { Value::Other(1) } else { Value::Held })
    }

    fn abort(&self, failed: &Failed, kind: Kind, reads: bool, address: u64) -> Event {
        let at_el0 = self.query.access.level == ExceptionLevel::El0;
        let level = if self.is(Defect::LevelAlwaysThree) && failed.code < 0x10 { 3 } else { failed.level };
        let mut value = 1 << 25 | u64::from(failed.code + if failed.code < 0x10 { level } else { 0 });
        let fetch = kind == Kind::Fetch;
        value |= if fetch && !self.is(Defect::FetchReportsData) { 0x20 << 26 } else { 0x24 << 26 };
        if !at_el0 || self.is(Defect::ClassAlwaysSame) {
            value |= 1 << 26;
        }
        let write = match kind.family() {
            Family::Write => !reads && !self.is(Defect::StoreReportsRead),
            Family::Atomic if self.is(Defect::AtomicAlwaysReportsWrite) => true,
            Family::Atomic if self.is(Defect::AtomicAlwaysReportsRead) => false,
            Family::Atomic => failed.readable,
            Family::DataMaintenance | Family::InstructionMaintenance => {
                value |= 1 << 8;
                !self.is(Defect::MaintenanceReportsRead)
            }
            Family::Read => self.is(Defect::LoadReportsWrite),
            _ => false,
        };
        value |= u64::from(write) << 6;
        if self.is(Defect::StageTwoReported) {
            value |= 1 << 7;
        }
        let untag =
            fetch && self.query.controls.range.top_byte_ignored || self.is(Defect::FaultAddressUntagged);
        let mut held = if untag { address & !(0xff << 56) } else { address };
        if self.is(Defect::FaultAddressOfPage) {
            held &= !0xfff;
        }
        Event::Faulted(Fault { syndrome: Syndrome(value), address: VirtualAddress(held) })
    }

    fn misaligned(&self, address: u64, kind: Kind) -> bool {
        let size = kind.alignment();
        let accesses = matches!(kind.family(), Family::Read | Family::Write | Family::Atomic);
        let lse2 = self.query.features.misaligned_atomics && address % 16 + size <= 16;
        let checked = self.query.controls.alignment_checked && !self.is(Defect::AlignmentUnchecked);
        let ordered = matches!(kind, Kind::LoadAcquire | Kind::StoreRelease);
        let atomic = (kind.is_exclusive_or_atomic() || ordered)
            && (!lse2 || kind == Kind::ReadCheckWriteMismatch)
            && !self.is(Defect::AtomicsMisaligned);
        accesses && !address.is_multiple_of(size) && (checked || atomic)
    }
}
