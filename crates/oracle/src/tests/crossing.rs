use super::std::vec::Vec;
use super::{CLEAN, RO, RW, allowed, path, query};
use crate::{AccessKind, Alternative, Bytes, Change, Ending, Query};
use crate::{LeafPlace, Page};
use afdbm::descriptor::Level;

fn crossing(kind: AccessKind, first: u64, second: u64) -> Query {
    let mut query = query(kind, first);
    query.access.address = afdbm::address::VirtualAddress(0x7f_ffff_fffc);
    query.paths[LeafPlace::SECOND] = path(Level::L3, second);
    query
}

fn faults(query: &Query) -> Vec<(u64, Alternative)> {
    let address = |one: &Alternative| match one.ending {
        Ending::Faults { address, .. } => address.0,
        _ => 0,
    };
    allowed(query).alternatives().iter().map(|one| (address(one), *one)).collect()
}

#[test]
fn both_pages_are_updated() {
    // B42, D35.
    let store = faults(&crossing(AccessKind::StoreCrossing, CLEAN, CLEAN));
    assert_eq!(store.len(), 1);
    assert_eq!(
        (store[0].1.updates[LeafPlace::FIRST].dirtied, store[0].1.updates[LeafPlace::SECOND].dirtied),
        (Change::Must, Change::Must)
    );
    let load = faults(&crossing(AccessKind::LoadCrossing, 0, 0));
    assert_eq!(
        (load[0].1.updates[LeafPlace::FIRST].accessed, load[0].1.updates[LeafPlace::SECOND].accessed),
        (Change::Must, Change::Must)
    );
    assert_eq!(
        (load[0].1.updates[LeafPlace::FIRST].dirtied, load[0].1.updates[LeafPlace::SECOND].dirtied),
        (Change::Never, Change::Never)
    );
}

#[test]
fn the_page_beside_a_faulting_one_is_free() {
    // D33.
    let second = faults(&crossing(AccessKind::StoreCrossing, CLEAN, RO));
    let [(0x80_0000_0000, one)] = second[..] else { panic!("{second:?}") };
    assert_eq!(
        (one.updates[LeafPlace::FIRST].dirtied, one.updates[LeafPlace::SECOND].dirtied),
        (Change::May, Change::Never)
    );
    assert!(one.bytes[Page::First].contains(Bytes::Mixed) && !one.bytes[Page::Second].contains(Bytes::Mixed));
    assert!(one.updates[LeafPlace::FIRST].written_is_dirty);
    // D34.
    let first = faults(&crossing(AccessKind::StoreCrossing, RO, CLEAN));
    let [(0x7f_ffff_fffc, one)] = first[..] else { panic!("{first:?}") };
    assert_eq!(
        (one.updates[LeafPlace::FIRST].dirtied, one.updates[LeafPlace::SECOND].dirtied),
        (Change::Never, Change::May)
    );
    // B43: a load dirties nothing.
    let load = faults(&crossing(AccessKind::LoadCrossing, CLEAN & !super::AF, RW & !super::AF));
    assert_eq!(load[0].1.updates[LeafPlace::FIRST].dirtied, Change::Never);
}

#[test]
fn either_page_may_report() {
    let both = faults(&crossing(AccessKind::StoreCrossing, RO, RO));
    assert_eq!(
        both.iter().map(|(address, _)| *address).collect::<Vec<_>>(),
        [0x7f_ffff_fffc, 0x80_0000_0000]
    );
    assert!(both.iter().all(|(_, one)| !one.bytes[Page::First].contains(Bytes::New)
        && !one.bytes[Page::Second].contains(Bytes::New)));
}

#[test]
fn a_checked_alignment_comes_before_both_pages() {
    let mut store = crossing(AccessKind::StoreCrossing, RO, CLEAN);
    store.controls.alignment_checked = true;
    let faults = faults(&store);
    let [(0x7f_ffff_fffc, one)] = faults[..] else { panic!("{faults:?}") };
    assert_eq!(
        (one.updates[LeafPlace::FIRST].dirtied, one.updates[LeafPlace::SECOND].dirtied),
        (Change::Never, Change::Never)
    );
}
