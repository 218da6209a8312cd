use super::{AF, CLEAN, DIRTY, RW, query, std::vec::Vec};
use crate::{
    AccessKind, Allowed, Architecture, Aspect, Change, Clause, Ending, LeafPlace, Mismatch, NestedOutcome,
    NestedQuery, Outcome, Path, Stage2Abort, Stage2Controls, Stage2Page, Stage2Pages, Stage2Seen, Stage2Walk,
    Without, check_nested, predict_nested,
};
use afdbm::address::PhysicalAddress;
use afdbm::descriptor::Descriptor;
use afdbm::fault::FaultStatus;
use afdbm::geometry::{Geometry, Level};
use afdbm::stage::Stage;

/// A leaf of stage 2 that grants everything: AF, S2AP 0b11, Normal Write-Back memory.
const OPEN: u64 = AF | 0b11 << 6 | 0b1111 << 2 | 0b11;
/// Writable-clean.
const STAGE_2_CLEAN: u64 = OPEN & !(1 << 7) | Descriptor::DBM;
/// Read-only.
const STAGE_2_READ_ONLY: u64 = OPEN & !(1 << 7);
/// The table of the leaf of stage 1.
const TABLE: Stage2Page = Stage2Page::Table(Level::L3);

/// An EL1 access with HA=HD=1 at both stages; every page is open at stage 2.
fn nested(kind: AccessKind, leaf: u64) -> NestedQuery {
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
        geometry: Geometry::SIZE_4K,
    };
    NestedQuery { stage_1: query(kind, leaf), controls, walks }
}

fn with(mut query: NestedQuery, page: Stage2Page, bits: u64) -> NestedQuery {
    let walk = &mut query.walks[page];
    *walk.path.at(Level::L3) = Descriptor(walk.address.0 | bits);
    query
}

/// The aborts that stage 2 may give: the status, S1PTW and the page.
fn aborts(query: &NestedQuery) -> Vec<(FaultStatus, bool, Option<Stage2Abort>)> {
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

fn at(query: &NestedQuery, page: Stage2Page) -> Option<Stage2Abort> {
    Some(Stage2Abort::At(query.walks[page].address))
}

/// What happens to AF and to S2AP[1] of a leaf of stage 2, by the first alternative.
fn changes(query: &NestedQuery, page: Stage2Page) -> (Change, Change) {
    let update = predict_nested(Architecture, query).alternatives()[0].stage_2.updates[page];
    (update.accessed, update.dirtied)
}

const PERMISSION: FaultStatus = FaultStatus::Permission(Level::L3);

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
