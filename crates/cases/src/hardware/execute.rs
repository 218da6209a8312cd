//! Instructions of the machine, and how it reports an abort.

use super::run::{Abort, HELD, Run, Want};
use super::{Defect, Liberty};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::fault::{Fault, FaultStatus, Syndrome};
use afdbm::geometry::Level;
use oracle::{AccessKind as Kind, Event, ExceptionLevel, Family, Par, TlbState, Value};

/// How an access ended, and HPFAR_EL2 if the abort went to EL2.
pub(crate) type Ended = (Event, Option<u64>);

impl Run<'_> {
    /// Makes the access that goes before, if one does, and the access.
    pub(crate) fn execute(&mut self) -> Ended {
        let access = self.query.access;
        let (kind, address) = (access.kind, access.address.0);
        if self.takes(Liberty::SpontaneousFlag) {
            let _ = self.stage_1(address, Want::SPECULATION, None);
        }
        if self.takes(Liberty::SpeculatesData) {
            let want = Want { flags: false, ..Want::SPECULATION };
            if let Ok(output) = self.stage_1(address, want, None) {
                let _ = self.stage_2(output, self.wish(want));
            }
        }
        let before = match self.query.tlb {
            TlbState::Cold => None,
            TlbState::AfterLoad => Some(Kind::Load),
            TlbState::AfterStore => Some(Kind::Store),
        };
        if let Some(kind) = before {
            let want = self.want(kind);
            let done = self.translate(address, want, self.wish(want)).is_ok();
            if done && (self.takes(Liberty::KeepsTranslations) || self.is(Defect::DirtyMissedOnTlbHit)) {
                self.held = self.leaf();
            }
        }
        match kind.family() {
            Family::Translation => (self.report(), None),
            Family::Optional(_) => (self.prefetch(), None),
            _ => self.perform().unwrap_or_else(|(abort, kind)| self.abort(&abort, kind)),
        }
    }

    /// The leaf as memory has it.
    fn leaf(&mut self) -> Option<u64> {
        let last = self.descend(afdbm::stage::Stage::One, self.query.access.address.0);
        last.ok().map(|last| last.descriptor)
    }

    /// Makes an access to memory; the kind beside an abort is that of the instruction which takes it.
    fn perform(&mut self) -> Result<Ended, (Abort, Kind)> {
        let access = self.query.access;
        let (kind, address) = (access.kind, access.address.0);
        if kind.is_passing_exclusive() {
            let want = self.want(Kind::Load);
            self.translate(address, want, self.wish(want)).map_err(|abort| (abort, Kind::Load))?;
        }
        let want = self.want(kind);
        let place = match self.translate(address, want, self.wish(want)) {
            Ok(place) => place,
            Err(abort) => {
                if want.write && self.is(Defect::WrittenDespiteFault) {
                    self.memory.write(self.data, HELD + 1);
                }
                return Err((abort, kind));
            }
        };
        let held = self.memory.read(place);
        if want.write && !kind.compare_fails() && !self.is(Defect::WriteLost) {
            self.memory.write(place, held + 1);
        }
        let value = if held == HELD { Value::Held } else { Value::Other(held) };
        let event = match kind.family() {
            _ if kind.is_passing_exclusive() => Event::Status(0),
            Family::Write => Event::Completed,
            _ => Event::Returned(value),
        };
        Ok((event, None))
    }

    /// PRFM.
    fn prefetch(&mut self) -> Event {
        let access = self.query.access;
        let dirties = access.kind.is_for_write() && self.is(Defect::PrefetchMarksDirty);
        if dirties || self.takes(Liberty::FlagByPrefetch) {
            let want = if dirties { self.want(Kind::Store) } else { Want::SPECULATION };
            let _ = self.translate(access.address.0, want, self.wish(want));
        }
        Event::Completed
    }

    /// AT.
    fn report(&mut self) -> Event {
        let address = self.query.access.address.0;
        let want = self.want(self.query.access.kind);
        self.reports = true;
        Event::Reported(match self.stage_1(address, want, None) {
            Ok(output) => {
                let page = self.query.controls.range.geometry.page_size();
                let lost = if self.is(Defect::ReportsPageOfGranule) { page - 1 } else { 0 };
                Par::output(PhysicalAddress(output & !lost))
            }
            Err(abort) => Par::fault(self.status(&abort)),
        })
    }

    /// What an instruction wants of stage 1.
    pub(super) fn want(&self, kind: Kind) -> Want {
        let user = self.query.access.level == ExceptionLevel::El0;
        let translation = kind.family() == Family::Translation;
        Want {
            read: matches!(kind.family(), Family::Read | Family::Atomic)
                || translation && !kind.is_for_write(),
            write: matches!(kind.family(), Family::Write | Family::Atomic) || kind.is_for_write(),
            execute: kind.family() == Family::Fetch,
            user,
            pan: !translation && kind.family() != Family::Fetch,
            flags: !translation || self.takes(Liberty::FlagByTranslation),
            dirties: !translation && (!kind.compare_fails() || self.takes(Liberty::DirtyByFailedCompare)),
        }
    }

    fn status(&self, abort: &Abort) -> FaultStatus {
        let at = match self.hardware.defect {
            Some(Defect::LevelAlwaysThree) => Level::L3,
            Some(Defect::Stage2LevelAlwaysThree) if abort.of_stage_2.is_some() => Level::L3,
            Some(Defect::LevelOfStage1) if abort.of_stage_2.is_some_and(|of| of.on_walk) => {
                self.query.paths[oracle::LeafPlace::FIRST].leaf_level
            }
            _ => return abort.status,
        };
        match abort.status {
            FaultStatus::Translation(_) => FaultStatus::Translation(at),
            FaultStatus::AccessFlag(_) => FaultStatus::AccessFlag(at),
            FaultStatus::Permission(_) => FaultStatus::Permission(at),
            FaultStatus::AddressSize(_) => FaultStatus::AddressSize(at),
            other => other,
        }
    }

    /// Takes an abort: to EL1, or to EL2.
    fn abort(&self, abort: &Abort, kind: Kind) -> Ended {
        let access = self.query.access;
        let fetch = kind == Kind::Fetch;
        let of = abort.of_stage_2;
        let mut value = 1 << 25 | u64::from(self.status(abort).code());
        value |= if fetch && !self.is(Defect::FetchReportsData) { 0x20 << 26 } else { 0x24 << 26 };
        // From EL1 the class is the next one, where EL1 takes it.
        let same = of.is_none() || self.is(Defect::ClassOfSameLevel);
        value |= u64::from(same && access.level == ExceptionLevel::El1) << 26;
        let readable = match of {
            Some(of) if of.of_update => self.takes(Liberty::UpdateReportsWrite),
            _ => abort.readable,
        };
        let update = of.is_some_and(|of| of.of_update) && self.is(Defect::UpdateReportsWrite);
        let write = match kind.family() {
            Family::Write => !self.is(Defect::StoreReportsRead),
            Family::Atomic if self.is(Defect::AtomicReportsWrite) => true,
            Family::Atomic if self.is(Defect::AtomicReportsRead) => false,
            Family::Atomic => readable,
            _ => !fetch && (update || self.is(Defect::LoadReportsWrite)),
        };
        value |= u64::from(write) << 6;
        let on_walk = match self.hardware.defect {
            Some(Defect::WalkFaultUnmarked) => false,
            Some(Defect::DataFaultMarked) => of.is_some(),
            _ => of.is_some_and(|of| of.on_walk),
        };
        value |= u64::from(on_walk) << 7;
        if of.is_some_and(|of| !of.on_walk) && !fetch && self.takes(Liberty::InstructionSyndrome) {
            // ISV, SAS, SRT and SF of a 64-bit load or store.
            value |= 1 << 24 | 0b11 << 22 | 2 << 16 | 1 << 15;
        }
        let dirty_bit = match self.hardware.defect {
            Some(Defect::DirtyBitNeverReported) => false,
            Some(Defect::DirtyBitAlwaysReported) => matches!(abort.status, FaultStatus::Permission(_)),
            Some(Defect::DirtyBitForWrites) => abort.readable,
            Some(Defect::Stage2DirtyBitNeverReported) if of.is_some() => false,
            Some(Defect::Stage2DirtyBitAlwaysReported) if of.is_some() => {
                matches!(abort.status, FaultStatus::Permission(_))
            }
            _ => abort.for_dirty_state && (of.is_some() || self.is_indirect()),
        };
        value |= u64::from(dirty_bit) << 37;
        let far = match of {
            Some(of) if self.is(Defect::FarIsIntermediate) => of.address,
            _ => access.address.0,
        };
        let event = Event::Faulted(Fault { syndrome: Syndrome(value), address: VirtualAddress(far) });
        (event, of.and_then(|of| self.hpfar(abort, of)))
    }

    /// HPFAR_EL2, if the abort goes to EL2.
    fn hpfar(&self, abort: &Abort, of: super::run::OfStage2) -> Option<u64> {
        let permission_of_data = !of.on_walk && matches!(abort.status, FaultStatus::Permission(_));
        let page = match self.hardware.defect {
            Some(Defect::AbortTakenToEl1) => return None,
            Some(Defect::HpfarNotWritten) => 0,
            Some(Defect::HpfarOfRoot) if of.on_walk => self.root,
            Some(Defect::HpfarOfAddress) => self.query.access.address.0,
            Some(Defect::HpfarNotWrittenForData) if !of.on_walk => 0,
            _ if permission_of_data && self.takes(Liberty::HpfarUnknown) => 0xdead_b000,
            _ => of.address,
        };
        Some(page & !0xfff)
    }
}
