//! What the emulator writes into descriptors.

use super::{
    defect::Defect,
    emulator::{State, Want},
    liberty::Liberty,
};
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use oracle::{AccessKind as Kind, ExceptionLevel, Family};

const AF: u64 = Descriptor::AF;
const AP2: u64 = Stage::One.dirty_bit().mask();

fn compares_only(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::CompareAndSwapMismatch | Kind::CompareAndSwapPairMismatch | Kind::ReadCheckWriteMismatch
    )
}

impl State<'_> {
    pub(super) fn forgets_flag(&self, kind: Kind) -> bool {
        let mismatch = compares_only(kind);
        self.is(Defect::FlagNeverSet)
            || kind == Kind::Fetch && self.is(Defect::FlagNotSetByFetch)
            || mismatch && self.is(Defect::FlagNotSetByFailedCompare)
    }

    pub(super) fn dirties(&self, page: usize, level: u8, want: Want, kind: Kind) -> bool {
        let family = kind.family();
        let either = |defect, liberty| self.is(defect) || self.overdoes(liberty);
        let also = family == Family::Read && self.is(Defect::DirtyByLoad)
            || family == Family::Fetch && self.is(Defect::DirtyByFetch)
            || family == Family::Translation
                && want.write
                && either(Defect::DirtyByTranslation, Liberty::FlagByTranslation)
            || kind == Kind::PrefetchStore && either(Defect::DirtyByPrefetch, Liberty::FlagByPrefetch)
            || family == Family::DataMaintenance
                && either(Defect::DirtyByMaintenance, Liberty::FlagByMaintenance);
        let missed = family == Family::Atomic && self.is(Defect::DirtyMissedByAtomic)
            || kind == Kind::FetchAddZero && self.is(Defect::DirtyMissedByAddOfZero)
            || kind == Kind::ZeroBlock && self.is(Defect::DirtyMissedByZeroBlock)
            || kind == Kind::StoreExclusivePass && self.is(Defect::DirtyMissedByExclusive)
            || self.tlb_hit && either(Defect::DirtyMissedOnTlbHit, Liberty::KeepsTranslations)
            || page == 1 && self.is(Defect::DirtyMissedInSecondPage)
            || level < 3 && self.is(Defect::DirtyMissedInBlocks)
            || self.query.access.level == ExceptionLevel::El0 && self.is(Defect::DirtyMissedAtEl0);
        let free = match kind {
            _ if compares_only(kind) => Some(Liberty::DirtyByFailedCompare),
            Kind::StoreExclusiveFail => Some(Liberty::DirtyByFailingExclusive),
            Kind::TagBlock => Some(Liberty::DirtyByIgnoredTags),
            _ => None,
        };
        let chosen = free.is_none_or(|liberty| self.takes(liberty));
        let writes = want.write && matches!(family, Family::Write | Family::Atomic) && chosen;
        writes && !missed || also
    }

    pub(super) fn mark(&mut self, page: usize, flag: bool, dirty: bool, kind: Kind) {
        let before = self.leaves[page];
        let mut after = before;
        let contiguous = page == 0 && before & Descriptor::CONTIGUOUS != 0;
        if flag && before & AF == 0 {
            let instead = self.is(Defect::FlagSetInTableInstead);
            if instead || self.is(Defect::FlagSetInTableToo) {
                self.tables_changed |= AF;
            }
            if contiguous && self.is(Defect::GroupFlagElsewhere) {
                self.siblings.changed |= AF;
            } else if !instead {
                after |= AF;
            }
            if contiguous && self.takes(Liberty::NeighbourFlag) {
                self.siblings.changed |= AF;
            }
            if self.is(Defect::FlagSetInNeighbour) || self.overdoes(Liberty::NeighbourFlag) {
                self.neighbours_changed |= AF;
            }
        }
        if !flag && contiguous && self.is(Defect::GroupFlagWithoutHa) && before & AF == 0 {
            self.siblings.changed |= AF;
        }
        if dirty {
            let without_flag =
                self.is(Defect::DirtyWithoutFlag) || self.overdoes(Liberty::DirtyByFailingExclusive);
            if kind == Kind::StoreExclusiveFail && without_flag {
                after &= !AF | before;
            }
            let elsewhere = contiguous && self.takes(Liberty::GroupRecordsElsewhere);
            let all = contiguous && self.is(Defect::GroupAllDirty)
                || elsewhere && self.overdoes(Liberty::GroupRecordsElsewhere);
            if elsewhere || all {
                // A member that becomes dirty is young; it was like the accessed one.
                self.siblings.changed |= AP2 | !before & AF;
                self.siblings.dirtied = if all { 15 } else { 1 };
            }
            if !elsewhere {
                after &= !AP2;
            }
        }
        if after != before {
            if self.is(Defect::OutputBitLost) {
                after &= !(1 << 30);
            }
            if self.is(Defect::UpperBitLost) {
                after &= !Descriptor::UXN;
            }
        }
        self.leaves[page] = after;
    }
}
