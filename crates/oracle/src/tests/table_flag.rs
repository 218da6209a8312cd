use super::{FEATURES, RW, controls, query};
use crate::{
    AccessKind, Architecture, Aspect, Change, Clause, Features, HardwareManagement, LeafPlace, Levels,
    Outcome, Page, Query, Rules, TableUpdate, Without, check, predict,
};
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;

/// HAFT=1 on a PE with FEAT_HAFT, every table with AF=0.
fn haft(query: Query) -> Query {
    let mut query = controls(query, |controls| controls.table_access_flag = true);
    query.features.hardware_management = HardwareManagement::AccessFlagOfTables;
    for path in [LeafPlace::FIRST, LeafPlace::SECOND] {
        for level in [Level::L0, Level::L1, Level::L2] {
            let table = query.paths[path].at(level);
            *table = table.without(Descriptor::AF);
        }
    }
    query
}

fn tables(rules: impl Rules, query: &Query) -> TableUpdate {
    predict(rules, query).alternatives()[0].tables[Page::First]
}

const TO_LEAF: Levels = Levels::between(Level::L0, Level::L3);

fn judge(query: &Query, change: impl FnOnce(&mut Outcome)) -> Result<(), Aspect> {
    let allowed = predict(Architecture, query);
    let mut outcome = allowed.example(query, false);
    change(&mut outcome);
    check(query, &allowed, &outcome).map_err(|mismatch| mismatch.aspect)
}

#[test]
fn a_walk_to_a_leaf_marks_every_table() {
    // J01, J03.
    for kind in [AccessKind::Load, AccessKind::Fetch, AccessKind::TranslateRead] {
        let marked = TableUpdate { accessed: Change::Must, levels: TO_LEAF };
        assert_eq!(tables(Architecture, &haft(query(kind, RW))), marked);
    }
    let load = haft(query(AccessKind::Load, RW));
    assert_eq!(judge(&load, |_| {}), Ok(()));
    let but_one = Levels::between(Level::L0, Level::L2);
    assert_eq!(
        judge(&load, |seen| seen.tables_accessed[Page::First] = but_one),
        Err(Aspect::TableFlagMissing)
    );
    assert_eq!(judge(&load, |seen| seen.tables_accessed[Page::Second] = TO_LEAF), Err(Aspect::Neighbours));
    assert_eq!(judge(&load, |seen| seen.tables_changed = 1 << 11), Err(Aspect::Tables));
}

#[test]
fn nothing_is_marked_without_the_feature_and_its_controls() {
    // A05, C08, J02.
    let load = haft(query(AccessKind::Load, RW));
    let features = Features { hardware_management: HardwareManagement::AccessFlagAndDirtyState, ..FEATURES };
    let absent = Query { features, ..load };
    let off = controls(load, |controls| controls.table_access_flag = false);
    let unmanaged = controls(load, |controls| controls.hardware_access_flag = false);
    for (query, clause) in [
        (absent, Clause::TableFlagNeedsFeature),
        (off, Clause::TableFlagNeedsEnable),
        (unmanaged, Clause::TableFlagNeedsAccessFlag),
    ] {
        assert_eq!(tables(Architecture, &query), TableUpdate::default());
        assert_eq!(judge(&query, |seen| seen.tables_accessed[Page::First] = TO_LEAF), Err(Aspect::Tables));
        assert_ne!(tables(Without(clause), &query), TableUpdate::default());
    }
}

#[test]
fn what_need_not_walk_may_mark() {
    let prefetch = haft(query(AccessKind::PrefetchLoad, RW));
    let may = TableUpdate { accessed: Change::May, levels: TO_LEAF };
    assert_eq!(tables(Architecture, &prefetch), may);
    assert_eq!(tables(Without(Clause::TableFlagMayBeSpeculative), &prefetch), TableUpdate::default());
}

#[test]
fn a_table_that_faults_is_not_marked() {
    // J05, J07.
    let mut load = haft(query(AccessKind::Load, RW));
    let table = load.paths[LeafPlace::FIRST].at(Level::L1);
    *table = table.without(Descriptor::VALID);
    let above = TableUpdate { accessed: Change::May, levels: Levels::between(Level::L0, Level::L1) };
    assert_eq!(tables(Architecture, &load), above);
    assert_eq!(tables(Without(Clause::FaultyTableIsNotMarked), &load).levels, TO_LEAF);
}

#[test]
fn a_table_of_both_pages_is_marked_by_either_walk() {
    let mut load = haft(query(AccessKind::LoadCrossing, RW));
    load.access.address.0 += 0xc;
    assert_eq!(judge(&load, |_| {}), Ok(()));
    // The second page is not mapped: the first page's walk may mark what both walks use.
    let leaf = load.paths[LeafPlace::SECOND].at(Level::L3);
    *leaf = leaf.without(Descriptor::VALID);
    assert_eq!(judge(&load, |seen| seen.tables_accessed[Page::First] = TO_LEAF), Ok(()));
}
