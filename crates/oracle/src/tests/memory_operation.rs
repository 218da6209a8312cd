use super::{CLEAN, RO, RW, query};
use crate::{
    AccessKind, Aspect, Bulk, DestinationByte, MemoryOperation, OperatedPage, Part, Query, Registers,
};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, Syndrome};
use afdbm::stage::Stage;
use core::ops::Range;

const DESTINATION: u64 = 0x7f_ffff_ef00;
const SOURCE: u64 = 0x1f_0000_0f80;
const SIZE: u64 = 0x180;
/// The bytes of the destination's first page.
const FIRST: u64 = 0x100;
const A: u8 = 0b0000;
const B: u8 = 0b0010;
const B_BACKWARD: u8 = 0b1010;

fn operation(bulk: Bulk, source: u64) -> MemoryOperation {
    MemoryOperation {
        bulk,
        destination: VirtualAddress(DESTINATION),
        source: VirtualAddress(source),
        remaining: 0..SIZE,
    }
}

const fn registers(destination: u64, source: u64, size: u64) -> Registers {
    Registers { destination, source, size }
}

/// What an implementation leaves where `rest` bytes remain, by part, option and direction.
fn left(part: Part, option_a: bool, forward: bool, source: u64, rest: u64) -> (Registers, u8) {
    let done = SIZE - rest;
    match (part, option_a, forward) {
        (Part::Prologue, _, true) => (registers(DESTINATION + done, source + done, rest), 0b0110),
        (Part::Prologue, _, false) => (registers(DESTINATION, source, rest), 0b0110),
        (_, true, true) => (registers(DESTINATION + SIZE, source + SIZE, rest.wrapping_neg()), A),
        (_, true, false) => (registers(DESTINATION, source, rest), A),
        (_, false, true) => (registers(DESTINATION + done, source + done, rest), B),
        (_, false, false) => (registers(DESTINATION + rest, source + rest, rest), B_BACKWARD),
    }
}

#[test]
fn every_form_tells_what_remains_and_no_other_does() {
    // D48: both options, in both directions, where the direction is open.
    for bulk in [Bulk::Set, Bulk::CopyForward, Bulk::Copy] {
        let operation = operation(bulk, SOURCE);
        for part in [Part::Prologue, Part::Main, Part::Epilogue] {
            for (option_a, forward) in [(true, true), (false, true), (true, false), (false, false)] {
                for rest in [1, 7, SIZE - FIRST, SIZE - 1] {
                    let (right, flags) = left(part, option_a, forward, SOURCE, rest);
                    let wanted = if forward { SIZE - rest..SIZE } else { 0..rest };
                    let found = operation.rest(part, right, flags).ok();
                    let permitted = forward || bulk == Bulk::Copy;
                    assert_eq!(found, permitted.then_some(wanted), "{bulk:?} {part:?} {option_a} {forward}");
                    let wrong = [
                        registers(right.destination + 0x1000, right.source, right.size),
                        registers(right.destination, right.source + 0x1000, right.size),
                        registers(right.destination, right.source, right.size ^ 0x1000),
                        registers(right.destination, right.source, 0),
                    ];
                    for (place, wrong) in wrong.into_iter().enumerate() {
                        // Xs of SET is no address.
                        let same = place == 1 && bulk == Bulk::Set && permitted;
                        assert_eq!(operation.rest(part, wrong, flags).is_ok(), same, "{wrong:x?}");
                    }
                    let other_flags = operation.rest(part, right, 0b0100).is_ok();
                    assert_eq!(other_flags, part == Part::Prologue && permitted);
                }
            }
        }
    }
}

#[test]
fn an_overlap_leaves_one_direction() {
    let (below, above) = (DESTINATION - 8, DESTINATION + 8);
    for (source, forward) in [(above, true), (below, false)] {
        let operation = operation(Bulk::Copy, source);
        for option_a in [true, false] {
            let rest = |forward| {
                let (registers, flags) = left(Part::Main, option_a, forward, source, 16);
                operation.rest(Part::Main, registers, flags).is_ok()
            };
            assert_eq!((rest(forward), rest(!forward)), (true, false));
        }
        let completed = |byte| operation.is_completed(registers(DESTINATION + byte, source + byte, 0));
        assert_eq!((completed(SIZE), completed(0)), (forward, !forward));
    }
    let set = operation(Bulk::Set, 0);
    assert!(set.is_completed(registers(DESTINATION + SIZE, 7, 0)));
    assert!(!set.is_completed(registers(DESTINATION + SIZE, 7, 1)));
    assert!(!set.is_completed(registers(DESTINATION, 7, 0)));
}

fn page(address: u64, leaf: u64) -> Query {
    let mut query = query(AccessKind::Store, leaf);
    query.access.address = VirtualAddress(address);
    query
}

fn judged(
    operation: &MemoryOperation,
    query: &Query,
    (after, fault, stopped): (Descriptor, Option<Fault>, bool),
) -> Option<Aspect> {
    let page = OperatedPage { query, after, fault, stopped };
    operation.check_page(&(0..SIZE), &page).err().map(|mismatch| mismatch.aspect)
}

fn stopped(bulk: Bulk, remaining: Range<u64>) -> MemoryOperation {
    MemoryOperation { remaining, ..operation(bulk, SOURCE) }
}

#[test]
fn a_page_is_judged_by_what_was_done_in_it() {
    let (first, second) = (page(0x7f_ffff_e000, CLEAN), page(0x7f_ffff_f000, RO));
    let clean = first.paths[crate::LeafPlace::FIRST].leaf();
    let dirty = Stage::One.with_dirty(clean);
    let none = stopped(Bulk::Set, 0..SIZE);
    let half = stopped(Bulk::Set, FIRST..SIZE);
    // A page that was written is dirty; one that was not may be, where the fault is another page's.
    assert_eq!(judged(&half, &first, (dirty, None, true)), None);
    assert_eq!(judged(&half, &first, (clean, None, true)), Some(Aspect::DirtyMissing));
    assert_eq!(judged(&none, &first, (clean, None, true)), None);
    assert_eq!(judged(&none, &first, (dirty, None, true)), None);
    // One that is not reached is not dirty.
    let beyond = page(0x80_0000_0000, CLEAN);
    assert_eq!(judged(&half, &beyond, (clean, None, true)), None);
    assert_eq!(judged(&half, &beyond, (dirty, None, true)), Some(Aspect::DirtyUnexpected));
    // A source is never dirty.
    let source = page(0x1f_0000_0000, CLEAN);
    let copy = stopped(Bulk::CopyForward, FIRST..SIZE);
    assert_eq!(judged(&copy, &source, (clean, None, true)), None);
    assert_eq!(judged(&copy, &source, (dirty, None, true)), Some(Aspect::DirtyUnexpected));
    let old = page(0x1f_0000_0000, 0);
    let (was, young) = (old.paths[crate::LeafPlace::FIRST].leaf(), Descriptor::AF);
    assert_eq!(judged(&copy, &old, (was.with(young), None, true)), None);
    assert_eq!(judged(&copy, &old, (was, None, true)), Some(Aspect::FlagMissing));
    // The fault is that of a store to the page, whichever byte it reports.
    let read_only = second.paths[crate::LeafPlace::FIRST].leaf();
    let permission = |address, write: bool| Fault {
        syndrome: Syndrome(0x25 << 26 | 1 << 25 | u64::from(write) << 6 | 0b00_1111),
        address: VirtualAddress(address),
    };
    let at = |address, write| judged(&half, &second, (read_only, Some(permission(address, write)), true));
    assert_eq!(at(0x7f_ffff_f000, true), None);
    assert_eq!(at(0x7f_ffff_f07f, true), None);
    assert_eq!(at(0x7f_ffff_f000, false), Some(Aspect::Syndrome));
    assert_eq!(at(0x80_0000_0000, true), Some(Aspect::FaultAddress));
    // What was refused was not written; and who is not refused takes no fault.
    let whole = stopped(Bulk::Set, SIZE..SIZE);
    assert_eq!(judged(&whole, &second, (read_only, None, false)), Some(Aspect::MissingFault));
    let writable = page(0x7f_ffff_f000, RW);
    let leaf = writable.paths[crate::LeafPlace::FIRST].leaf();
    let fault = Some(permission(0x7f_ffff_f000, true));
    assert_eq!(judged(&half, &writable, (leaf, fault, true)), Some(Aspect::UnexpectedFault));
    let past = judged(&whole, &second, (read_only, fault, true));
    assert_eq!(past, Some(Aspect::UnexpectedFault));
}

#[test]
fn what_is_done_is_written_and_nothing_else_need_be() {
    let half = stopped(Bulk::Set, FIRST..SIZE);
    let holds = |byte, refused, now| {
        half.may_hold(&(0..SIZE), byte, refused, DestinationByte { before: 1, becomes: 2, now })
    };
    let each = |byte, refused| [1, 2, 3].map(|now| holds(byte, refused, now));
    assert_eq!(each(FIRST - 1, false), [false, true, false]);
    assert_eq!(each(FIRST, false), [true, true, false]);
    assert_eq!(each(FIRST, true), [true, false, false]);
    assert_eq!(each(SIZE, false), [true, false, false]);
}
