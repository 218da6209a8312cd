//! The evidence of stage 2, for and against the predicates that the stage changes.

use super::{EMPTY, NEXT_PAGE, Predicates, Row, grant, landed, rewrite, step, undone, unwritten, wrong};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Breach, Grant, Rewrite, Transition, Writes};
use afdbm::stage::Stage;

const AF: u64 = Descriptor::AF;
const READ: u64 = Descriptor::S2AP0;
const WRITE: u64 = Stage::Two.dirty_bit().dirty();
const DBM: u64 = Descriptor::DBM;
const HIGH_XN: u64 = Descriptor::UXN;
const LOW_XN: u64 = Descriptor::PXN;
const SOFTWARE: u64 = Descriptor::SOFTWARE_DIRTY;

/// A valid, readable descriptor with these flags.
const fn page(flags: u64) -> Descriptor {
    super::page(READ | flags)
}

const CLEAN: Descriptor = page(DBM | AF);
const DIRTY: Descriptor = page(DBM | WRITE | AF);
const UNLOGGED: Descriptor = page(WRITE | AF);
const READ_ONLY: Descriptor = page(AF);

/// Returns the first row on which one of the predicates and the table disagree.
pub(super) fn first_wrong(predicates: &Predicates) -> Option<&'static str> {
    let Predicates {
        no_lost_dirty_at,
        no_invented_permission_at,
        monotone_at,
        encoding_at,
        no_over_dirty_at,
        ..
    } = *predicates;
    wrong(|writes| no_lost_dirty_at(Stage::Two, writes), &LOST)
        .or_else(|| wrong(|writes| no_over_dirty_at(Stage::Two, writes), &OVER))
        .or_else(|| wrong(|grant| no_invented_permission_at(Stage::Two, grant), &GRANTS))
        .or_else(|| wrong(|transition| monotone_at(Stage::Two, transition), &TRANSITIONS))
        .or_else(|| wrong(|rewrite| encoding_at(Stage::Two, rewrite), &REWRITES))
}

const LOST: [Row<Writes<'_>>; 7] = [
    ("1, stage 2: a write, and a clean page", landed(&[CLEAN]), Some(Breach::LostDirty)),
    ("1, stage 2: a write, and a write-protected page", landed(&[READ_ONLY]), Some(Breach::LostDirty)),
    ("1, stage 2: a write, and no page at all", landed(&[EMPTY]), Some(Breach::LostDirty)),
    (
        "1, stage 2: a write, and an invalid word that only looks dirty",
        landed(&[Descriptor(WRITE)]),
        Some(Breach::LostDirty),
    ),
    ("1, stage 2: a write, and a bit of software's", landed(&[page(SOFTWARE | AF)]), Some(Breach::LostDirty)),
    ("1, stage 2: a write, recorded by hardware", landed(&[DIRTY]), None),
    ("1, stage 2: a write to a page that is not logged", landed(&[UNLOGGED]), None),
];

const OVER: [Row<Writes<'_>>; 4] = [
    ("9, stage 2: reads, and dirty", unwritten(&[DIRTY]), Some(Breach::OverDirty)),
    ("9, stage 2: reads, and clean", unwritten(&[CLEAN]), None),
    ("9, stage 2: reads, and write-protected", unwritten(&[READ_ONLY]), None),
    ("9, stage 2: reads, and a bit of software's", unwritten(&[page(SOFTWARE | AF)]), None),
];

const GRANTS: [Row<Grant>; 5] = [
    ("2, stage 2: a write granted, asked", grant(READ_ONLY, UNLOGGED, [false, true], true), None),
    (
        "2, stage 2: a write granted, unasked",
        grant(READ_ONLY, UNLOGGED, [false, false], true),
        Some(Breach::InventedPermission(READ_ONLY, UNLOGGED)),
    ),
    (
        "2, stage 2: a write granted, and withdrawn",
        grant(READ_ONLY, UNLOGGED, [false, true], false),
        Some(Breach::InventedPermission(READ_ONLY, UNLOGGED)),
    ),
    (
        "2, stage 2: DBM set, unasked",
        grant(READ_ONLY, CLEAN, [false, true], true),
        Some(Breach::InventedPermission(READ_ONLY, CLEAN)),
    ),
    ("2, stage 2: taken away", grant(DIRTY, CLEAN, [false, false], false), None),
];

const TRANSITIONS: [Row<Transition>; 16] = [
    ("3, stage 2: all granted", step(super::page(HIGH_XN), page(DBM | WRITE | AF), 0), None),
    ("3, stage 2: a write granted", step(CLEAN, DIRTY, 0), None),
    ("3, stage 2: AF fell", step(CLEAN, page(DBM), 0), undone(CLEAN, page(DBM))),
    ("3, stage 2: the write fell", step(DIRTY, CLEAN, 0), undone(DIRTY, CLEAN)),
    ("3, stage 2: DBM fell", step(DIRTY, UNLOGGED, 0), undone(DIRTY, UNLOGGED)),
    ("3, stage 2: the read fell", step(READ_ONLY, super::page(AF), 0), undone(READ_ONLY, super::page(AF))),
    ("3, stage 2: the write taken back", step(DIRTY, CLEAN, WRITE), None),
    (
        "3, stage 2: a bit of software's",
        step(CLEAN, page(DBM | AF | SOFTWARE), 0),
        undone(CLEAN, page(DBM | AF | SOFTWARE)),
    ),
    (
        "3, stage 2: the address",
        step(CLEAN, page(DBM | AF | NEXT_PAGE), 0),
        undone(CLEAN, page(DBM | AF | NEXT_PAGE)),
    ),
    ("3, stage 2: EL1 may execute", step(page(HIGH_XN), page(HIGH_XN | LOW_XN), 0), None),
    ("3, stage 2: EL0 may execute", step(page(HIGH_XN), page(LOW_XN), 0), None),
    ("3, stage 2: both may execute", step(page(LOW_XN), page(0), 0), None),
    ("3, stage 2: nobody may execute", step(page(0), page(HIGH_XN), 0), undone(page(0), page(HIGH_XN))),
    ("3, stage 2: EL1 may not execute", step(page(0), page(LOW_XN), 0), undone(page(0), page(LOW_XN))),
    (
        "3, stage 2: EL0 may not execute",
        step(page(0), page(HIGH_XN | LOW_XN), 0),
        undone(page(0), page(HIGH_XN | LOW_XN)),
    ),
    (
        "3, stage 2: one for the other",
        step(page(LOW_XN), page(HIGH_XN | LOW_XN), 0),
        undone(page(LOW_XN), page(HIGH_XN | LOW_XN)),
    ),
];

const UNREADABLE: Descriptor = super::page(DBM | AF);

const REWRITES: [Row<Rewrite>; 7] = [
    ("4, stage 2: clean becomes dirty", rewrite(CLEAN, DIRTY, true), None),
    (
        "4, stage 2: hardware records with AF clear",
        rewrite(page(DBM), page(DBM | WRITE), true),
        Some(Breach::DirtyWhileOld(page(DBM), page(DBM | WRITE))),
    ),
    ("4, stage 2: software grants with AF clear", rewrite(page(DBM), page(DBM | WRITE), false), None),
    ("4, stage 2: software cleans an old page", rewrite(page(DBM | WRITE), page(DBM), false), None),
    ("4, stage 2: a write without DBM", rewrite(READ_ONLY, UNLOGGED, false), None),
    (
        "4, stage 2: DBM without reads",
        rewrite(super::page(WRITE | AF), UNREADABLE, false),
        Some(Breach::IllegalState(super::page(WRITE | AF), UNREADABLE)),
    ),
    ("4, stage 2: an illegal state mended", rewrite(UNREADABLE, CLEAN, false), None),
];
