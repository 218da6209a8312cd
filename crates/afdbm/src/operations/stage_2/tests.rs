use super::{Permissions, is_dirty, log_by_hardware, make_clean, make_young, relax, relaxed, write_protect};
use crate::address::{IntermediatePhysicalAddress, PhysicalAddress, Vmid};
use crate::descriptor::Descriptor;
use crate::geometry::{Geometry, Level};
use crate::operations::{
    Change, Hooked, Hooks, Outcome, Scope, Stage2Invalidation, Stage2Place, Step, break_before_make,
    get_and_clear, make_old, test_and_clear_young,
};
use core::cell::Cell;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

const PLACE: Stage2Place = Stage2Place {
    address: IntermediatePhysicalAddress(0x4000_1000),
    vmid: Vmid(3),
    level: Level::L3,
    geometry: Geometry::SIZE_4K,
};
/// A valid page of Normal memory at 0x8000_1000, readable, old.
const PAGE: u64 = 0x8000_137f & !WRITE;
const WRITE: u64 = 1 << 7;
const AF: u64 = 1 << 10;
const DBM: u64 = 1 << 51;
const XN: u64 = 0b10 << 53;
const LOW_XN: u64 = 0b01 << 53;

type Operation = fn(&AtomicU64) -> Change<Stage2Invalidation>;

/// Runs an operation on a page with these flags and returns the flags that it leaves, what it says and what it owes.
fn run(operation: Operation, flags: u64) -> (u64, Outcome, Scope) {
    let cell = AtomicU64::new(PAGE | flags);
    let change = operation(&cell);
    let left = cell.into_inner();
    assert_eq!((change.found.0, change.left.0), (PAGE | flags, left));
    assert_eq!((change.owed.start(), change.owed.vmid()), (PLACE.address, Vmid(3)));
    (left & !PAGE, change.outcome, change.owed.scope())
}

const STATES: [u64; 4] = [0, WRITE, DBM, DBM | WRITE];

fn leaves(operation: Operation, expected: [u64; 4]) {
    for (state, expected) in STATES.into_iter().zip(expected) {
        for others in [0, AF, XN | AF, 1 << 55] {
            let outcome = if state == expected { Outcome::Unchanged } else { Outcome::Changed };
            let scope = if state == expected { Scope::None } else { Scope::AllCpus };
            assert_eq!(run(operation, state | others), (expected | others, outcome, scope), "{state:#x}");
        }
    }
}

#[test]
fn write_protection_takes_both_bits() {
    leaves(|cell| write_protect(cell, PLACE), [0; 4]);
}

#[test]
fn hardware_logs_what_may_be_written() {
    leaves(|cell| log_by_hardware(cell, PLACE), [0, DBM, DBM, DBM]);
}

#[test]
fn a_clean_is_for_what_hardware_logs() {
    leaves(|cell| make_clean(cell, PLACE), [0, WRITE, DBM, DBM]);
}

#[test]
fn a_page_without_reads_is_not_logged_by_hardware() {
    let cell = AtomicU64::new(PAGE & !Descriptor::S2AP0 | WRITE);
    assert_eq!(log_by_hardware(&cell, PLACE).outcome, Outcome::Unchanged);
}

#[test]
fn youth_owes_nothing_and_age_owes_all() {
    let young: Operation = |cell| make_young(cell, PLACE);
    assert_eq!(run(young, DBM), (DBM | AF, Outcome::Changed, Scope::None));
    assert_eq!(run(young, AF | WRITE), (AF | WRITE, Outcome::Unchanged, Scope::None));
    let old: Operation = |cell| make_old(cell, PLACE);
    assert_eq!(run(old, AF | DBM | WRITE), (DBM | WRITE, Outcome::Changed, Scope::AllCpus));
    let cell = AtomicU64::new(PAGE | AF);
    assert!(test_and_clear_young(&cell, PLACE).0 && !test_and_clear_young(&cell, PLACE).0);
}

#[test]
fn a_grant_owes_this_cpu_even_for_nothing() {
    let write: Operation = |cell| {
        relax(cell, Permissions { write: true, ..Permissions::READ }, PLACE, |_| panic!("no execution"))
    };
    for (state, left) in STATES.into_iter().zip([WRITE, WRITE, DBM | WRITE, DBM | WRITE]) {
        let outcome = if state == left { Outcome::Unchanged } else { Outcome::Changed };
        assert_eq!(run(write, state), (left, outcome, Scope::ThisCpu));
    }
}

#[test]
fn permissions_are_added_and_none_is_taken() {
    let executes = |privileged_execute, user_execute| Permissions {
        privileged_execute,
        user_execute,
        read: false,
        write: false,
    };
    let fields = [XN, LOW_XN, XN | LOW_XN, 0];
    for (asked, expected) in [
        (executes(false, false), fields),
        (executes(false, true), [LOW_XN, LOW_XN, 0, 0]),
        (executes(true, false), [XN | LOW_XN, 0, XN | LOW_XN, 0]),
        (executes(true, true), [0; 4]),
    ] {
        for (found, left) in fields.into_iter().zip(expected) {
            assert_eq!(relaxed(Descriptor(PAGE | found), asked).0, PAGE | left, "{found:#x} {asked:?}");
        }
    }
    let unreadable = Descriptor(PAGE & !Descriptor::S2AP0);
    assert_eq!(relaxed(unreadable, Permissions::READ).0, PAGE);
    assert_eq!(relaxed(unreadable, executes(false, false)), unreadable.without(LOW_XN));
}

/// Ages the page before the first exchange, as another agent might.
struct Ager<'a>(&'a AtomicU64, Cell<bool>);

impl Hooks for Ager<'_> {
    fn at(&self, step: Step, _entry: usize) {
        if step == Step::Exchange && !self.1.replace(true) {
            self.0.fetch_and(!AF, Relaxed);
        }
    }
}

#[test]
fn the_caches_are_prepared_before_the_page_executes_and_once() {
    let cell = AtomicU64::new(PAGE | XN | AF);
    let prepared = Cell::new(0);
    let execute = Permissions { privileged_execute: true, user_execute: true, ..Permissions::READ };
    let prepare = |page| {
        assert_eq!(page, PhysicalAddress(0x8000_1000));
        assert_eq!(cell.load(Relaxed) & XN, XN, "not before");
        prepared.set(prepared.get() + 1);
    };
    let slot = Hooked::new(&cell, Ager(&cell, Cell::new(false)));
    let change = relax(&slot, execute, PLACE, prepare);
    assert_eq!((change.left.0, prepared.get()), (PAGE, 1), "aged meanwhile, prepared once");
    assert_eq!(relax(&cell, execute, PLACE, prepare).outcome, Outcome::Unchanged);
    assert_eq!(prepared.get(), 1);
}

#[test]
fn an_invalid_descriptor_is_left_alone() {
    let operations: [Operation; 5] = [
        |cell| make_young(cell, PLACE),
        |cell| write_protect(cell, PLACE),
        |cell| log_by_hardware(cell, PLACE),
        |cell| make_clean(cell, PLACE),
        |cell| relax(cell, Permissions { write: true, ..Permissions::READ }, PLACE, |_| ()),
    ];
    for operation in operations {
        let cell = AtomicU64::new(0xdead_0000);
        let change = operation(&cell);
        assert_eq!((change.outcome, change.owed.is_owed()), (Outcome::Stale, false));
        assert_eq!(cell.into_inner(), 0xdead_0000);
    }
}

#[test]
fn what_is_removed_tells_whether_it_was_written() {
    for (flags, dirty) in [(DBM, false), (DBM | WRITE, true), (WRITE, true), (0, false)] {
        let cell = AtomicU64::new(PAGE | flags);
        let change = get_and_clear(&cell, PLACE);
        assert_eq!((is_dirty(change.found), change.owed.scope()), (dirty, Scope::AllCpus));
        assert_eq!(cell.into_inner(), 0);
    }
    assert!(!is_dirty(Descriptor(WRITE)), "an invalid descriptor is no record");
}

#[test]
fn a_block_is_broken_before_it_becomes_another() {
    let cell = AtomicU64::new(PAGE | DBM | WRITE);
    let broken = Cell::new(None);
    let discharge = |owed: Stage2Invalidation| broken.set(Some((cell.load(Relaxed), owed.scope())));
    let change = break_before_make(&cell, PLACE, discharge, |found| found.without(DBM));
    assert_eq!(broken.get(), Some((0, Scope::AllCpus)));
    assert_eq!((change.left.0, cell.into_inner()), (PAGE | WRITE, PAGE | WRITE));
}
