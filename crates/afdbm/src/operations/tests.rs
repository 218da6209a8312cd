//! The values that each operation leaves, from every state; the model checker covers what may come between.

use super::{
    Access, Change, FoldError, Invalidation, NO_ACCESS, Outcome, Place, Protection, Scope, break_before_make,
    get_and_clear, made_clean, made_dirty, made_old, made_writable, make_clean, make_dirty, make_old,
    make_old_and_clean, make_writable, modified, modify, refold, test_and_clear_young,
    test_and_clear_young_contiguous, unfold, write_protect, write_protect_contiguous, write_protected,
};
use crate::address::{Asid, PhysicalAddress, VirtualAddress};
use crate::descriptor::{AccessPermission, Descriptor, LeafAttributes};
use crate::geometry::{Geometry, Level};
use crate::regime::Translation;
use crate::stage::Stage;
use core::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

const W: u64 = Descriptor::DBM;
const D: u64 = Descriptor::SOFTWARE_DIRTY;
const AF: u64 = Descriptor::AF;
const RO: u64 = Stage::One.dirty_bit().clean();
const GEOMETRY: Geometry = Geometry::SIZE_4K;
const CONTIGUOUS_ENTRIES: usize = GEOMETRY.contiguous_entries(Level::L3).expect("a group of pages");
const PLACE: Place = Place {
    address: VirtualAddress(0x4_5000),
    asid: Some(Asid(2)),
    level: Level::L3,
    translation: Translation::EL10_4K,
};
/// The legal states, each young or old with `AF`.
const STATES: [u64; 5] = [RO, W | RO, D | RO, W, W | D];

fn page(flags: u64) -> Descriptor {
    let attributes =
        LeafAttributes { permission: AccessPermission::ReadWrite, ..LeafAttributes::KERNEL_DATA };
    Descriptor::leaf(GEOMETRY, Level::L3, PhysicalAddress(0x8000_0000), attributes).without(AF).with(flags)
}

/// Runs an operation on a page of each state and compares what it leaves.
fn leaves(
    operation: impl Fn(&AtomicU64) -> Change,
    value: impl Fn(Descriptor) -> Descriptor,
    scope: [Scope; 5],
) {
    for (state, scope) in STATES.into_iter().zip(scope) {
        for young in [0, AF] {
            let before = page(state | young);
            let cell = AtomicU64::new(before.0);
            let change = operation(&cell);
            let after = Descriptor(cell.into_inner());
            assert_eq!(
                (change.found, change.left, after),
                (before, value(before), value(before)),
                "{before}"
            );
            let expected = if before == after { Scope::None } else { scope };
            assert_eq!(change.owed.scope(), expected, "{before}");
            assert!(after.is_legal_state(), "{before} became {after}");
            assert_eq!(change.outcome == Outcome::Unchanged, before == after, "{before}");
        }
    }
    let empty = AtomicU64::new(0xdead_0000);
    assert_eq!(operation(&empty).outcome, Outcome::Stale);
    assert_eq!(empty.into_inner(), 0xdead_0000);
}

#[test]
fn taking_away_owes_every_cpu() {
    let all = [Scope::AllCpus; 5];
    leaves(|cell| make_old(cell, PLACE), made_old, all);
    leaves(|cell| make_clean(cell, PLACE), |page| made_clean(Stage::One, page), all);
    leaves(|cell| make_old_and_clean(cell, PLACE), |page| made_old(made_clean(Stage::One, page)), all);
    leaves(|cell| write_protect(cell, PLACE), |page| write_protected(Stage::One, page), all);
}

#[test]
fn granting_owes_this_cpu() {
    let (none, local) = (Scope::None, Scope::ThisCpu);
    leaves(
        |cell| make_dirty(cell, PLACE),
        |page| made_dirty(Stage::One, page),
        [none, local, none, none, none],
    );
    leaves(|cell| make_writable(cell, PLACE), |page| made_writable(Stage::One, page), [local; 5]);
}

#[test]
fn values_are_those_of_the_table() {
    let flags = |page: Descriptor| page.0 & (W | D | AF | RO);
    let values: [fn(Descriptor) -> Descriptor; 5] = [
        made_old,
        |page| made_clean(Stage::One, page),
        |page| write_protected(Stage::One, page),
        |page| made_dirty(Stage::One, page),
        |page| made_writable(Stage::One, page),
    ];
    let expected = [
        [RO, RO, RO, D | RO, W | RO],
        [W | RO, W | RO, RO, W | D, W | RO],
        [D | RO, RO, D | RO, D | RO, W | D],
        [W, W | RO, D | RO, W | D, W],
        [W | D, W | RO, D | RO, W | D, W | D],
    ];
    for (state, expected) in STATES.into_iter().zip(expected) {
        for (value, expected) in values.into_iter().zip(expected) {
            assert_eq!(flags(value(page(state))), expected, "{}", page(state));
        }
    }
}

fn protection(access: Access) -> Protection {
    Protection { access, user: true, privileged_execute_never: true, user_execute_never: false }
}

#[test]
fn a_change_of_protection_keeps_the_dirty_state() {
    for state in STATES {
        for access in [Access::ReadOnly, Access::ReadWrite] {
            let before = page(state | AF);
            let after = modified(before, protection(access));
            assert!(after.is_legal_state() && after.is_young(), "{before} became {after}");
            assert_eq!(after.is_dirty(), before.is_dirty(), "{before} became {after}");
            assert_eq!(after.is_writable(), access == Access::ReadWrite);
            assert!(after.is_user() && after.has(Descriptor::PXN) && !after.has(Descriptor::UXN));
        }
    }
}

#[test]
fn no_access_is_invalid_and_comes_back() {
    let cell = AtomicU64::new(page(W | AF).0);
    let none = modify(&cell, protection(Access::None), PLACE);
    assert!(!none.left.is_valid() && none.left.has(NO_ACCESS) && none.left.is_dirty());
    assert_eq!(none.owed.scope(), Scope::AllCpus);
    assert_eq!(make_dirty(&cell, PLACE).outcome, Outcome::Stale);
    let back = modify(&cell, protection(Access::ReadWrite), PLACE);
    assert_eq!(back.left.0 & (W | D | RO | NO_ACCESS), W | D);
    assert_eq!(back.owed.scope(), Scope::None);
    assert_eq!(modify(&cell, protection(Access::ReadWrite), PLACE).outcome, Outcome::Unchanged);
    let swapped = AtomicU64::new(0xbeef_0000);
    assert_eq!(modify(&swapped, protection(Access::ReadOnly), PLACE).outcome, Outcome::Stale);
    assert_eq!(swapped.into_inner(), 0xbeef_0000);
}

#[test]
fn what_is_taken_out_is_returned() {
    let cell = AtomicU64::new(page(W).0);
    let change = get_and_clear(&cell, PLACE);
    assert_eq!((change.found, change.owed.scope()), (page(W), Scope::AllCpus));
    assert!(!get_and_clear(&cell, PLACE).owed.is_owed());
    assert_eq!(cell.into_inner(), 0);
}

#[test]
fn young_is_told_and_cleared() {
    for (flags, young) in [(RO | AF, true), (RO, false)] {
        let cell = AtomicU64::new(page(flags).0);
        let (found, owed) = test_and_clear_young(&cell, PLACE);
        assert_eq!((found, owed.is_owed()), (young, young));
        assert_eq!(cell.into_inner(), page(RO).0);
    }
    assert!(!test_and_clear_young(&AtomicU64::new(AF), PLACE).0);
}

#[test]
fn a_break_comes_before_the_make() {
    let cell = AtomicU64::new(page(W | AF).0);
    let seen = Cell::new(None);
    let discharge = |owed: Invalidation| seen.set(Some((cell.load(Relaxed), owed.scope())));
    let change = break_before_make(&cell, PLACE, discharge, |found| Descriptor(found.0 + 4096));
    assert_eq!(seen.get(), Some((0, Scope::AllCpus)));
    assert_eq!((change.found, change.owed.is_owed()), (page(W | AF), false));
    assert_eq!(cell.load(Relaxed), page(W | AF).0 + 4096);
    let intruder = |_: Invalidation| cell.store(0x10, Relaxed);
    assert_eq!(break_before_make(&cell, PLACE, intruder, |found| found).outcome, Outcome::Stale);
    assert_eq!(cell.load(Relaxed), 0x10);
    let never = |_: Invalidation| panic!("an invalid descriptor is not broken");
    assert_eq!(break_before_make(&cell, PLACE, never, |found| found).outcome, Outcome::Stale);
}

fn group(flags: impl Fn(usize) -> u64) -> [AtomicU64; CONTIGUOUS_ENTRIES] {
    core::array::from_fn(|index| {
        AtomicU64::new(page(Descriptor::CONTIGUOUS | flags(index)).0 + 4096 * index as u64)
    })
}

#[test]
fn a_group_is_aged_and_protected_as_one() {
    let cells = group(|index| if index == 9 { W | AF } else { W | RO });
    let (young, owed) = test_and_clear_young_contiguous(&cells[..], PLACE);
    assert_eq!((young, owed.start(), owed.entries()), (true, VirtualAddress(0x4_9000), 1));
    assert!(!test_and_clear_young_contiguous(&cells[..], PLACE).0);
    let change = write_protect_contiguous(&cells[..], PLACE);
    assert_eq!((change.owed.start(), change.owed.entries()), (VirtualAddress(0x4_0000), 16));
    for (index, cell) in cells.iter().enumerate() {
        let left = Descriptor(cell.load(Relaxed));
        assert_eq!((left.is_writable(), left.is_dirty()), (false, index == 9), "{index}: {left}");
    }
}

#[test]
fn unfolding_joins_the_flags_and_refolding_undoes_it() {
    let cells = group(|index| if index == 3 { W | AF } else { W | RO });
    let broken = Cell::new(0);
    let discharge = |owed: Invalidation| {
        assert!(cells.iter().all(|cell| cell.load(Relaxed) == 0));
        broken.set(owed.entries());
    };
    let first = unfold(&cells[..], PLACE, discharge).expect("a whole group");
    assert_eq!(broken.get(), 16);
    for (index, cell) in cells.iter().enumerate() {
        assert_eq!(cell.load(Relaxed), page(W | D | AF).0 + 4096 * index as u64);
    }
    assert_eq!(first, page(W | D | AF));
    let folded = refold(&cells[..], PLACE, discharge).expect("they still belong together");
    assert_eq!(folded, first.with(Descriptor::CONTIGUOUS));
}

#[test]
fn what_does_not_belong_together_is_left_alone() {
    let never = |_: Invalidation| panic!("nothing may be broken");
    let foreign = page(W).0 + 4096 * 6;
    let global = page(W | Descriptor::NG).0 + 4096 * 6;
    let odd = page(W).0 + 4096;
    for (index, word, error) in [
        (4, 0, FoldError::Invalid(4, Descriptor(0))),
        (5, foreign, FoldError::Differs(5, Descriptor(foreign))),
        (6, global, FoldError::Differs(6, Descriptor(global))),
        (0, odd, FoldError::Misaligned(Descriptor(odd))),
    ] {
        let cells = group(|_| W);
        cells[index].store(word, Relaxed);
        assert_eq!(refold(&cells[..], PLACE, never), Err(error));
        assert_eq!(cells[index].load(Relaxed), word);
    }
}
