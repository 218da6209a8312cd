//! Evidence with the verdict that it deserves, for and against each invariant.
//!
//! The shipped predicates are held against it here, and each wrong one by the mutants: a predicate that no row
//! convicts says nothing.

#[path = "table_of_stage_2.rs"]
mod stage_2;

use afdbm::descriptor::Descriptor;
use afdbm::geometry::Geometry;
use afdbm::operations::{
    self as shipped, AccessEnd, Answer, Attempt, Breach, Grant, Orders, Outcome, Overwrite, Passage, Rewrite,
    Transition, Writes,
};
use afdbm::stage::Stage;

/// What stands for the ten predicates: the shipped ones, or a mutant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Predicates {
    pub(crate) no_lost_dirty: fn(&Writes<'_>) -> Option<Breach>,
    pub(crate) no_invented_permission: fn(&Grant) -> Option<Breach>,
    pub(crate) monotone: fn(&Transition) -> Option<Breach>,
    pub(crate) encoding: fn(&Rewrite) -> Option<Breach>,
    pub(crate) progress: fn(&Attempt) -> Option<Breach>,
    pub(crate) return_value: fn(&Answer) -> Option<Breach>,
    pub(crate) invalid_stays: fn(&Overwrite) -> Option<Breach>,
    pub(crate) commutes: fn(&Orders) -> Option<Breach>,
    pub(crate) no_over_dirty: fn(&Writes<'_>) -> Option<Breach>,
    pub(crate) tlb: fn(&Passage) -> Option<Breach>,
    pub(crate) no_lost_dirty_at: fn(Stage, &Writes<'_>) -> Option<Breach>,
    pub(crate) no_invented_permission_at: fn(Stage, &Grant) -> Option<Breach>,
    pub(crate) monotone_at: fn(Stage, &Transition) -> Option<Breach>,
    pub(crate) encoding_at: fn(Stage, &Rewrite) -> Option<Breach>,
    pub(crate) no_over_dirty_at: fn(Stage, &Writes<'_>) -> Option<Breach>,
}

/// The predicates as shipped.
pub(crate) const SHIPPED: Predicates = Predicates {
    no_lost_dirty: shipped::no_lost_dirty,
    no_invented_permission: shipped::no_invented_permission,
    monotone: shipped::monotone,
    encoding: shipped::encoding,
    progress: shipped::progress,
    return_value: shipped::return_value,
    invalid_stays: shipped::invalid_stays,
    commutes: shipped::commutes,
    no_over_dirty: shipped::no_over_dirty,
    tlb: shipped::tlb,
    no_lost_dirty_at: shipped::no_lost_dirty_at,
    no_invented_permission_at: shipped::no_invented_permission_at,
    monotone_at: shipped::monotone_at,
    encoding_at: shipped::encoding_at,
    no_over_dirty_at: shipped::no_over_dirty_at,
};

const V: u64 = Descriptor::VALID;
const W: u64 = Descriptor::DBM;
const D: u64 = Descriptor::SOFTWARE_DIRTY;
const AF: u64 = Descriptor::AF;
const RO: u64 = Stage::One.dirty_bit().clean();
const NG: u64 = Descriptor::NG;
const NEXT_PAGE: u64 = Geometry::SIZE_4K.page_size();
const EMPTY: Descriptor = Descriptor::INVALID;

/// A valid descriptor with these flags.
const fn page(flags: u64) -> Descriptor {
    Descriptor(V | flags)
}

const CLEAN: Descriptor = page(W | RO | AF);
const HARDWARE_DIRTY: Descriptor = page(W | AF);
const BOTH_DIRTY: Descriptor = page(W | D | AF);
const WITHDRAWN_DIRTY: Descriptor = page(D | RO | AF);
const READ_ONLY: Descriptor = page(RO | AF);

type Row<E> = (&'static str, E, Option<Breach>);

/// Returns the first row on which the predicate and the table disagree.
fn wrong<E>(predicate: impl Fn(&E) -> Option<Breach>, rows: &[Row<E>]) -> Option<&'static str> {
    rows.iter().find(|(_, evidence, expected)| predicate(evidence) != *expected).map(|(name, ..)| *name)
}

/// Returns the first row on which one of the predicates and the table disagree.
pub(crate) fn first_wrong(predicates: &Predicates) -> Option<&'static str> {
    let Predicates { no_lost_dirty, no_over_dirty, .. } = *predicates;
    wrong(|writes| no_lost_dirty(writes), &LOST)
        .or_else(|| wrong(|writes| no_over_dirty(writes), &OVER))
        .or_else(|| wrong(predicates.no_invented_permission, &GRANTS))
        .or_else(|| wrong(predicates.monotone, &TRANSITIONS))
        .or_else(|| wrong(predicates.encoding, &REWRITES))
        .or_else(|| wrong(predicates.progress, &ATTEMPTS))
        .or_else(|| wrong(predicates.return_value, &ANSWERS))
        .or_else(|| wrong(predicates.invalid_stays, &OVERWRITES))
        .or_else(|| wrong(predicates.commutes, &ORDERS))
        .or_else(|| wrong(predicates.tlb, &PASSAGES))
        .or_else(|| stage_2::first_wrong(predicates))
}

const fn landed(memory: &[Descriptor]) -> Writes<'_> {
    Writes { landed: true, attempted: true, memory, returned_dirty: false, given_up: false }
}

const fn unwritten(memory: &[Descriptor]) -> Writes<'_> {
    Writes { landed: false, attempted: false, memory, returned_dirty: false, given_up: false }
}

const LOST: [Row<Writes<'_>>; 12] = [
    ("1: a write, and a clean page", landed(&[CLEAN]), Some(Breach::LostDirty)),
    ("1: a write, and a read-only page", landed(&[READ_ONLY]), Some(Breach::LostDirty)),
    ("1: a write, and no page at all", landed(&[EMPTY]), Some(Breach::LostDirty)),
    (
        "1: a write, and an invalid word that only looks dirty",
        landed(&[Descriptor(W)]),
        Some(Breach::LostDirty),
    ),
    ("1: a write, recorded by hardware", landed(&[HARDWARE_DIRTY]), None),
    ("1: a write, recorded by software", landed(&[WITHDRAWN_DIRTY]), None),
    ("1: a write, recorded in what is hidden", landed(&[Descriptor(D | RO)]), None),
    ("1: a write, recorded in another member", landed(&[CLEAN, HARDWARE_DIRTY]), None),
    ("1: a write, in no member", landed(&[CLEAN, CLEAN]), Some(Breach::LostDirty)),
    ("1: a write, returned", Writes { returned_dirty: true, ..landed(&[EMPTY]) }, None),
    ("1: a write that nobody asks for", Writes { given_up: true, ..landed(&[CLEAN]) }, None),
    ("1: no write", unwritten(&[CLEAN]), None),
];

const OVER: [Row<Writes<'_>>; 9] = [
    ("9: reads, and dirty by hardware", unwritten(&[HARDWARE_DIRTY]), Some(Breach::OverDirty)),
    ("9: reads, and dirty by software", unwritten(&[WITHDRAWN_DIRTY]), Some(Breach::OverDirty)),
    ("9: reads, and one member dirty", unwritten(&[CLEAN, BOTH_DIRTY]), Some(Breach::OverDirty)),
    (
        "9: reads, and returned dirty",
        Writes { returned_dirty: true, ..unwritten(&[EMPTY]) },
        Some(Breach::OverDirty),
    ),
    ("9: reads, and clean", unwritten(&[CLEAN]), None),
    ("9: reads, and an invalid word that only looks dirty", unwritten(&[Descriptor(W)]), None),
    ("9: an attempt that did not land", Writes { attempted: true, ..unwritten(&[HARDWARE_DIRTY]) }, None),
    ("9: a write", landed(&[HARDWARE_DIRTY]), None),
    (
        "9: reads, dirty, and given up",
        Writes { given_up: true, ..unwritten(&[HARDWARE_DIRTY]) },
        Some(Breach::OverDirty),
    ),
];

const fn grant(before: Descriptor, after: Descriptor, asks: [bool; 2], authorised: bool) -> Grant {
    Grant { before, after, asks_writable: asks[0], asks_dirty: asks[1], authorised }
}

const GRANTS: [Row<Grant>; 10] = [
    ("2: nothing granted", grant(CLEAN, CLEAN, [false, false], false), None),
    (
        "2: W, unasked",
        grant(READ_ONLY, CLEAN, [false, true], true),
        Some(Breach::InventedPermission(READ_ONLY, CLEAN)),
    ),
    ("2: W, asked", grant(READ_ONLY, CLEAN, [true, false], true), None),
    (
        "2: W, asked, and withdrawn",
        grant(READ_ONLY, CLEAN, [true, true], false),
        Some(Breach::InventedPermission(READ_ONLY, CLEAN)),
    ),
    (
        "2: RO cleared, unasked",
        grant(CLEAN, HARDWARE_DIRTY, [true, false], true),
        Some(Breach::InventedPermission(CLEAN, HARDWARE_DIRTY)),
    ),
    ("2: RO cleared, asked", grant(CLEAN, HARDWARE_DIRTY, [false, true], true), None),
    (
        "2: RO cleared, asked, and withdrawn",
        grant(CLEAN, HARDWARE_DIRTY, [true, true], false),
        Some(Breach::InventedPermission(CLEAN, HARDWARE_DIRTY)),
    ),
    (
        "2: both, one of them asked",
        grant(READ_ONLY, BOTH_DIRTY, [false, true], true),
        Some(Breach::InventedPermission(READ_ONLY, BOTH_DIRTY)),
    ),
    ("2: taken away", grant(HARDWARE_DIRTY, READ_ONLY, [false, false], false), None),
    ("2: had before", grant(BOTH_DIRTY, BOTH_DIRTY, [false, false], true), None),
];

const fn step(before: Descriptor, after: Descriptor, taken_back: u64) -> Transition {
    Transition { before, after, taken_back }
}

const fn undone(before: Descriptor, after: Descriptor) -> Option<Breach> {
    Some(Breach::NotMonotone(before, after))
}

const TRANSITIONS: [Row<Transition>; 16] = [
    ("3: nothing changed", step(CLEAN, CLEAN, 0), None),
    ("3: AF, D set, RO cleared", step(page(W | RO), BOTH_DIRTY, 0), None),
    ("3: W set", step(READ_ONLY, CLEAN, 0), None),
    ("3: AF fell", step(CLEAN, page(W | RO), 0), undone(CLEAN, page(W | RO))),
    ("3: W fell", step(BOTH_DIRTY, page(D | AF), 0), undone(BOTH_DIRTY, page(D | AF))),
    ("3: D fell", step(BOTH_DIRTY, HARDWARE_DIRTY, 0), undone(BOTH_DIRTY, HARDWARE_DIRTY)),
    ("3: RO rose", step(HARDWARE_DIRTY, CLEAN, 0), undone(HARDWARE_DIRTY, CLEAN)),
    ("3: another bit rose", step(CLEAN, page(W | RO | AF | NG), 0), undone(CLEAN, page(W | RO | AF | NG))),
    ("3: taken out", step(CLEAN, CLEAN.without(V), 0), undone(CLEAN, CLEAN.without(V))),
    ("3: another bit fell", step(page(W | RO | AF | NG), CLEAN, 0), undone(page(W | RO | AF | NG), CLEAN)),
    (
        "3: the address changed",
        step(CLEAN, page(W | RO | AF | NEXT_PAGE), 0),
        undone(CLEAN, page(W | RO | AF | NEXT_PAGE)),
    ),
    ("3: AF taken back", step(CLEAN, page(W | RO), AF), None),
    ("3: RO and D taken back", step(BOTH_DIRTY, CLEAN, D | RO), None),
    (
        "3: AF taken back, RO undone",
        step(HARDWARE_DIRTY, page(W | RO), AF),
        undone(HARDWARE_DIRTY, page(W | RO)),
    ),
    (
        "3: RO taken back, AF undone",
        step(HARDWARE_DIRTY, page(W | RO), RO),
        undone(HARDWARE_DIRTY, page(W | RO)),
    ),
    (
        "3: another bit is never taken back",
        step(CLEAN, page(W | RO | AF | NG), NG),
        undone(CLEAN, page(W | RO | AF | NG)),
    ),
];

const fn rewrite(before: Descriptor, after: Descriptor, by_hardware: bool) -> Rewrite {
    Rewrite { before, after, by_hardware }
}

const REMNANT: Descriptor = page(W | D | RO);

const REWRITES: [Row<Rewrite>; 12] = [
    ("4: clean becomes dirty", rewrite(CLEAN, HARDWARE_DIRTY, true), None),
    (
        "4: W·D·RO from a legal state",
        rewrite(BOTH_DIRTY, REMNANT, false),
        Some(Breach::IllegalState(BOTH_DIRTY, REMNANT)),
    ),
    (
        "4: RO=0 without W",
        rewrite(READ_ONLY, page(AF), false),
        Some(Breach::IllegalState(READ_ONLY, page(AF))),
    ),
    (
        "4: RO=0 without W, with D",
        rewrite(WITHDRAWN_DIRTY, page(D | AF), false),
        Some(Breach::IllegalState(WITHDRAWN_DIRTY, page(D | AF))),
    ),
    (
        "4: W·D·RO out of an invalid one",
        rewrite(Descriptor(D | RO), REMNANT, false),
        Some(Breach::IllegalState(Descriptor(D | RO), REMNANT)),
    ),
    ("4: an illegal state that stays one", rewrite(REMNANT, page(W | D | RO | AF), false), None),
    ("4: an illegal state mended", rewrite(REMNANT, page(W | D), false), None),
    ("4: an invalid word may look like anything", rewrite(CLEAN, Descriptor(W | D | RO), false), None),
    ("4: a page taken out", rewrite(HARDWARE_DIRTY, EMPTY, false), None),
    (
        "4: hardware clears RO with AF clear",
        rewrite(page(W | RO), page(W), true),
        Some(Breach::DirtyWhileOld(page(W | RO), page(W))),
    ),
    ("4: software clears RO with AF clear", rewrite(page(W | RO), page(W), false), None),
    ("4: hardware sets AF in a dirty page", rewrite(page(W), HARDWARE_DIRTY, true), None),
];

const fn attempt(faults: u32, end: AccessEnd) -> Attempt {
    Attempt { faults, cap: 2, end }
}

const ATTEMPTS: [Row<Attempt>; 7] = [
    ("5: no fault", attempt(0, AccessEnd::Passed), None),
    ("5: as many faults as there may be", attempt(2, AccessEnd::Passed), None),
    ("5: one more", attempt(3, AccessEnd::Passed), Some(Breach::TooManyFaults(3, 2))),
    ("5: one more, and forbidden", attempt(3, AccessEnd::Forbidden), Some(Breach::TooManyFaults(3, 2))),
    ("5: forbidden", attempt(1, AccessEnd::Forbidden), None),
    ("5: refused", attempt(1, AccessEnd::Refused), Some(Breach::Refused(1))),
    ("5: no end", attempt(2, AccessEnd::Endless), Some(Breach::Endless(2))),
];

const fn answer(outcome: Outcome, memory: Descriptor, set: u64, clear: u64) -> Answer {
    Answer { outcome, memory, set, clear }
}

const ANSWERS: [Row<Answer>; 9] = [
    ("6: as promised", answer(Outcome::Unchanged, BOTH_DIRTY, W | D | AF, RO), None),
    (
        "6: AF missing",
        answer(Outcome::Unchanged, page(W | RO), AF, 0),
        Some(Breach::BrokenPromise(page(W | RO), AF)),
    ),
    (
        "6: RO not cleared, though hardware would",
        answer(Outcome::Unchanged, CLEAN, AF, RO),
        Some(Breach::BrokenPromise(CLEAN, RO)),
    ),
    (
        "6: D missing and RO not cleared",
        answer(Outcome::Unchanged, CLEAN, D, RO),
        Some(Breach::BrokenPromise(CLEAN, D | RO)),
    ),
    (
        "6: changed, and not as promised",
        answer(Outcome::Changed, CLEAN, 0, W),
        Some(Breach::BrokenPromise(CLEAN, W)),
    ),
    ("6: changed, as promised", answer(Outcome::Changed, READ_ONLY, 0, W), None),
    ("6: stale promises nothing", answer(Outcome::Stale, CLEAN, D, RO), None),
    ("6: what is not named may be anything", answer(Outcome::Unchanged, BOTH_DIRTY, 0, 0), None),
    ("6: set is not clear", answer(Outcome::Unchanged, page(W | RO), RO, AF), None),
];

const fn overwrite(before: Descriptor, after: Descriptor, may_map: bool) -> Overwrite {
    Overwrite { before, after, may_map }
}

const SWAPPED: Descriptor = Descriptor(0xbeef_0000);

const OVERWRITES: [Row<Overwrite>; 6] = [
    (
        "7: an empty one resurrected",
        overwrite(EMPTY, CLEAN, false),
        Some(Breach::InvalidChanged(EMPTY, CLEAN)),
    ),
    (
        "7: a swap entry with AF",
        overwrite(SWAPPED, SWAPPED.with(AF), false),
        Some(Breach::InvalidChanged(SWAPPED, SWAPPED.with(AF))),
    ),
    ("7: left alone", overwrite(SWAPPED, SWAPPED, false), None),
    ("7: mapped", overwrite(EMPTY, CLEAN, true), None),
    ("7: a valid one changed", overwrite(CLEAN, HARDWARE_DIRTY, false), None),
    ("7: a valid one taken out", overwrite(CLEAN, EMPTY, false), None),
];

const ORDERS: [Row<Orders>; 2] = [
    ("8: the same", Orders { one: CLEAN, other: CLEAN }, None),
    (
        "8: not the same",
        Orders { one: CLEAN, other: HARDWARE_DIRTY },
        Some(Breach::OrderMatters(CLEAN, HARDWARE_DIRTY)),
    ),
];

const fn by_tlb(cached: Descriptor, memory: Descriptor) -> Passage {
    Passage { cached: Some(cached), ..Passage::by_walk(memory, true) }
}

const REPLACED: Descriptor = HARDWARE_DIRTY.with(NEXT_PAGE);
const REGROUPED: Descriptor = HARDWARE_DIRTY.with(Descriptor::CONTIGUOUS);

const PASSAGES: [Row<Passage>; 14] = [
    ("10: a write by a walk", Passage::by_walk(HARDWARE_DIRTY, true), None),
    (
        "10: a write after its withdrawal",
        Passage { write_withdrawn: true, ..Passage::by_walk(READ_ONLY, true) },
        Some(Breach::WriteAfterWithdrawal(READ_ONLY)),
    ),
    (
        "10: a write by the TLB after its withdrawal",
        Passage { write_withdrawn: true, ..by_tlb(HARDWARE_DIRTY, READ_ONLY) },
        Some(Breach::WriteAfterWithdrawal(READ_ONLY)),
    ),
    (
        "10: a read after the withdrawal of writes",
        Passage { write_withdrawn: true, ..Passage::by_walk(READ_ONLY, false) },
        None,
    ),
    ("10: a stale entry before the invalidation is complete", by_tlb(HARDWARE_DIRTY, CLEAN), None),
    (
        "10: by the TLB after the removal",
        Passage { removed: true, write: false, ..by_tlb(CLEAN, EMPTY) },
        Some(Breach::AccessAfterRemoval(CLEAN)),
    ),
    ("10: by the TLB before the removal is complete", by_tlb(CLEAN, EMPTY), None),
    (
        "10: by a walk, of what was mapped since",
        Passage { removed: true, ..Passage::by_walk(CLEAN, true) },
        None,
    ),
    (
        "10: by the TLB, to the page of before",
        by_tlb(HARDWARE_DIRTY, REPLACED),
        Some(Breach::AnotherTranslation(HARDWARE_DIRTY, REPLACED)),
    ),
    (
        "10: by the TLB, in another size",
        by_tlb(HARDWARE_DIRTY, REGROUPED),
        Some(Breach::AnotherTranslation(HARDWARE_DIRTY, REGROUPED)),
    ),
    ("10: by the TLB, of a hidden page", by_tlb(HARDWARE_DIRTY, Descriptor(NEXT_PAGE)), None),
    ("10: by the TLB, as in memory", by_tlb(HARDWARE_DIRTY, HARDWARE_DIRTY), None),
    (
        "10: recorded with HD=0",
        Passage { recorded_without_management: true, ..Passage::by_walk(HARDWARE_DIRTY, true) },
        Some(Breach::RecordWithoutManagement(HARDWARE_DIRTY)),
    ),
    ("10: a read by the TLB", Passage { write: false, ..by_tlb(CLEAN, CLEAN) }, None),
];
