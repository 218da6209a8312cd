use super::{CLEAN, DIRTY, PERMISSION, RO, RW, USER, controls, el0, fault, managed, query, with_table};
use crate::LeafPlace;
use crate::{AccessKind, Query};
use afdbm::descriptor::{Descriptor, TableAttributes};
use afdbm::geometry::Level;

fn wxn(query: Query) -> Query {
    controls(query, |controls| controls.write_execute_never = true)
}

fn pan(query: Query) -> Query {
    controls(query, |controls| controls.privileged_access_never = true)
}

fn fetch(bits: u64) -> Query {
    query(AccessKind::Fetch, bits)
}

#[test]
fn write_execute_never_covers_clean() {
    // D39, D40, D44 against D42, D43.
    assert_eq!(fault(&fetch(CLEAN)), None);
    assert_eq!(fault(&wxn(fetch(CLEAN))), PERMISSION);
    assert_eq!(fault(&wxn(fetch(DIRTY))), PERMISSION);
    assert_eq!(fault(&wxn(fetch(RO))), None);
    assert_eq!(fault(&wxn(el0(fetch(CLEAN | USER)))), PERMISSION);
    assert_eq!(fault(&wxn(managed(fetch(CLEAN), true, false))), None);
    let read_only = TableAttributes { read_only: true, ..TableAttributes::NONE };
    assert_eq!(fault(&wxn(with_table(fetch(CLEAN), read_only))), None);
}

#[test]
fn what_el0_writes_el1_does_not_execute() {
    // D41.
    assert_eq!(fault(&fetch(CLEAN | USER)), PERMISSION);
    assert_eq!(fault(&managed(fetch(CLEAN | USER), true, false)), None);
    assert_eq!(fault(&fetch(RW | USER)), PERMISSION);
    assert_eq!(fault(&fetch(RO | USER)), None);
    for attributes in [
        TableAttributes { read_only: true, ..TableAttributes::NONE },
        TableAttributes { no_user: true, ..TableAttributes::NONE },
    ] {
        assert_eq!(fault(&with_table(fetch(RW | USER), attributes)), None, "{attributes:?}");
    }
}

#[test]
fn execute_never_bits_are_for_their_level() {
    let pxn_table = TableAttributes { privileged_execute_never: true, ..TableAttributes::NONE };
    let uxn_table = TableAttributes { user_execute_never: true, ..TableAttributes::NONE };
    assert_eq!(fault(&fetch(RO | Descriptor::PXN)), PERMISSION);
    assert_eq!(fault(&fetch(RO | Descriptor::UXN)), None);
    assert_eq!(fault(&el0(fetch(RO | Descriptor::UXN))), PERMISSION);
    // EL0 executes what it may not read.
    assert_eq!(fault(&el0(fetch(RO | Descriptor::PXN))), None);
    assert_eq!(fault(&with_table(fetch(RO), pxn_table)), PERMISSION);
    assert_eq!(fault(&with_table(fetch(RO), uxn_table)), None);
    assert_eq!(fault(&el0(with_table(fetch(RO), uxn_table))), PERMISSION);
    let ignored =
        controls(with_table(fetch(RO), pxn_table), |controls| controls.range.hierarchy_disabled = true);
    assert_eq!(fault(&ignored), None);
}

#[test]
fn attributes_of_every_table_count() {
    let mut load = el0(query(AccessKind::Load, RW | USER));
    assert_eq!(fault(&load), None);
    *load.paths[LeafPlace::FIRST].at(Level::L0) =
        load.paths[LeafPlace::FIRST].at(Level::L0).with(Descriptor::AP_TABLE_NO_EL0);
    assert_eq!(fault(&load), PERMISSION);
}

#[test]
fn pan_closes_what_el0_may_access() {
    // B31.
    let load = |bits| query(AccessKind::Load, bits);
    assert_eq!(fault(&pan(load(RW | USER))), PERMISSION);
    assert_eq!(fault(&pan(load(RO | USER))), PERMISSION);
    assert_eq!(fault(&pan(load(RW))), None);
    assert_eq!(fault(&pan(el0(load(RW | USER)))), None);
    assert_eq!(fault(&pan(query(AccessKind::Fetch, RO | USER))), None);
    let no_user = TableAttributes { no_user: true, ..TableAttributes::NONE };
    assert_eq!(fault(&pan(with_table(load(RW | USER), no_user))), None);
    let enhanced = |bits| controls(pan(load(bits)), |controls| controls.executable_access_never = true);
    assert_eq!(fault(&enhanced(RW)), PERMISSION);
    assert_eq!(fault(&enhanced(RW | Descriptor::UXN)), None);
}

#[test]
fn unprivileged_accesses_are_el0s_unless_overridden() {
    // B09.
    let load = |bits| query(AccessKind::LoadUnprivileged, bits);
    let overridden = |query| controls(query, |controls| controls.user_access_override = true);
    assert_eq!(fault(&load(RW)), PERMISSION);
    assert_eq!(fault(&load(RW | USER)), None);
    assert_eq!(fault(&overridden(load(RW))), None);
    assert_eq!(fault(&pan(load(RW | USER))), None);
    assert_eq!(fault(&pan(overridden(load(RW | USER)))), PERMISSION);
    assert_eq!(fault(&overridden(el0(load(RW)))), PERMISSION);
}

#[test]
fn maintenance_needs_what_it_touches() {
    use crate::{Ending, Features};
    let count = |query: &Query| super::allowed(query).alternatives().len();
    // D23 and D24.
    assert_eq!(fault(&query(AccessKind::Invalidate, CLEAN)), None);
    assert_eq!(count(&query(AccessKind::Invalidate, RO)), 2);
    // D26: at EL1 a clean needs nothing; at EL0 it needs to read.
    assert_eq!(fault(&query(AccessKind::Clean, RO)), None);
    assert_eq!(fault(&el0(query(AccessKind::Clean, RO | USER))), None);
    assert_eq!(fault(&el0(query(AccessKind::Clean, RW))), PERMISSION);
    // Where there is no cache to act on, the instruction may do nothing.
    let without = Query {
        features: Features { cache_before_coherency: false, ..super::FEATURES },
        ..el0(query(AccessKind::Clean, RW))
    };
    assert_eq!(count(&without), 2);
    assert_eq!(super::allowed(&without).alternatives()[0].ending, Ending::Completes);
}
