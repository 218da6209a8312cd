use super::{
    ACCESS_FLAG, AF, CLEAN, Change, DIRTY, PERMISSION, RW, USER, changes, controls, el0, fault, managed,
    query, syndrome, with_table,
};
use crate::{Access, AccessKind, ExceptionLevel, Query};
use afdbm::descriptor::{Descriptor, TableAttributes};
use afdbm::fault::ExceptionClass;
use afdbm::regime::Regime;

/// The same access at EL2, in the EL2 regime.
fn el2(query: Query) -> Query {
    let query = controls(query, |controls| controls.regime = Regime::El2);
    Query { access: Access { level: ExceptionLevel::El2, ..query.access }, ..query }
}

#[test]
fn el2_manages_both_flags() {
    // A11.
    assert_eq!(changes(&el2(query(AccessKind::Load, RW & !AF))), (Change::Must, Change::Never));
    assert_eq!(changes(&el2(query(AccessKind::Store, CLEAN))), (Change::Must, Change::Must));
    assert_eq!(fault(&el2(managed(query(AccessKind::Load, RW & !AF), false, false))), ACCESS_FLAG);
    let taken = syndrome(&el2(managed(query(AccessKind::Store, CLEAN), false, false)));
    assert_eq!(taken.class(), ExceptionClass::DataAbortSame);
}

#[test]
fn el2_has_no_permissions_of_el0() {
    for kind in [AccessKind::Load, AccessKind::LoadUnprivileged] {
        let pan =
            controls(el2(query(kind, DIRTY | USER)), |controls| controls.privileged_access_never = true);
        assert_eq!(fault(&pan), None);
    }
    assert_eq!(fault(&el2(query(AccessKind::LoadUnprivileged, RW))), None);
    assert_eq!(fault(&query(AccessKind::LoadUnprivileged, RW)), PERMISSION);
    let no_user = TableAttributes { no_user: true, ..TableAttributes::NONE };
    assert_eq!(fault(&el2(with_table(query(AccessKind::Store, DIRTY | USER), no_user))), None);
    // What EL0 could write would not be executed at EL1.
    assert_eq!(fault(&el2(query(AccessKind::Fetch, DIRTY | USER))), None);
    assert_eq!(fault(&query(AccessKind::Fetch, DIRTY | USER)), PERMISSION);
}

#[test]
fn el2_has_one_bit_against_execution() {
    assert_eq!(fault(&el2(query(AccessKind::Fetch, RW | Descriptor::UXN))), PERMISSION);
    assert_eq!(fault(&el2(query(AccessKind::Fetch, RW | Descriptor::PXN))), None);
    assert_eq!(fault(&query(AccessKind::Fetch, RW | Descriptor::UXN)), None);
}

#[test]
fn el2_and_el0_share_a_regime_as_el1_and_el0_do() {
    // A12.
    let el20 = |query| controls(query, |controls| controls.regime = Regime::El20);
    let from_el0 = el20(el0(query(AccessKind::Store, CLEAN)));
    assert_eq!(fault(&from_el0), PERMISSION);
    assert_eq!(syndrome(&from_el0).class(), ExceptionClass::DataAbortLower);
    let from_el2 = el20(query(AccessKind::Store, CLEAN | USER));
    let from_el2 = Query { access: Access { level: ExceptionLevel::El2, ..from_el2.access }, ..from_el2 };
    assert_eq!(changes(&from_el2), (Change::Must, Change::Must));
    let pan = controls(from_el2, |controls| controls.privileged_access_never = true);
    assert_eq!(syndrome(&pan).class(), ExceptionClass::DataAbortSame);
}
