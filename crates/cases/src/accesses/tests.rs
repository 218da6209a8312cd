use super::{CIRCUMSTANCES, Class, LEAVES, ROWS, combination};
use crate::product::Combination;
use oracle::AccessKind;
use std::collections::BTreeSet;
use std::vec::Vec;

extern crate std;

/// The columns of a row that vary, as numbers.
fn columns(row: u64) -> Vec<u64> {
    let Combination { table, leaf, level, tlb, place, .. } = combination(AccessKind::LoadByte, row);
    let one = combination(AccessKind::LoadByte, row);
    Vec::from([
        u64::from(leaf.0 & 31 & !4),
        u64::from(leaf.0 & 4),
        u64::from(leaf.0 & 128),
        one.circumstance as u64,
        u64::from(one.hardware_access_flag) * 2 + u64::from(one.hardware_dirty_state),
        one.exception_level as u64,
        u64::from(one.privileged_access_never),
        u64::from(one.write_execute_never),
        u64::from(one.hierarchy_disabled),
        u64::from(table.0),
        place as u64,
        level.position() as u64,
        tlb as u64,
    ])
}

#[test]
fn every_pair_of_values_meets() {
    let rows: Vec<_> = (0..ROWS).map(columns).collect();
    let values = |column: usize| rows.iter().map(|row| row[column]).collect::<BTreeSet<_>>();
    for one in 0..rows[0].len() {
        // AP[1] and Contiguous are one column.
        for other in (0..one).filter(|other| (one, *other) != (2, 1)) {
            let pairs: BTreeSet<_> = rows.iter().map(|row| (row[one], row[other])).collect();
            assert_eq!(pairs.len(), values(one).len() * values(other).len(), "columns {one} and {other}");
        }
    }
    assert_eq!(values(0).len(), 9);
    assert_eq!(values(3).len(), CIRCUMSTANCES.iter().collect::<BTreeSet<_>>().len());
    assert!(LEAVES.iter().all(|leaf| leaf & 4 == 0));
}

#[test]
fn every_access_is_of_one_class_that_is_a_case() {
    let cases = crate::SUITES.iter().find(|suite| suite.name == "accesses").map(|suite| suite.cases);
    let cases = cases.expect("the suite");
    let classes: BTreeSet<Class> =
        AccessKind::ALL[AccessKind::PRODUCT.len()..].iter().map(|kind| Class::of(*kind)).collect();
    assert_eq!(classes.len(), cases.len());
    let mut names: Vec<_> = AccessKind::ALL.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), AccessKind::ALL.len());
}
