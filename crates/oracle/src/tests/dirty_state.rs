use super::{
    AF, CLEAN, DIRTY, PERMISSION, RO, RW, USER, changes, controls, el0, fault, managed, query, with_table,
};
use crate::LeafPlace;
use crate::{AccessKind, Change, Family, Query};
use afdbm::descriptor::TableAttributes;

const APTABLE_READ_ONLY: TableAttributes = TableAttributes { read_only: true, ..TableAttributes::NONE };
const APTABLE_NO_USER: TableAttributes = TableAttributes { no_user: true, ..TableAttributes::NONE };

fn dirtied(query: &Query) -> Change {
    changes(query).1
}

#[test]
fn every_write_makes_clean_dirty() {
    // D01, D15, D18, D22, B04.
    for kind in AccessKind::ALL {
        let user = if kind.is_unprivileged() { USER } else { 0 };
        let query = query(kind, CLEAN | user);
        // D16, D19, D21, D22.
        let may_stay = kind.compare_fails() || kind.is_failing_exclusive() || kind.writes_tags_only();
        let expected = match kind.family() {
            Family::Write | Family::Atomic if may_stay => Change::May,
            Family::Write | Family::Atomic => Change::Must,
            // D06, D23, D26, D27, D28, D31.
            _ => Change::Never,
        };
        assert_eq!(dirtied(&query), expected, "{kind:?}");
        // D04, D05: nothing to change.
        assert_eq!(dirtied(&super::query(kind, DIRTY | user)), Change::Never, "{kind:?}");
        assert_eq!(dirtied(&super::query(kind, RW | user)), Change::Never, "{kind:?}");
    }
}

#[test]
fn dirty_state_needs_all_of_its_enables() {
    let store = query(AccessKind::Store, CLEAN);
    assert_eq!(fault(&store), None);
    // D03, A06, A08.
    for (flag, dirty) in [(true, false), (false, true), (false, false)] {
        let query = managed(store, flag, dirty);
        assert_eq!(fault(&query), PERMISSION);
        assert_eq!(dirtied(&query), Change::Never);
    }
    // D02.
    assert_eq!(fault(&query(AccessKind::Store, RO)), PERMISSION);
}

#[test]
fn a_write_needs_every_other_permission() {
    // D08 to D11.
    let store = query(AccessKind::Store, CLEAN);
    let user = query(AccessKind::Store, CLEAN | USER);
    let pan = |query| controls(query, |controls| controls.privileged_access_never = true);
    assert_eq!((fault(&el0(user)), dirtied(&el0(user))), (None, Change::Must));
    assert_eq!((fault(&el0(store)), dirtied(&el0(store))), (PERMISSION, Change::Never));
    assert_eq!((fault(&pan(user)), dirtied(&pan(user))), (PERMISSION, Change::Never));
    assert_eq!(fault(&pan(store)), None);
    let unprivileged = query(AccessKind::StoreUnprivileged, CLEAN | USER);
    assert_eq!((fault(&pan(unprivileged)), dirtied(&pan(unprivileged))), (None, Change::Must));
    // D12 to D14.
    let below = with_table(store, APTABLE_READ_ONLY);
    assert_eq!((fault(&below), dirtied(&below)), (PERMISSION, Change::Never));
    let ignored = controls(below, |controls| controls.range.hierarchy_disabled = true);
    assert_eq!((fault(&ignored), dirtied(&ignored)), (None, Change::Must));
    let no_user = with_table(user, APTABLE_NO_USER);
    assert_eq!((fault(&no_user), dirtied(&no_user)), (None, Change::Must));
    assert_eq!((fault(&el0(no_user)), dirtied(&el0(no_user))), (PERMISSION, Change::Never));
}

#[test]
fn a_failed_compare_needs_write_permission() {
    // D17 against D16.
    assert_eq!(fault(&query(AccessKind::CompareAndSwapMismatch, RO)), PERMISSION);
    assert_eq!(fault(&query(AccessKind::CompareAndSwapMismatch, CLEAN)), None);
}

#[test]
fn translation_reports_clean_as_writable() {
    // D28 to D32.
    let write = query(AccessKind::TranslateWrite, CLEAN);
    assert_eq!((fault(&write), dirtied(&write)), (None, Change::Never));
    assert_eq!(fault(&managed(write, true, false)), PERMISSION);
    assert_eq!(fault(&query(AccessKind::TranslateWrite, RO)), PERMISSION);
    assert_eq!(fault(&query(AccessKind::TranslateRead, RO)), None);
    assert_eq!(fault(&with_table(write, APTABLE_READ_ONLY)), PERMISSION);
    assert_eq!(fault(&query(AccessKind::TranslateUserWrite, CLEAN)), PERMISSION);
    assert_eq!(fault(&query(AccessKind::TranslateUserWrite, CLEAN | USER)), None);
    let pan = |kind| controls(query(kind, CLEAN | USER), |controls| controls.privileged_access_never = true);
    assert_eq!(fault(&pan(AccessKind::TranslateWritePan)), PERMISSION);
    assert_eq!(fault(&pan(AccessKind::TranslateReadPan)), PERMISSION);
    assert_eq!(fault(&pan(AccessKind::TranslateWrite)), None);
}

#[test]
fn the_flag_comes_with_the_dirty_state() {
    // B02, B04, B05.
    let store = query(AccessKind::Store, CLEAN & !AF);
    assert_eq!(changes(&store), (Change::Must, Change::Must));
    assert!(super::allowed(&store).alternatives()[0].updates[LeafPlace::FIRST].dirty_needs_accessed);
    assert_eq!(changes(&query(AccessKind::Load, CLEAN & !AF)), (Change::Must, Change::Never));
}
