use super::{AF, CLEAN, DIRTY, RW, query, std::vec::Vec};
use crate::{
    AccessKind, Allowed, Architecture, Aspect, Change, Clause, Ending, LeafPlace, Mismatch, NestedOutcome,
    NestedQuery, Outcome, Par, Path, Stage2Abort, Stage2Controls, Stage2Page, Stage2Pages, Stage2Seen,
    Stage2Walk, TlbState, Without, check_nested, predict_nested,
};
use afdbm::address::PhysicalAddress;
use afdbm::descriptor::Descriptor;
use afdbm::fault::FaultStatus;
use afdbm::geometry::{Geometry, Level};
use afdbm::stage::Stage;

/// A leaf of stage 2 that grants everything: AF, S2AP 0b11, Normal Write-Back memory.
pub(super) const OPEN: u64 = AF | 0b11 << 6 | 0b1111 << 2 | 0b11;
/// Writable-clean.
const STAGE_2_CLEAN: u64 = OPEN & !(1 << 7) | Descriptor::DBM;
/// Read-only.
const STAGE_2_READ_ONLY: u64 = OPEN & !(1 << 7);
/// The table of the leaf of stage 1.
pub(super) const TABLE: Stage2Page = Stage2Page::Table(Level::L3);

/// An EL1 access with HA=HD=1 at both stages; every page is open at stage 2.
pub(super) fn nested(kind: AccessKind, leaf: u64) -> NestedQuery {
    let walk = |place: u64| {
        let mut descriptors = [super::table(); Level::ALL.len()];
        let address = PhysicalAddress(0x4001_0000 + (place << 12));
        descriptors[Level::L3.position()] = Descriptor(address.0 | OPEN);
        Stage2Walk { address, path: Path { descriptors, leaf_level: Level::L3 } }
    };
    let mut walks = Stage2Pages::of(walk(0));
    for level in Level::ALL {
        walks[Stage2Page::Table(level)] = walk(1 + level.position() as u64);
    }
    let controls = Stage2Controls {
        hardware_access_flag: true,
        hardware_dirty_state: true,
        protected_walk: false,
        indirect: None,
        geometry: Geometry::SIZE_4K,
    };
    NestedQuery { stage_1: query(kind, leaf), controls, walks }
}

pub(super) fn with(mut query: NestedQuery, page: Stage2Page, bits: u64) -> NestedQuery {
    let walk = &mut query.walks[page];
    *walk.path.at(Level::L3) = Descriptor(walk.address.0 | bits);
    query
}

/// The aborts that stage 2 may give: the status, S1PTW and the page.
pub(super) fn aborts(query: &NestedQuery) -> Vec<(FaultStatus, bool, Option<Stage2Abort>)> {
    let allowed = predict_nested(Architecture, query);
    let fault = |ending| match ending {
        Ending::Faults { syndrome, .. } => Some(syndrome.value),
        _ => None,
    };
    allowed
        .alternatives()
        .iter()
        .filter(|one| one.stage_2.abort.is_some())
        .filter_map(|one| {
            fault(one.ending).map(|value| (value.status(), value.on_stage_1_walk(), one.stage_2.abort))
        })
        .collect()
}

pub(super) fn at(query: &NestedQuery, page: Stage2Page) -> Option<Stage2Abort> {
    Some(Stage2Abort::At(query.walks[page].address))
}

/// What happens to AF and to S2AP[1] of a leaf of stage 2, by the first alternative.
pub(super) fn changes(query: &NestedQuery, page: Stage2Page) -> (Change, Change) {
    let update = predict_nested(Architecture, query).alternatives()[0].stage_2.updates[page];
    (update.accessed, update.dirtied)
}

pub(super) const PERMISSION: FaultStatus = FaultStatus::Permission(Level::L3);

#[test]
fn a_store_makes_the_datas_leaf_dirty_and_a_load_leaves_it() {
    // H01, H04, H05.
    let data = |kind| with(nested(kind, DIRTY), Stage2Page::Data, STAGE_2_CLEAN & !AF);
    assert_eq!(changes(&data(AccessKind::Store), Stage2Page::Data), (Change::Must, Change::Must));
    assert_eq!(changes(&data(AccessKind::Load), Stage2Page::Data), (Change::Must, Change::Never));
}

#[test]
fn an_update_writes_its_table() {
    // H08: the update makes the table's page dirty.
    let store = nested(AccessKind::Store, CLEAN);
    assert_eq!(changes(&with(store, TABLE, STAGE_2_CLEAN), TABLE).1, Change::May);
    // H09, H10: and faults where it may not be written.
    for (kind, leaf) in [(AccessKind::Load, RW & !AF), (AccessKind::Store, CLEAN)] {
        let read_only = with(nested(kind, leaf), TABLE, STAGE_2_READ_ONLY);
        assert_eq!(aborts(&read_only), [(PERMISSION, true, at(&read_only, TABLE))]);
    }
    // H11: nothing has to be updated.
    for (kind, leaf) in [(AccessKind::Load, RW), (AccessKind::Store, DIRTY)] {
        assert_eq!(aborts(&with(nested(kind, leaf), TABLE, STAGE_2_READ_ONLY)), []);
    }
}

#[test]
fn the_dirty_state_of_a_table_follows_its_descriptor() {
    let store = with(nested(AccessKind::Store, CLEAN), TABLE, STAGE_2_CLEAN);
    let allowed = predict_nested(Architecture, &store);
    let seen = |table_dirty: bool, page: Stage2Page| {
        let stage_1 = Outcome::example(&store.stage_1, &allowed.alternatives()[0].of_stage_1(), false);
        let mut leaves = Stage2Pages::of(Descriptor::INVALID);
        for place in Level::ALL.map(Stage2Page::Table).into_iter().chain([Stage2Page::Data]) {
            leaves[place] = store.walks[place].path.leaf();
        }
        if table_dirty {
            leaves[page] = Stage::Two.with_dirty(leaves[page]);
        }
        NestedOutcome { stage_1, stage_2: Stage2Seen { abort: None, leaves } }
    };
    let judged = |outcome| check_nested(&store, &allowed, &outcome).map_err(|Mismatch { aspect, .. }| aspect);
    assert_eq!(judged(seen(true, TABLE)), Ok(()));
    assert_eq!(judged(seen(false, TABLE)), Err(Aspect::DirtyMissing));
    let mut elsewhere = seen(true, TABLE);
    elsewhere.stage_2.leaves[Stage2Page::Data].0 ^= 1 << 55;
    assert_eq!(judged(elsewhere), Err(Aspect::LeafBits));
    let mut aborted = seen(true, TABLE);
    aborted.stage_2.abort = Some(PhysicalAddress(0));
    assert_eq!(judged(aborted), Err(Aspect::UnexpectedFault));
}

#[test]
fn faults_name_the_page_that_gives_them() {
    // H02, H03.
    let mut load = nested(AccessKind::Load, RW);
    load.controls.hardware_access_flag = false;
    let old = FaultStatus::AccessFlag(Level::L3);
    let data = with(load, Stage2Page::Data, OPEN & !AF);
    assert_eq!(aborts(&data), [(old, false, at(&data, Stage2Page::Data))]);
    let table = with(load, TABLE, OPEN & !AF);
    assert_eq!(aborts(&table), [(old, true, at(&table, TABLE))]);
    // A Permission fault of the data names none.
    let store = with(nested(AccessKind::Store, DIRTY), Stage2Page::Data, STAGE_2_READ_ONLY);
    assert_eq!(aborts(&store), [(PERMISSION, false, Some(Stage2Abort::Anywhere))]);
}

#[test]
fn either_of_two_faults_may_be_reported() {
    // H17: of stage 1, and of its update at stage 2.
    let refused = with(nested(AccessKind::Store, super::RO & !AF), TABLE, STAGE_2_READ_ONLY);
    assert_eq!(aborts(&refused), [(PERMISSION, true, at(&refused, TABLE))]);
    assert_eq!(predict_nested(Architecture, &refused).alternatives().len(), 2);
    // H18: of the update, and of the data.
    let both = with(with(nested(AccessKind::Store, CLEAN), TABLE, STAGE_2_READ_ONLY), Stage2Page::Data, 0);
    let invalid = FaultStatus::Translation(Level::L3);
    let expected = [(PERMISSION, true, at(&both, TABLE)), (invalid, false, at(&both, Stage2Page::Data))];
    assert_eq!(aborts(&both), expected);
}

#[test]
fn a_protected_walk_does_not_read_device_memory() {
    // H22.
    let device = OPEN & !(0b1111 << 2);
    let mut load = with(nested(AccessKind::Load, RW), TABLE, device);
    assert_eq!(aborts(&load), []);
    load.controls.protected_walk = true;
    assert_eq!(aborts(&load), [(PERMISSION, true, at(&load, TABLE))]);
    let without: Allowed<_, _> = predict_nested(Without(Clause::ProtectedWalk), &load);
    assert!(without.alternatives().iter().all(|one| one.stage_2.abort.is_none()));
    assert_eq!(aborts(&with(load, TABLE, OPEN)), []);
    // The data may be Device memory.
    assert_eq!(aborts(&with(with(load, TABLE, OPEN), Stage2Page::Data, device)), []);
}

#[test]
fn what_is_not_translated_may_be_walked_by_speculation() {
    let mut load = nested(AccessKind::LoadExclusive, RW);
    load.stage_1.access.address.0 += 1;
    assert_eq!(changes(&load, TABLE), (Change::May, Change::Never));
    assert_eq!(load.stage_1.paths[LeafPlace::FIRST].leaf_level, Level::L3);
}

/// What an instruction may report, by its alternatives.
fn endings(query: &NestedQuery) -> Vec<Ending> {
    predict_nested(Architecture, query).alternatives().iter().map(|one| one.ending).collect()
}

#[test]
fn at_of_stage_1_reports_the_output_or_the_fault_of_its_update() {
    // H19: the table may not be written.
    let old = with(nested(AccessKind::TranslateRead, RW & !AF), TABLE, STAGE_2_READ_ONLY);
    let [Ending::Faults { syndrome, .. }, Ending::ReportsOutput(output)] = endings(&old)[..] else {
        panic!("{:?}", endings(&old))
    };
    // D24.2.45: CM, S1PTW and WnR.
    assert_eq!(syndrome.value.0 & 0x1c0, 0x1c0);
    assert_eq!(aborts(&old), [(PERMISSION, true, at(&old, TABLE))]);
    let page = old.stage_1.paths[LeafPlace::FIRST].leaf().output(Geometry::SIZE_4K, Level::L3);
    assert_eq!(output.align_down(1 << 12), page);
    let updates = |query| {
        let update = |one: &crate::Alternative<_>| one.updates[LeafPlace::FIRST].accessed;
        predict_nested(Architecture, query).alternatives().iter().map(update).collect::<Vec<_>>()
    };
    assert_eq!(updates(&old), [Change::Never; 2]);
    assert_eq!(updates(&with(old, TABLE, STAGE_2_CLEAN)), [Change::May]);
    // Without an update there is nothing to refuse, and a walk that is refused is an abort.
    assert_eq!(aborts(&with(nested(AccessKind::TranslateWrite, CLEAN), TABLE, STAGE_2_READ_ONLY)), []);
    let unmapped = with(nested(AccessKind::TranslateRead, RW), TABLE, 0);
    assert_eq!(aborts(&unmapped), [(FaultStatus::Translation(Level::L3), true, at(&unmapped, TABLE))]);
    // What stage 2 says of the data is not asked.
    let [Ending::ReportsOutput(_)] =
        endings(&with(nested(AccessKind::TranslateRead, RW), Stage2Page::Data, 0))[..]
    else {
        panic!("the data was translated")
    };
}

#[test]
fn at_by_both_stages_reports_the_stage_and_marks_no_write() {
    // H20.
    let write = nested(AccessKind::TranslateBothWrite, CLEAN);
    let clean = with(with(write, Stage2Page::Data, STAGE_2_CLEAN & !AF), TABLE, STAGE_2_CLEAN);
    assert_eq!(endings(&clean), [Ending::ReportsOutput(clean.walks[Stage2Page::Data].address)]);
    assert_eq!(changes(&clean, Stage2Page::Data), (Change::May, Change::Never));
    assert_eq!(changes(&clean, TABLE), (Change::May, Change::May));
    let update = predict_nested(Architecture, &clean).alternatives()[0].updates[LeafPlace::FIRST];
    assert_eq!(update.dirtied, Change::Never);
    // Each stage and each page has a report of its own.
    let report = |on_walk| Par::fault_of_stage_2(PERMISSION, on_walk);
    let reports = |query: &NestedQuery| {
        assert_eq!(aborts(query), []);
        let reported = |ending| match ending {
            Ending::ReportsStage2Fault { report, mask } if mask & 0x300 == 0x300 => Some(report),
            _ => None,
        };
        endings(query).into_iter().filter_map(reported).collect::<Vec<_>>()
    };
    assert_eq!(reports(&with(write, Stage2Page::Data, STAGE_2_READ_ONLY)), [report(false)]);
    let old = nested(AccessKind::TranslateBothRead, RW & !AF);
    assert_eq!(reports(&with(old, TABLE, STAGE_2_READ_ONLY)), [report(true)]);
    assert_eq!(reports(&with(old, Stage2Page::Data, STAGE_2_READ_ONLY)), []);
    assert!(!report(true).is_fault(PERMISSION) && report(true).status() == Some(PERMISSION));
}

#[test]
fn a_prefetch_that_stage_2_refuses_is_not_told() {
    // H12.
    for kind in [AccessKind::PrefetchLoad, AccessKind::PrefetchStore] {
        let old = with(nested(kind, RW & !AF), TABLE, STAGE_2_READ_ONLY);
        for query in [old, with(old, TABLE, 0), with(old, Stage2Page::Data, 0)] {
            assert_eq!(endings(&query), [Ending::Completes]);
        }
        let update = predict_nested(Architecture, &old).alternatives()[0].updates[LeafPlace::FIRST];
        assert_eq!(update.accessed, Change::Never);
        let clean = with(nested(kind, DIRTY), Stage2Page::Data, STAGE_2_CLEAN & !AF);
        assert_eq!(changes(&clean, Stage2Page::Data), (Change::May, Change::Never));
        // Where stage 1 has no address, there is no data.
        let unmapped = with(nested(kind, 0), Stage2Page::Data, OPEN & !AF);
        let mut invalid = unmapped;
        invalid.stage_1.paths[LeafPlace::FIRST].at(Level::L3).0 &= !1;
        assert_eq!(changes(&invalid, Stage2Page::Data), (Change::Never, Change::Never));
    }
}

#[test]
fn a_store_exclusive_follows_its_load() {
    let pair = AccessKind::StoreExclusivePass;
    let writes = |query: &NestedQuery| match endings(query)[..] {
        [Ending::Faults { syndrome, .. }] => syndrome.value.0 >> 6 & 1 == 1,
        ref others => panic!("{others:?}"),
    };
    // The load-exclusive takes what it would take alone, and marks both stages where its store is refused.
    assert!(!writes(&with(nested(pair, DIRTY), Stage2Page::Data, OPEN & !(1 << 6))));
    assert!(!writes(&with(nested(pair, DIRTY & !AF), TABLE, STAGE_2_READ_ONLY)));
    assert!(writes(&with(nested(pair, CLEAN), TABLE, STAGE_2_READ_ONLY)));
    let refused = with(nested(pair, DIRTY & !AF), Stage2Page::Data, STAGE_2_READ_ONLY & !AF);
    assert!(writes(&refused));
    assert_eq!(changes(&refused, Stage2Page::Data), (Change::Must, Change::Never));
    let update = predict_nested(Architecture, &refused).alternatives()[0].updates[LeafPlace::FIRST];
    assert_eq!(update.accessed, Change::Must);
    assert_eq!(
        changes(&with(nested(pair, DIRTY), Stage2Page::Data, STAGE_2_CLEAN), Stage2Page::Data).1,
        Change::Must
    );
}

#[test]
fn a_write_after_a_read_is_recorded_all_the_same() {
    let after = |tlb, kind| {
        let mut query = with(nested(kind, CLEAN & !AF), Stage2Page::Data, STAGE_2_CLEAN & !AF);
        query.stage_1.tlb = tlb;
        query
    };
    let write = after(TlbState::AfterLoad, AccessKind::Store);
    assert_eq!(changes(&write, Stage2Page::Data), (Change::Must, Change::Must));
    // A load after a store finds what the store has marked; a prefetch after a load, that AF is set.
    let read = after(TlbState::AfterStore, AccessKind::Load);
    assert_eq!(changes(&read, Stage2Page::Data), (Change::Must, Change::Must));
    let hint = after(TlbState::AfterLoad, AccessKind::PrefetchStore);
    assert_eq!(changes(&hint, Stage2Page::Data), (Change::Must, Change::Never));
    // Where the access before is refused, AF may have been set beside its fault.
    let refused = with(write, Stage2Page::Data, OPEN & !(1 << 6));
    let update = predict_nested(Architecture, &refused).alternatives()[0].updates[LeafPlace::FIRST];
    assert_eq!((update.accessed, update.dirtied), (Change::Must, Change::Must));
    assert_eq!(predict_nested(Architecture, &refused).before, crate::Before::Faults);
}
