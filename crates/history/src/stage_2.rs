//! Operations of stage 2 that went wrong, or would: Linux's KVM by commit, and twins of our own, which say so.

use crate::UnknownVariant;
use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    Change, Outcome, Scope, Slot, Stage2Invalidation, Stage2Place, Stage2Tlbi, Step, made_old, stage_2,
    update,
};
use afdbm::stage::Stage;
use core::{fmt, sync::atomic::Ordering::Relaxed};

/// A wrong operation of stage 2.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stage2Neighbour {
    /// Aging by load and plain store (Linux's `kvm_age_hva_handler` before 064850532444, which switched VTCR_EL2.HA on and so
    /// had to make it atomic).
    AgeByStore,
    /// Write protection by load and plain store (Linux's `kvm_set_s2pte_readonly` before 064850532444): then the Access flag
    /// was at stake, with DBM it is the record of a write.
    WriteProtectByStore,
    /// Relaxing by load and plain store (Linux's `stage2_attr_walker` before ca5de2448c3b): its comment gives up an update of
    /// the Access flag, and with DBM the record of a write goes the same way.
    RelaxByStore,
    /// Relaxing that owes nothing where another CPU was faster (Linux from a12ab1378a88 to be097997a273).
    RelaxOwesNothing,
    /// Write protection that leaves DBM set, so that hardware grants the write again (this project).
    WriteProtectKeepsDbm,
    /// A clean that sets bit 7, as is right in stage 1 (this project).
    CleanAsInStage1,
    /// A log by hardware that sets DBM and leaves S2AP\[1\] set: nothing is recorded (this project).
    LogLeavesWritable,
    /// An invalidation by intermediate physical address alone (this project).
    EntriesOfStage2Alone,
    /// An invalidation of the entries of both stages first (this project).
    EntriesOfBothStagesFirst,
}

impl Stage2Neighbour {
    /// Every wrong operation.
    pub const ALL: &'static [Self] = &[
        Self::AgeByStore,
        Self::WriteProtectByStore,
        Self::RelaxByStore,
        Self::RelaxOwesNothing,
        Self::WriteProtectKeepsDbm,
        Self::CleanAsInStage1,
        Self::LogLeavesWritable,
        Self::EntriesOfStage2Alone,
        Self::EntriesOfBothStagesFirst,
    ];
    /// The name of each, in that order.
    pub const NAMES: &'static [&'static str] = &[
        Self::AgeByStore.name(),
        Self::WriteProtectByStore.name(),
        Self::RelaxByStore.name(),
        Self::RelaxOwesNothing.name(),
        Self::WriteProtectKeepsDbm.name(),
        Self::CleanAsInStage1.name(),
        Self::LogLeavesWritable.name(),
        Self::EntriesOfStage2Alone.name(),
        Self::EntriesOfBothStagesFirst.name(),
    ];

    /// Returns the name by which it is selected.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AgeByStore => "stage-2-age-by-store",
            Self::WriteProtectByStore => "stage-2-write-protect-by-store",
            Self::RelaxByStore => "stage-2-relax-by-store",
            Self::RelaxOwesNothing => "stage-2-relax-owes-nothing",
            Self::WriteProtectKeepsDbm => "stage-2-write-protect-keeps-dbm",
            Self::CleanAsInStage1 => "stage-2-clean-as-in-stage-1",
            Self::LogLeavesWritable => "stage-2-log-leaves-writable",
            Self::EntriesOfStage2Alone => "stage-2-entries-of-stage-2-alone",
            Self::EntriesOfBothStagesFirst => "stage-2-entries-of-both-stages-first",
        }
    }

    /// Returns the wrong operation of this name.
    ///
    /// # Errors
    ///
    /// [`UnknownVariant`], which lists the known ones.
    pub fn by_name(name: &str) -> Result<Self, UnknownVariant<'_>> {
        let found = Self::ALL.iter().copied().find(|neighbour| neighbour.name() == name);
        found.ok_or(UnknownVariant { name, known: Self::NAMES })
    }

    /// Runs the wrong operation; `permissions` is what a relaxing asks for. Where the invalidation is what is wrong, that is
    /// the right write protection.
    pub fn wrong<S: Slot + ?Sized>(
        self,
        slot: &S,
        permissions: stage_2::Permissions,
        place: Stage2Place,
    ) -> Change<Stage2Invalidation> {
        let all = |_, _| Scope::AllCpus;
        match self {
            Self::AgeByStore => by_store(slot, place, Scope::AllCpus, made_old),
            Self::WriteProtectByStore => by_store(slot, place, Scope::AllCpus, stage_2::write_protected),
            Self::RelaxByStore => {
                by_store(slot, place, Scope::ThisCpu, |found| stage_2::relaxed(found, permissions))
            }
            Self::RelaxOwesNothing => {
                let change = stage_2::relax(slot, permissions, place, |_| ());
                let nothing = Change::unchanged(change.found, place);
                if change.outcome == Outcome::Unchanged { nothing } else { change }
            }
            Self::WriteProtectKeepsDbm => update(slot, place, all, |found| Stage::Two.with_clean(found)),
            Self::CleanAsInStage1 => update(slot, place, all, |found| Stage::One.with_clean(found)),
            Self::LogLeavesWritable => update(slot, place, all, |found| found.with(Descriptor::DBM)),
            Self::EntriesOfStage2Alone | Self::EntriesOfBothStagesFirst => {
                stage_2::write_protect(slot, place)
            }
        }
    }

    /// Returns the TLBIs that discharge what is owed, in their order.
    #[must_use]
    pub const fn sequence(self) -> &'static [Stage2Tlbi] {
        match self {
            Self::EntriesOfStage2Alone => &[Stage2Tlbi::StageTwo],
            Self::EntriesOfBothStagesFirst => &[Stage2Tlbi::BothStages, Stage2Tlbi::StageTwo],
            _ => &Stage2Invalidation::SEQUENCE,
        }
    }
}

impl fmt::Display for Stage2Neighbour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Loads, computes and stores, whatever came between.
fn by_store<S: Slot + ?Sized>(
    slot: &S,
    place: Stage2Place,
    scope: Scope,
    compute: impl Fn(Descriptor) -> Descriptor,
) -> Change<Stage2Invalidation> {
    let found = slot.load(Relaxed, Step::Load);
    if !found.is_valid() {
        return Change::stale(found, place);
    }
    let left = compute(found);
    if left != found {
        slot.store(left, Relaxed, Step::Store);
    }
    Change::changed(found, left, place, scope)
}

#[cfg(test)]
mod tests {
    use super::{Change, Descriptor, Outcome, Scope, Stage2Invalidation, Stage2Neighbour, Stage2Place};
    use super::{Stage2Tlbi, stage_2};
    use afdbm::address::{IntermediatePhysicalAddress, Vmid};
    use afdbm::geometry::{Geometry, Level};
    use afdbm::operations::{Hooked, Hooks, Step};
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

    const PLACE: Stage2Place = Stage2Place {
        address: IntermediatePhysicalAddress(0x1000),
        vmid: Vmid(1),
        level: Level::L3,
        geometry: Geometry::SIZE_4K,
    };
    const WRITE: u64 = 1 << 7;
    const DBM: u64 = Descriptor::DBM;
    const AF: u64 = Descriptor::AF;
    const PAGE: u64 = Descriptor::VALID | Descriptor::TABLE_OR_PAGE | Descriptor::S2AP0;
    const GRANT: stage_2::Permissions = stage_2::Permissions { write: true, ..stage_2::Permissions::READ };

    fn leaves(neighbour: Stage2Neighbour, flags: u64) -> u64 {
        let cell = AtomicU64::new(PAGE | flags);
        let _ = neighbour.wrong(&cell, GRANT, PLACE);
        cell.into_inner() & !PAGE
    }

    /// Records a write before each plain store, as hardware might.
    struct Writer<'a>(&'a AtomicU64);

    impl Hooks for Writer<'_> {
        fn at(&self, step: Step, _entry: usize) {
            if step == Step::Store {
                self.0.fetch_or(WRITE, Relaxed);
            }
        }
    }

    #[test]
    fn a_store_undoes_what_hardware_recorded() {
        for neighbour in [Stage2Neighbour::AgeByStore, Stage2Neighbour::WriteProtectByStore] {
            let flags = DBM | AF;
            let cell = AtomicU64::new(PAGE | flags);
            let change = neighbour.wrong(&Hooked::new(&cell, Writer(&cell)), GRANT, PLACE);
            assert_eq!((change.found.0, cell.load(Relaxed) & WRITE), (PAGE | flags, 0), "{neighbour}");
        }
        let execute = stage_2::Permissions { user_execute: true, ..stage_2::Permissions::READ };
        let cell = AtomicU64::new(PAGE | DBM | AF | Descriptor::UXN);
        let change: Change<Stage2Invalidation> =
            Stage2Neighbour::RelaxByStore.wrong(&Hooked::new(&cell, Writer(&cell)), execute, PLACE);
        assert_eq!((change.outcome, cell.load(Relaxed) & WRITE), (Outcome::Changed, 0));
    }

    #[test]
    fn each_leaves_or_owes_what_it_should_not() {
        assert_eq!(leaves(Stage2Neighbour::WriteProtectKeepsDbm, DBM | WRITE), DBM);
        assert_eq!(leaves(Stage2Neighbour::CleanAsInStage1, DBM), DBM | WRITE);
        assert_eq!(leaves(Stage2Neighbour::LogLeavesWritable, WRITE), DBM | WRITE);
        let cell = AtomicU64::new(PAGE | WRITE);
        let change = Stage2Neighbour::RelaxOwesNothing.wrong(&cell, GRANT, PLACE);
        assert_eq!((change.outcome, change.owed.scope()), (Outcome::Unchanged, Scope::None));
    }

    #[test]
    fn two_are_wrong_in_what_they_execute() {
        for neighbour in Stage2Neighbour::ALL {
            let wrong = matches!(
                neighbour,
                Stage2Neighbour::EntriesOfStage2Alone | Stage2Neighbour::EntriesOfBothStagesFirst
            );
            assert_eq!(neighbour.sequence() != Stage2Invalidation::SEQUENCE, wrong, "{neighbour}");
            assert!(neighbour.sequence().contains(&Stage2Tlbi::StageTwo));
            assert_eq!(Stage2Neighbour::by_name(neighbour.name()), Ok(*neighbour));
        }
        assert_eq!(leaves(Stage2Neighbour::EntriesOfStage2Alone, DBM | WRITE | AF), AF);
    }
}
