use super::{AF, CLEAN, RW, allowed, query};
use crate::LeafPlace;
use crate::{AccessKind, Aspect, Mismatch, Outcome, Query, Siblings, TlbState, check};
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;

const GROUP: u64 = Descriptor::CONTIGUOUS;

fn judge(query: &Query, change: impl FnOnce(&mut Outcome)) -> Result<(), Aspect> {
    let allowed = allowed(query);
    let mut outcome = allowed.example(query, false);
    change(&mut outcome);
    check(query, &allowed, &outcome).map_err(|Mismatch { aspect, .. }| aspect)
}

fn dirtied(count: u8) -> Siblings {
    Siblings { changed: Stage::One.dirty_bit().mask(), dirtied: count, dirty_without_flag: false }
}

#[test]
fn the_flag_is_set_here_and_may_be_set_beside() {
    // F01.
    let load = query(AccessKind::Load, GROUP);
    let siblings = Siblings { changed: AF, ..Siblings::default() };
    assert_eq!(judge(&load, |outcome| outcome.siblings = siblings), Ok(()));
    assert_eq!(
        judge(&load, |outcome| outcome.leaves[LeafPlace::FIRST] = load.paths[LeafPlace::FIRST].leaf()),
        Err(Aspect::FlagMissing)
    );
    // Not a group: a neighbour changed.
    let single = query(AccessKind::Load, 0);
    assert_eq!(judge(&single, |outcome| outcome.siblings = siblings), Err(Aspect::Neighbours));
    // HA=0: never.
    let unmanaged = super::managed(query(AccessKind::Load, GROUP | RW), false, false);
    assert_eq!(judge(&unmanaged, |outcome| outcome.siblings = siblings), Err(Aspect::Group));
}

#[test]
fn one_member_records_one_write() {
    // F03.
    let store = query(AccessKind::Store, GROUP | CLEAN);
    let before = store.paths[LeafPlace::FIRST].leaf();
    assert_eq!(judge(&store, |_| {}), Ok(()));
    let elsewhere = |outcome: &mut Outcome| {
        outcome.leaves[LeafPlace::FIRST] = before;
        outcome.siblings = dirtied(1);
    };
    assert_eq!(judge(&store, elsewhere), Ok(()));
    assert_eq!(judge(&store, |outcome| outcome.siblings = dirtied(1)), Err(Aspect::Group));
    assert_eq!(judge(&store, |outcome| outcome.leaves[LeafPlace::FIRST] = before), Err(Aspect::DirtyMissing));
    // Two writes, two members at most.
    let twice = Query { tlb: TlbState::AfterStore, ..store };
    assert_eq!(judge(&twice, |outcome| outcome.siblings = dirtied(1)), Ok(()));
    assert_eq!(judge(&twice, |outcome| outcome.siblings = dirtied(2)), Err(Aspect::Group));
    // A read records none.
    let load = query(AccessKind::Load, GROUP | CLEAN);
    assert_eq!(judge(&load, |outcome| outcome.siblings = dirtied(1)), Err(Aspect::Group));
}

#[test]
fn no_member_is_dirty_without_its_flag() {
    // B05 for the group.
    let store = query(AccessKind::Store, GROUP | CLEAN & !AF);
    let before = store.paths[LeafPlace::FIRST].leaf();
    let old = |outcome: &mut Outcome| {
        outcome.leaves[LeafPlace::FIRST] = before.with(AF);
        outcome.siblings = Siblings { dirty_without_flag: true, ..dirtied(1) };
    };
    assert_eq!(judge(&store, old), Err(Aspect::DirtyWithoutFlag));
}
