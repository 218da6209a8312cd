//! Rows B14, E01 to E03, E06, F02 and F04: hardware updates beside software that writes the same descriptor, and
//! updates that nobody needs.
//!
//! Each prints how often each outcome was seen. What is forbidden fails; what is permitted alone is skipped where it
//! was not seen.

use super::batch::{BATCH, Batch, Meeting, landed, wait_until};
use super::context::{Answer, needs};
use super::rendezvous::{Member, together};
use super::rows::Flags;
use super::{Case, Conclusion, Context, Suite, Trouble, group};
use crate::machine::barriers;
use crate::machine::controls::{Controls, Management};
use crate::machine::exclusive;
use crate::memory::case_space::CaseSpace;
use afdbm::descriptor::Descriptor;
use alloc::vec::Vec;
use core::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};

/// The suite.
pub const SUITE: Suite = Suite {
    name: "updates",
    about: "hardware updates beside software's writes of the descriptor, and those that nobody needs",
    hidden: false,
    cases: &[
        Case::function("b14-no-access-at-all", "AF of pages that nobody touches: either", b14),
        Case::function("e01-atomics-lose-nothing", "atomics on the descriptor against stores", e01),
        Case::function("e02-write-is-not-undone", "a new descriptor against stores: never the old", e02),
        Case::function("e03-exclusive-store-fails", "LDXR, a hardware update, STXR: it fails", e03),
        Case::function("e06-swap-to-invalid", "taken out dirty: then the store passed", e06),
        Case::function("f02-group-with-young-member", "a load of an old member: AF either", group::f02),
        Case::function("f04-group-with-dirty-member", "a store to a clean member: dirty either", group::f04),
    ],
};

/// Batches of each case.
const BATCHES: u32 = 8;
/// Bits that are software's (Arm ARM D8-52, bits 58 to 55).
const SOFTWARE: [u64; 3] = [1 << 56, 1 << 57, 1 << 58];
/// How often the bits of a descriptor are turned at most, while the other CPU comes to it and stores.
const TURNS: usize = 10_000;

fn marked(before: Descriptor) -> Descriptor {
    before.with(Descriptor::AF).without(Descriptor::AP2)
}

/// B14: with HA=HD=1, old pages that nobody touches stay as they are but for AF.
fn b14(context: &mut Context<'_>) -> Conclusion {
    let rule = "B14 (Arm ARM R_LLCCB)";
    needs!(context, 2);
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    batch.reset();
    let _controls = Controls::apply(&space.settings(Management::FULL));
    let mut young = 0;
    for _ in 0..BATCHES {
        for index in 0..BATCH {
            let (before, after) = (batch.start(index), batch.descriptor(index));
            if after != before && after != before.with(Descriptor::AF) {
                return Answer::fail(format_args!("{after}, untouched: {rule}"));
            }
            young += u32::from(after.is_young());
        }
    }
    // The control: the same pages are updated when they are touched.
    let touched = landed(&batch.store(0)) && batch.descriptor(0) == marked(batch.start(0));
    context.say(format_args!("histogram: {young} young (permitted), of {}", BATCHES as usize * BATCH));
    match (touched, young) {
        (false, _) => Answer::fail(format_args!("{} after a store: {rule}", batch.descriptor(0))),
        (true, 0) => Answer::skip("permitted, and not observed"),
        (true, _) => Ok(Answer::PASS),
    }
}

/// Runs batches: `software` writes a descriptor of a batch, while another CPU stores to the page through hardware's
/// management and hands `stored` whether that landed; then `judge` sees each.
fn race(
    space: &CaseSpace,
    batch: &Batch<'_>,
    software: &(dyn Fn(usize) + Sync),
    stored: &(dyn Fn(usize, bool) + Sync),
    judge: &(dyn Fn(usize) + Sync),
) -> Result<(), Trouble> {
    let meeting = Meeting::new(2);
    let write = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            batch.reset();
            meeting.meet()?;
            (0..BATCH).for_each(software);
            meeting.meet()?;
            (0..BATCH).for_each(judge);
        }
        Ok(())
    };
    let store = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            meeting.meet()?;
            for index in 0..BATCH {
                stored(index, landed(&batch.store(index)));
            }
            barriers::sequence_complete_updates();
            meeting.meet()?;
        }
        Ok(())
    };
    together(space, &[Member::new(Management::NONE, &write), Member::new(Management::FULL, &store)])
}

/// E01: atomics on software's bits and the hardware's update of AF and AP[2] all take effect.
fn e01(context: &mut Context<'_>) -> Conclusion {
    needs!(context, 2, 2);
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let (kept, lost) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let [set, cleared, turned] = SOFTWARE;
    let reached = AtomicUsize::new(0);
    let software = |index: usize| {
        let cell = batch.cell(index);
        cell.fetch_or(cleared, Relaxed);
        for _ in 0..TURNS {
            cell.fetch_or(set, Relaxed);
            cell.fetch_xor(turned, Relaxed);
            cell.fetch_xor(turned, Relaxed);
            if reached.load(Relaxed) > index {
                break;
            }
        }
        cell.fetch_and(!cleared, Relaxed);
    };
    let judge = |index: usize| {
        let whole = batch.descriptor(index) == marked(batch.start(index)).with(set);
        (if whole { &kept } else { &lost }).fetch_add(1, Relaxed);
        // Both wait for the next batch.
        reached.store(0, Relaxed);
    };
    race(&space, &batch, &software, &|index, _| reached.store(index + 1, Relaxed), &judge)?;
    tell(context, &[("whole", &kept)], ("lost", &lost), "E01 (Arm ARM R_LFTXR, R_PQJJR)")
}

/// Prints a histogram, and fails where anything forbidden was seen.
fn tell(
    context: &mut Context<'_>,
    permitted: &[(&str, &AtomicUsize)],
    (forbidden, count): (&str, &AtomicUsize),
    rule: &str,
) -> Conclusion {
    for (name, count) in permitted {
        context.say(format_args!("histogram: {} {name}", count.load(Relaxed)));
    }
    let count = count.load(Relaxed);
    context.say(format_args!("histogram: {count} {forbidden} (forbidden)"));
    match count {
        0 => Ok(Answer::PASS),
        _ => Answer::fail(format_args!("{count} {forbidden}: {rule}")),
    }
}

/// E02: software's plain store of a new descriptor is final, but for an update of the new one.
fn e02(context: &mut Context<'_>) -> Conclusion {
    needs!(context, 2, 2);
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let [untouched, updated, other] = [const { AtomicUsize::new(0) }; 3];
    let fresh = |index: usize| batch.start(index).with(SOFTWARE[0]);
    let judge = |index: usize| {
        let (new, left) = (fresh(index), batch.descriptor(index));
        let place = match left {
            left if left == new => &untouched,
            left if left == marked(new) || left == new.with(Descriptor::AF) => &updated,
            _ => &other,
        };
        place.fetch_add(1, Relaxed);
    };
    let software = |index: usize| batch.cell(index).store(fresh(index).0, Relaxed);
    race(&space, &batch, &software, &|_, _| (), &judge)?;
    let seen = [("new, untouched", &untouched), ("new, updated", &updated)];
    tell(context, &seen, ("old brought back, or neither", &other), "E02 (Arm ARM R_SGJBL)")
}

/// E03: an exclusive store to the descriptor fails if the hardware updated it after the exclusive load.
fn e03(context: &mut Context<'_>) -> Conclusion {
    needs!(context, 2, 2);
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let (meeting, asked, done) = (Meeting::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
    let [failed, passed_before, passed_after] = [const { AtomicUsize::new(0) }; 3];
    let exchange = || -> Result<(), Trouble> {
        for round in 0..2 * BATCHES {
            batch.reset();
            asked.store(0, Relaxed);
            done.store(0, Relaxed);
            meeting.meet()?;
            for index in 0..BATCH {
                // Every other batch is the control: nobody stores meanwhile, and the exclusive store may pass.
                let alone = round % 2 == 1;
                let found = exclusive::load(batch.cell(index));
                if !alone {
                    asked.store(index + 1, Release);
                    wait_until(|| done.load(Acquire) > index)?;
                }
                let passed = exclusive::store(batch.cell(index), found | SOFTWARE[0]);
                let place = match (passed, alone) {
                    (false, _) => &failed,
                    (true, true) => &passed_before,
                    (true, false) => &passed_after,
                };
                place.fetch_add(1, Relaxed);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    let store = || -> Result<(), Trouble> {
        for round in 0..2 * BATCHES {
            meeting.meet()?;
            for index in (0..BATCH).filter(|_| round % 2 == 0) {
                wait_until(|| asked.load(Acquire) > index)?;
                let _ = batch.store(index);
                barriers::sequence_complete_updates();
                done.store(index + 1, Release);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    together(&space, &[Member::new(Management::NONE, &exchange), Member::new(Management::FULL, &store)])?;
    let seen = [("failed", &failed), ("passed with nothing between", &passed_before)];
    tell(context, &seen, ("passed over an update", &passed_after), "E03 (Arm ARM B2.3)")
}

/// E06: a descriptor that a swap to invalid took out dirty was dirtied by a store that passes.
fn e06(context: &mut Context<'_>) -> Conclusion {
    needs!(context, 2, 2);
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let taken: Vec<AtomicU64> = (0..BATCH).map(|_| AtomicU64::new(0)).collect();
    let passed: Vec<AtomicBool> = (0..BATCH).map(|_| AtomicBool::new(false)).collect();
    let [before, after, broken] = [const { AtomicUsize::new(0) }; 3];
    let software = |index: usize| taken[index].store(batch.cell(index).swap(0, AcqRel), Relaxed);
    let judge = |index: usize| {
        let old = Descriptor(taken[index].load(Relaxed));
        let place = match (old == marked(batch.start(index)), passed[index].load(Relaxed)) {
            (true, true) => &after,
            (false, _) if old.with(Descriptor::AF) == batch.start(index).with(Descriptor::AF) => &before,
            _ => &broken,
        };
        place.fetch_add(1, Relaxed);
        let stayed = batch.descriptor(index) != Descriptor::INVALID;
        broken.fetch_add(usize::from(stayed), Relaxed);
    };
    let stored = |index: usize, landed: bool| passed[index].store(landed, Relaxed);
    race(&space, &batch, &software, &stored, &judge)?;
    let seen = [("taken out clean", &before), ("taken out dirty, the store passed", &after)];
    tell(context, &seen, ("dirty without a store, or brought back", &broken), "E06 (Arm ARM R_SGJBL)")
}
