use super::{GroupSelection, Neighbour, Selection};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, Syndrome};
use afdbm::geometry::Level;
use afdbm::operations::{Access, Closed, Handled, Hooked, Hooks, Place, Protection, Step};
use afdbm::regime::Translation;
use afdbm::stage::Stage;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
extern crate std;
use std::string::ToString;

const PLACE: Place = Place {
    address: VirtualAddress(0x1000),
    asid: None,
    level: Level::L3,
    translation: Translation::EL10_4K,
};
const PAGE: Descriptor = Descriptor(Descriptor::VALID | Descriptor::TABLE_OR_PAGE | Descriptor::AP1);
const W: u64 = Descriptor::DBM;
const D: u64 = Descriptor::SOFTWARE_DIRTY;
const AF: u64 = Descriptor::AF;
const RO: u64 = Stage::One.dirty_bit().clean();

/// Handles one fault and returns whether the handler found something to change, and memory after it.
fn fault(variant: Selection, memory: u64, write: bool) -> (bool, Descriptor) {
    let old = memory & AF == 0;
    let status = if old { 0x0b } else { 0x0f };
    let syndrome = Syndrome(0x24 << 26 | u64::from(write) << 6 | status);
    let cell = AtomicU64::new(PAGE.with(memory).0);
    let handled = variant.handle_fault(&Fault { syndrome, address: PLACE.address }, &cell, PLACE, &Closed);
    (matches!(handled, Handled::Resolved(_)), Descriptor(cell.load(Relaxed)))
}

#[test]
fn the_seed_loops_in_v1_only() {
    for variant in Selection::ALL.iter().copied() {
        let (_, after_read) = fault(variant, W | D, false);
        let (changed, after_write) = fault(variant, after_read.0 & !PAGE.0, true);
        if variant == Selection::V1 {
            assert_eq!((changed, after_write), (false, PAGE.with(W | D | AF | RO)));
        } else {
            assert!(!after_write.is_read_only(), "{variant}: {after_write}");
        }
    }
}

#[test]
fn v0_and_v2_clean_a_page_that_only_hardware_knows_to_be_dirty() {
    for variant in Selection::ALL.iter().copied() {
        let (_, after) = fault(variant, W, false);
        let loses = matches!(variant, Selection::V0 | Selection::V1 | Selection::V2);
        assert_eq!(after.is_dirty(), !loses, "{variant}: {after}");
    }
}

#[test]
fn v4m_calls_a_write_to_what_modify_left_a_no_op() {
    for variant in [Selection::V3, Selection::V4, Selection::V4m] {
        let (changed, after) = fault(variant, W | D | AF | RO, true);
        assert_eq!(changed, variant == Selection::V4, "{variant}: {after}");
    }
}

#[test]
fn every_variant_grants_a_write_to_a_clean_page() {
    for variant in Selection::ALL.iter().copied() {
        let (changed, after) = fault(variant, W | AF | RO, true);
        assert!(changed, "{variant}");
        assert_eq!(after, PAGE.with(W | D | AF), "{variant}");
    }
}

#[test]
fn names_select_and_unknown_ones_list_the_known() {
    for variant in Selection::ALL.iter().copied() {
        assert_eq!(Selection::by_name(variant.name()), Ok(variant));
        assert!(!variant.origin().is_empty());
    }
    let error = Selection::by_name("v5").expect_err("there is no v5");
    assert_eq!(error.to_string(), "unknown variant 'v5'; known: v0 v1 v2 v3 v4 v4m lock-free");
    assert_eq!(GroupSelection::by_name("c1"), Ok(GroupSelection::C1));
    assert!(GroupSelection::by_name("v1").is_err());
}

#[test]
fn each_wrong_neighbour_leaves_what_the_right_one_does_not() {
    let protection = Protection {
        access: Access::ReadWrite,
        user: true,
        privileged_execute_never: true,
        user_execute_never: true,
    };
    let cases = [
        (Neighbour::WriteProtectDropsDirty, W | AF, AF | RO),
        (Neighbour::CleanLeavesWritable, W | D | AF, W | AF),
        (Neighbour::DirtyLeavesReadOnly, W | AF | RO, W | D | AF | RO),
        (Neighbour::ModifyLeavesReadOnly, D | AF | RO, W | D | AF | RO),
        (Neighbour::WritableDirties, AF | RO, W | AF),
    ];
    for (neighbour, before, after) in cases {
        let cell = AtomicU64::new(PAGE.with(before).0);
        let _ = neighbour.wrong(&cell, protection, PLACE);
        assert_eq!(cell.load(Relaxed) & (W | D | AF | RO), after, "{neighbour}");
        cell.store(PAGE.with(before).0, Relaxed);
        let _ = neighbour.right(&cell, protection, PLACE);
        assert_ne!(cell.load(Relaxed) & (W | D | AF | RO), after, "{neighbour}");
    }
}

#[test]
fn old_by_store_overwrites_what_came_between() {
    struct Writer<'a>(&'a AtomicU64);
    impl Hooks for Writer<'_> {
        fn at(&self, step: Step, _entry: usize) {
            if matches!(step, Step::Store | Step::Exchange) {
                self.0.fetch_and(!RO, Relaxed);
            }
        }
    }
    let protection = Protection {
        access: Access::None,
        user: false,
        privileged_execute_never: false,
        user_execute_never: false,
    };
    for (wrong, dirty) in [(true, false), (false, true)] {
        let cell = AtomicU64::new(PAGE.with(W | AF | RO).0);
        let slot = Hooked::new(&cell, Writer(&cell));
        let neighbour = Neighbour::OldByStore;
        let _ = if wrong {
            neighbour.wrong(&slot, protection, PLACE)
        } else {
            neighbour.right(&slot, protection, PLACE)
        };
        assert_eq!(Descriptor(cell.load(Relaxed)).is_dirty(), dirty);
    }
}

#[test]
fn neighbours_are_selected_by_name() {
    for neighbour in Neighbour::ALL.iter().copied() {
        assert_eq!(Neighbour::by_name(neighbour.name()), Ok(neighbour));
    }
    assert!(Neighbour::by_name("v1").is_err());
}
