use super::{
    ACCESS_FLAG, AF, CLEAN, FEATURES, PERMISSION, RO, RW, TRANSLATION, USER, allowed, changes, el0, fault,
    managed, query,
};
use crate::LeafPlace;
use crate::{AccessKind, Change, Ending, Family, Features, HardwareManagement, Query, TlbState};
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;

const OLD: u64 = 0;

#[test]
fn every_access_to_memory_sets_the_flag() {
    // B01, B03, B06 to B10, B12; an STXR that fails is B11.
    for kind in AccessKind::ALL {
        let touches = matches!(kind.family(), Family::Read | Family::Write | Family::Atomic | Family::Fetch);
        if !touches || kind.is_failing_exclusive() || kind.is_crossing() {
            continue;
        }
        let query = query(kind, if kind.is_unprivileged() { USER } else { OLD });
        assert_eq!(fault(&query), None, "{kind:?}");
        assert_eq!(changes(&query), (Change::Must, Change::Never), "{kind:?}");
        // B17, B20: with HA=0 it is a fault, and nothing changes.
        let query = managed(query, false, true);
        assert_eq!(fault(&query), ACCESS_FLAG, "{kind:?}");
        assert_eq!(changes(&query), (Change::Never, Change::Never), "{kind:?}");
    }
}

#[test]
fn the_flag_needs_the_feature() {
    // A01 against A02.
    let absent = Features { hardware_management: HardwareManagement::Absent, ..FEATURES };
    let only_flag = Features { hardware_management: HardwareManagement::AccessFlag, ..FEATURES };
    let load = query(AccessKind::Load, OLD);
    assert_eq!(fault(&Query { features: absent, ..load }), ACCESS_FLAG);
    assert_eq!(fault(&Query { features: only_flag, ..load }), None);
    let store = query(AccessKind::Store, CLEAN);
    assert_eq!(fault(&Query { features: absent, ..store }), PERMISSION);
    assert_eq!(fault(&Query { features: only_flag, ..store }), PERMISSION);
    assert_eq!(fault(&store), None);
}

#[test]
fn hints_and_maintenance_may_set_it() {
    // B37, B38, B40: AF either, AP[2] never.
    for kind in [
        AccessKind::PrefetchLoad,
        AccessKind::PrefetchStore,
        AccessKind::Clean,
        AccessKind::CleanInvalidate,
        AccessKind::TranslateRead,
        AccessKind::TranslateWrite,
    ] {
        let query = query(kind, CLEAN & !AF);
        assert_eq!(fault(&query), None, "{kind:?}");
        assert_eq!(changes(&query), (Change::May, Change::Never), "{kind:?}");
        assert_eq!(changes(&managed(query, false, false)), (Change::Never, Change::Never), "{kind:?}");
    }
}

#[test]
fn maintenance_may_fault_on_the_flag_and_translation_must_report_it() {
    // B39: both; B41: one.
    let endings = |kind| {
        let query = managed(query(kind, OLD), false, false);
        let allowed = allowed(&query);
        let faults =
            allowed.alternatives().iter().filter(|one| matches!(one.ending, Ending::Faults { .. })).count();
        (allowed.alternatives().len(), faults)
    };
    assert_eq!(endings(AccessKind::Clean), (2, 1));
    assert_eq!(endings(AccessKind::InvalidateInstruction), (2, 1));
    assert_eq!(fault(&managed(query(AccessKind::TranslateRead, OLD), false, false)), ACCESS_FLAG);
    // B37: a hint takes no exception.
    assert_eq!(fault(&managed(query(AccessKind::PrefetchStore, OLD), false, false)), None);
}

#[test]
fn a_permission_fault_leaves_the_choice() {
    // B29 to B32: not an Access flag fault; AF either.
    for query in [
        query(AccessKind::Store, RO & !AF),
        el0(query(AccessKind::Load, OLD)),
        query(AccessKind::Fetch, Descriptor::PXN),
        el0(query(AccessKind::Fetch, USER | Descriptor::UXN)),
    ] {
        assert_eq!(fault(&query), PERMISSION, "{query:?}");
        assert_eq!(changes(&query), (Change::May, Change::Never), "{query:?}");
        // B24: with HA=0 the Access flag fault comes first.
        assert_eq!(fault(&managed(query, false, false)), ACCESS_FLAG, "{query:?}");
    }
}

#[test]
fn an_exclusive_pair_has_read_before_its_store_faults() {
    let query = query(AccessKind::StoreExclusivePass, RO & !AF);
    assert_eq!(fault(&query), PERMISSION);
    assert_eq!(changes(&query), (Change::Must, Change::Never));
    let unreadable = el0(query);
    assert_eq!(changes(&unreadable), (Change::May, Change::Never));
}

#[test]
fn a_failing_exclusive_may_do_anything_but_store() {
    // B11, D19, D20, B21.
    let clean = allowed(&query(AccessKind::StoreExclusiveFail, CLEAN & !AF));
    let [one] = clean.alternatives() else { panic!("{clean:?}") };
    assert_eq!(one.ending, Ending::ReturnsStatus(false));
    assert_eq!(
        (one.updates[LeafPlace::FIRST].accessed, one.updates[LeafPlace::FIRST].dirtied),
        (Change::May, Change::May)
    );
    for refused in [
        query(AccessKind::StoreExclusiveFail, RO),
        managed(query(AccessKind::StoreExclusiveFail, OLD), false, false),
    ] {
        let allowed = allowed(&refused);
        assert_eq!(allowed.alternatives().len(), 2, "{allowed:?}");
        assert!(
            allowed.alternatives().iter().all(|one| one.updates[LeafPlace::FIRST].dirtied == Change::Never)
        );
    }
}

#[test]
fn an_invalid_descriptor_is_never_marked() {
    // B18, B19.
    for kind in [AccessKind::Load, AccessKind::Store, AccessKind::Fetch, AccessKind::TranslateWrite] {
        let mut query = query(kind, CLEAN & !AF);
        *query.paths[LeafPlace::FIRST].at(Level::L3) =
            query.paths[LeafPlace::FIRST].at(Level::L3).without(Descriptor::VALID);
        assert_eq!(fault(&query), TRANSLATION);
        assert_eq!(changes(&query), (Change::Never, Change::Never), "{kind:?}");
    }
}

#[test]
fn what_went_before_counts() {
    let at = |tlb| changes(&Query { tlb, ..query(AccessKind::PrefetchLoad, CLEAN & !AF) });
    assert_eq!(at(TlbState::Cold), (Change::May, Change::Never));
    assert_eq!(at(TlbState::AfterLoad), (Change::Must, Change::Never));
    assert_eq!(at(TlbState::AfterStore), (Change::Must, Change::Must));
    let refused = Query { tlb: TlbState::AfterStore, ..query(AccessKind::PrefetchLoad, RO & !AF) };
    assert_eq!(changes(&refused), (Change::May, Change::Never));
    assert_eq!(changes(&query(AccessKind::Load, RW)), (Change::Must, Change::Never));
}

#[test]
fn the_id_field_is_unsigned_and_grows() {
    // A05.
    let decoded = [0, 1, 2, 3, 4, 15].map(HardwareManagement::from_field);
    assert_eq!(decoded[..2], [HardwareManagement::Absent, HardwareManagement::AccessFlag]);
    assert_eq!(decoded[2], HardwareManagement::AccessFlagAndDirtyState);
    assert!(decoded[3..].iter().all(|one| *one == HardwareManagement::AccessFlagOfTables));
}
