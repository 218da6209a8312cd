use super::{
    FEATURES,
    emulator::Emulator,
    liberty::Temper,
    plain, small,
    std::{println, vec::Vec},
};
use crate::accesses::{self, ROWS};
use crate::product::{Combination, Judge};
use oracle::{AccessKind, Architecture, Clause, Family, Features, HardwareManagement, Without, predict};

/// The clauses without which none of these combinations is predicted otherwise.
fn idle(features: Features, clauses: &[Clause]) -> Vec<Clause> {
    let mut machine = Emulator { features, ..Emulator::new(Temper::LAZY, None) };
    let judge = Judge::new(&mut machine);
    let mut idle = clauses.to_vec();
    sample(|combination| {
        let Ok(query) = judge.query(combination) else { return };
        let whole = predict(Architecture, &query);
        idle.retain(|clause| {
            let changes = predict(Without(*clause), &query) != whole;
            if changes {
                println!("{clause:?} ({clause}) changes the prediction of {combination}");
            }
            !changes
        });
    });
    idle
}

/// Visits one in some combinations of the product, the same in every run, and those accesses that need not be made, which it
/// has not.
fn sample(mut visit: impl FnMut(&Combination)) {
    for (slice, step) in [(small(), 7), (plain(), 13)] {
        slice.from(0).step_by(step).for_each(|combination| visit(&combination));
    }
    let others = AccessKind::ALL[AccessKind::PRODUCT.len()..].iter().copied();
    for kind in others.filter(|kind| matches!(kind.family(), Family::Optional(_))) {
        (0..ROWS).for_each(|row| visit(&accesses::combination(kind, row)));
    }
}

/// Clauses about what the product has not: stage 2, other regimes, permissions and tables, Non-cacheable leaves, small addresses. The
/// lines of the specification and the oracle's own tests show each.
const BEYOND_PRODUCT: [Clause; 57] = [
    Clause::TableFlagNeedsFeature,
    Clause::TableFlagNeedsEnable,
    Clause::TableFlagNeedsAccessFlag,
    Clause::SinglePrivilegeHasNoUser,
    Clause::SinglePrivilegeExecuteNever,
    Clause::IndirectGrants,
    Clause::IndirectWriteExecuteNever,
    Clause::IndirectUserWritableIsClosed,
    Clause::IndirectIgnoresWriteExecuteNever,
    Clause::IndirectIgnoresTables,
    Clause::IndirectEnhancesAccessNever,
    Clause::IndirectReservedIsClosed,
    Clause::IndirectHasNoModifier,
    Clause::IndirectCleanIsReadOnly,
    Clause::IndirectReportsDirtyBit,
    Clause::MisalignedMayFaultByType,
    Clause::GroupMayExceedInput,
    Clause::GroupMayTakeAddress,
    Clause::WalkSetsTableFlags,
    Clause::TranslationSetsTableFlags,
    Clause::TableFlagMayPrecedeFault,
    Clause::TableFlagMayBeSpeculative,
    Clause::FaultyTableIsNotMarked,
    Clause::Stage2FlagNeedsEnable,
    Clause::Stage2DirtyNeedsEnable,
    Clause::Stage2AccessSetsFlag,
    Clause::Stage2AccessFlagFault,
    Clause::Stage2FaultOfWalk,
    Clause::Stage2FaultAddress,
    Clause::Stage2CleanGrantsWrite,
    Clause::Stage2WriteMarksDirty,
    Clause::Stage2ReadLeavesClean,
    Clause::Stage2ReadOnly,
    Clause::Stage2Unreadable,
    Clause::UnreadableMayMarkDirty,
    Clause::Stage2ExecuteNever,
    Clause::Stage2IndirectGrants,
    Clause::Stage2IndirectHasNoModifier,
    Clause::Stage2IndirectNeedsDirty,
    Clause::Stage2IndirectReadOnly,
    Clause::Stage2ReportsDirtyBit,
    Clause::MostlyReadOnlyIsUpdated,
    Clause::UpdateMarksTableDirty,
    Clause::UpdateNeedsWrite,
    Clause::WalkNeedsNoWrite,
    Clause::UnmanagedWalkLeavesTableClean,
    Clause::WalkMayMarkTableDirty,
    Clause::Stage2FlagMayBeSpeculative,
    Clause::UpdateMayPrecedeStage2Fault,
    Clause::UpdateFaultMayReplaceFault,
    Clause::EitherStage2FaultMayReport,
    Clause::SpeculationIsNotReported,
    Clause::TranslationMayReportUpdate,
    Clause::Stage2TranslationLeavesClean,
    Clause::TranslationReportsStage,
    Clause::ProtectedWalkSparesNormal,
    Clause::ProtectedWalk,
];

#[test]
fn every_clause_changes_a_prediction() {
    let absent = Features { hardware_management: HardwareManagement::Absent, ..FEATURES };
    let no_cache = Features { cache_before_coherency: false, ..FEATURES };
    let relaxed = Features { misaligned_atomics: true, ..FEATURES };
    let of_other_machines = [
        Clause::AccessFlagNeedsFeature,
        Clause::DirtyStateNeedsFeature,
        Clause::MaintenanceMayBeNothing,
        Clause::MisalignedOutsideMayFault,
    ];
    let here: Vec<Clause> = Clause::ALL
        .iter()
        .copied()
        .filter(|clause| !of_other_machines.contains(clause) && !BEYOND_PRODUCT.contains(clause))
        .collect();
    let mut idle_clauses = idle(FEATURES, &here);
    idle_clauses.extend(idle(absent, &of_other_machines[..2]));
    idle_clauses.extend(idle(no_cache, &of_other_machines[2..3]));
    idle_clauses.extend(idle(relaxed, &of_other_machines[3..]));
    assert!(idle_clauses.is_empty(), "no prediction changes without {idle_clauses:?}");
    // What is not of this machine changes nothing here.
    assert_eq!(idle(FEATURES, &of_other_machines), of_other_machines);
    assert_eq!(idle(FEATURES, &BEYOND_PRODUCT), BEYOND_PRODUCT);
}
