//! Indirect permissions of stage 2: rows I07 and H21.

use super::stage_2::{OPEN, PERMISSION, TABLE, aborts, at, changes, nested, with};
use super::{AF, CLEAN, DIRTY, RW, std::vec::Vec};
use crate::{
    AccessKind, Architecture, Change, Clause, Ending, ExceptionLevel, NestedQuery, Stage2Abort, Stage2Page,
    Without, predict_nested,
};
use afdbm::descriptor::Descriptor;

/// Index 0b0101 of S2PIR_EL2: bits 6 and 53, none of which is DBM.
const INDEX: u32 = 0b0101;
/// A leaf with this index that is clean.
const INDIRECT_CLEAN: u64 = OPEN & !(1 << 7) | Descriptor::PXN;
const INDIRECT_DIRTY: u64 = INDIRECT_CLEAN | 1 << 7;
const ISS2_DIRTY_BIT: u64 = 1 << 37;

/// The access with indirect permissions: `field` for the leaf's index, everything for those that are open.
fn indirect(mut query: NestedQuery, page: Stage2Page, bits: u64, field: u64) -> NestedQuery {
    query.controls.indirect = Some(field << (4 * INDEX) | 0b1111 << 4);
    with(query, page, bits)
}

fn on_data(kind: AccessKind, bits: u64, field: u64) -> NestedQuery {
    indirect(nested(kind, DIRTY), Stage2Page::Data, bits, field)
}

/// ISS2.DirtyBit of each abort, where it is told.
fn dirty_bits(query: &NestedQuery) -> Vec<Option<bool>> {
    let told = |ending: &Ending| match ending {
        Ending::Faults { syndrome, .. } => {
            Some((syndrome.mask & ISS2_DIRTY_BIT != 0).then_some(syndrome.value.0 & ISS2_DIRTY_BIT != 0))
        }
        _ => None,
    };
    predict_nested(Architecture, query).alternatives().iter().filter_map(|one| told(&one.ending)).collect()
}

#[test]
fn a_write_that_is_granted_sets_dirty_without_a_modifier() {
    // I07.
    let store = on_data(AccessKind::Store, INDIRECT_CLEAN, 0b1100);
    assert_eq!(changes(&store, Stage2Page::Data).1, Change::Must);
    assert_eq!(
        changes(&on_data(AccessKind::Load, INDIRECT_CLEAN, 0b1100), Stage2Page::Data).1,
        Change::Never
    );
    let mut unmanaged = store;
    unmanaged.controls.hardware_dirty_state = false;
    assert_eq!(aborts(&unmanaged), [(PERMISSION, false, Some(Stage2Abort::Anywhere))]);
    assert_eq!(dirty_bits(&unmanaged), [Some(true)]);
    // Read-only: neither dirty nor for the dirty state.
    let read_only = on_data(AccessKind::Store, INDIRECT_CLEAN, 0b1000);
    assert_eq!(aborts(&read_only), [(PERMISSION, false, Some(Stage2Abort::Anywhere))]);
    assert_eq!(dirty_bits(&read_only), [Some(false)]);
}

#[test]
fn a_field_grants_each_access_its_own() {
    let refused = |kind, field| !aborts(&on_data(kind, INDIRECT_DIRTY, field)).is_empty();
    let fetch_at_el0 = |field| {
        let mut query = on_data(AccessKind::Fetch, INDIRECT_DIRTY, field);
        query.stage_1 = nested(AccessKind::Fetch, RW | Descriptor::AP1 | 1 << 7).stage_1;
        query.stage_1.access.level = ExceptionLevel::El0;
        !aborts(&query).is_empty()
    };
    let all: Vec<_> = (0..16)
        .map(|field| {
            (refused(AccessKind::Load, field), refused(AccessKind::Store, field), fetch_at_el0(field))
        })
        .collect();
    // Reading, writing, execution at EL0: Arm ARM R_CXFCS.
    let granted = ["", "", "r", "r", "w", "", "r", "r", "r", "rx", "r", "rx", "rw", "rwx", "rw", "rwx"];
    for (field, (granted, refused)) in granted.iter().zip(all).enumerate() {
        let expected = ['r', 'w', 'x'].map(|letter| !granted.contains(letter));
        assert_eq!([refused.0, refused.1, refused.2], expected, "{field:#06b}");
    }
}

#[test]
fn what_is_mostly_read_only_is_updated_and_not_stored_to() {
    // H21.
    for field in [0b0010, 0b0011, 0b0110, 0b0111] {
        for (kind, leaf) in [(AccessKind::Load, RW & !AF), (AccessKind::Store, CLEAN)] {
            let update = indirect(nested(kind, leaf), TABLE, INDIRECT_DIRTY, field);
            assert_eq!(aborts(&update), [], "{field:#06b}");
            let clean = indirect(nested(kind, leaf), TABLE, INDIRECT_CLEAN, field);
            assert_eq!((aborts(&clean), changes(&clean, TABLE).1), (Vec::new(), Change::May));
        }
        assert!(!aborts(&on_data(AccessKind::Store, INDIRECT_DIRTY, field)).is_empty());
    }
    let read_only = indirect(nested(AccessKind::Load, RW & !AF), TABLE, INDIRECT_DIRTY, 0b1000);
    assert_eq!(aborts(&read_only), [(PERMISSION, true, at(&read_only, TABLE))]);
    // What may be written alone is not walked.
    let write_only = indirect(nested(AccessKind::Load, RW), TABLE, INDIRECT_DIRTY, 0b0100);
    assert_eq!(aborts(&write_only), [(PERMISSION, true, at(&write_only, TABLE))]);
}

#[test]
fn each_clause_changes_a_prediction() {
    let mut unmanaged = on_data(AccessKind::Store, INDIRECT_CLEAN, 0b1100);
    unmanaged.controls.hardware_dirty_state = false;
    let store = |bits, field| on_data(AccessKind::Store, bits, field);
    for (clause, query) in [
        (Clause::Stage2IndirectGrants, store(INDIRECT_DIRTY, 0)),
        (Clause::Stage2IndirectHasNoModifier, store(INDIRECT_CLEAN, 0b1100)),
        (Clause::Stage2IndirectNeedsDirty, unmanaged),
        (Clause::Stage2IndirectReadOnly, store(INDIRECT_DIRTY, 0b0010)),
        (Clause::Stage2ReportsDirtyBit, unmanaged),
        (
            Clause::MostlyReadOnlyIsUpdated,
            indirect(nested(AccessKind::Store, CLEAN), TABLE, INDIRECT_DIRTY, 0b0010),
        ),
    ] {
        let (all, without) = (predict_nested(Architecture, &query), predict_nested(Without(clause), &query));
        assert_ne!(all.alternatives(), without.alternatives(), "{clause:?}");
    }
}
