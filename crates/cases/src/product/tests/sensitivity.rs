use super::{
    FEATURES,
    emulator::{Emulator, Temper},
    plain, small,
    std::{println, vec::Vec},
};
use crate::product::Judge;
use oracle::{Architecture, Clause, Features, HardwareManagement, Without, predict};

/// Without the clause, so many of these combinations are predicted otherwise.
fn changed(features: Features, clauses: &[Clause]) -> Vec<(Clause, u64)> {
    let mut machine = Emulator { features, ..Emulator::new(Temper::Lazy, None) };
    let judge = Judge::new(&mut machine);
    let mut counts: Vec<(Clause, u64)> = clauses.iter().map(|clause| (*clause, 0)).collect();
    // One in some: the counts are those of a part, the same in every run.
    for (slice, step) in [(small(), 7), (plain(), 13)] {
        for combination in slice.from(0).step_by(step) {
            let Ok(query) = judge.query(&combination) else { continue };
            let whole = predict(Architecture, &query);
            for (clause, count) in &mut counts {
                *count += u64::from(predict(Without(*clause), &query) != whole);
            }
        }
    }
    counts
}

/// Clauses about what the product has not: stage 2, other regimes, permissions and tables, Non-cacheable leaves, small addresses. The
/// lines of the specification and the oracle's own tests show each.
const BEYOND_PRODUCT: [Clause; 44] = [
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
    Clause::UpdateMarksTableDirty,
    Clause::UpdateNeedsWrite,
    Clause::WalkMayMarkTableDirty,
    Clause::Stage2FlagMayBeSpeculative,
    Clause::UpdateMayPrecedeStage2Fault,
    Clause::UpdateFaultMayReplaceFault,
    Clause::EitherStage2FaultMayReport,
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
    let mut counts = changed(FEATURES, &here);
    counts.extend(changed(absent, &of_other_machines[..2]));
    counts.extend(changed(no_cache, &of_other_machines[2..3]));
    counts.extend(changed(relaxed, &of_other_machines[3..]));
    assert_eq!(counts.len() + BEYOND_PRODUCT.len(), Clause::ALL.len());
    for (clause, count) in &counts {
        println!("{count:8} {clause:?} ({clause})");
    }
    let idle: Vec<Clause> =
        counts.iter().filter(|(_, count)| *count == 0).map(|(clause, _)| *clause).collect();
    assert!(idle.is_empty(), "no prediction changes without {idle:?}");
    // What is not of this machine changes nothing here.
    assert!(changed(FEATURES, &of_other_machines).iter().all(|(_, count)| *count == 0));
    assert!(changed(FEATURES, &BEYOND_PRODUCT).iter().all(|(_, count)| *count == 0));
}
