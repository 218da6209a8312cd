//! What the emulator writes into descriptors.

use super::{
    defect::Defect,
    emulator::{State, Want},
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
        let also = family == Family::Read && self.is(Defect::DirtyByLoad)
            || family == Family::Fetch && self.is(Defect::DirtyByFetch)
            || family == Family::Translation && want.write && self.is(Defect::DirtyByTranslation)
            || kind == Kind::PrefetchStore && self.is(Defect::DirtyByPrefetch)
            || family == Family::DataMaintenance && self.is(Defect::DirtyByMaintenance);
        let missed = family == Family::Atomic && self.is(Defect::DirtyMissedByAtomic)
            || kind == Kind::FetchAddZero && self.is(Defect::DirtyMissedByAddOfZero)
            || kind == Kind::ZeroBlock && self.is(Defect::DirtyMissedByZeroBlock)
            || kind == Kind::StoreExclusivePass && self.is(Defect::DirtyMissedByExclusive)
            || self.tlb_hit && self.is(Defect::DirtyMissedOnTlbHit)
            || page == 1 && self.is(Defect::DirtyMissedInSecondPage)
            || level < 3 && self.is(Defect::DirtyMissedInBlocks)
            || self.query.access.level == ExceptionLevel::El0 && self.is(Defect::DirtyMissedAtEl0);
        let free = compares_only(kind) || matches!(kind, Kind::StoreExclusiveFail | Kind::TagBlock);
        let writes =
            want.write && matches!(family, Family::Write | Family::Atomic) && (!free || self.eager());
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
            if contiguous && self.eager() {
                self.siblings.changed |= AF;
            }
            if self.is(Defect::FlagSetInNeighbour) {
                self.neighbours_changed |= AF;
            }
        }
        if !flag && contiguous && self.is(Defect::GroupFlagWithoutHa) && before & AF == 0 {
            self.siblings.changed |= AF;
        }
        if dirty {
            if kind == Kind::StoreExclusiveFail && self.is(Defect::DirtyWithoutFlag) {
                after &= !AF | before;
            }
            if contiguous && self.is(Defect::GroupAllDirty) {
                self.siblings.changed |= AP2;
                self.siblings.dirtied = 15;
            }
            after &= !AP2;
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
