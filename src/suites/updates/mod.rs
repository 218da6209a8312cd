//! Rows B14, B15, E01 to E03, E06, F02, F04 and F08: hardware updates beside software that writes the same descriptor, and
//! updates that nobody needs.
//!
//! Each prints how often each outcome was seen. What is forbidden fails; what is permitted alone is skipped where it
//! was not seen.

mod group;

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::barriers;
use crate::machine::controls::{Controls, Management};
use crate::machine::exclusive;
use crate::probe::{ProbeReport, Stub};
use crate::support::batch::{BATCH, Batch, Left, landed, marked};
use crate::support::context::Answer;
use crate::support::rendezvous::{Handover, Member, together};
use crate::support::speculation::not_taken;
use crate::support::store_race::{Atomicity, BATCHES, SOFTWARE, Turns, against_atomics, race};
use crate::support::tally::tell;
use afdbm::descriptor::Descriptor;
use alloc::vec::Vec;
use cases::states::Flags;
use core::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Relaxed},
};

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("b14-no-access-at-all", b14),
    ("b15-load-not-taken", b15),
    ("e01-atomics-lose-nothing", e01),
    ("e02-write-is-not-undone", e02),
    ("e02-turned-read-only", |context| {
        let read_only = |clean: Descriptor| clean.without(Descriptor::DBM);
        turned(context, read_only, Descriptor::AF, "E02 (Arm ARM R_SGJBL, R_PZFQC)")
    }),
    ("e03-exclusive-store-fails", e03),
    ("e06-swap-to-invalid", e06),
    ("e06-turned-invalid", |context| turned(context, |_| Descriptor::INVALID, 0, "E06 (Arm ARM R_SGJBL)")),
    ("f02-group-with-young-member", group::f02),
    ("f04-group-with-dirty-member", group::f04),
    ("f08-group-taken-singly", group::f08),
];

/// B14: with HA=HD=1, old pages that nobody touches stay as they are but for AF.
fn b14(context: &mut Context<'_>) -> Conclusion {
    let rule = "B14 (Arm ARM R_LLCCB)";
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    batch.reset();
    let _controls = Controls::apply(&space.settings(Management::FULL));
    let mut young = 0;
    for _ in 0..BATCHES {
        for index in 0..BATCH {
            let (before, after) = (batch.start(index), batch.descriptor(index));
            if Left::of(after, before) != Left::Clean {
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

/// Turns a descriptor to what `other` makes of it and back, while another CPU stores. Hardware changes no bit but those of
/// `may` while the other stands there: an update that was due before compares with what it finds (Arm ARM R_SGJBL).
fn turned(
    context: &mut Context<'_>,
    other: fn(Descriptor) -> Descriptor,
    may: u64,
    rule: &str,
) -> Conclusion {
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let turns = Turns::default();
    let [count, broken] = [const { AtomicUsize::new(0) }; 2];
    let software = |index: usize| {
        let (cell, start) = (batch.cell(index), batch.start(index));
        turns.take(index, &|| {
            cell.swap(other(start).0, AcqRel);
            let found = cell.swap(start.0, AcqRel);
            count.fetch_add(1, Relaxed);
            broken.fetch_add(usize::from((found ^ other(start).0) & !may != 0), Relaxed);
        })
    };
    race(&space, &batch, Some(&turns), &software, &|_, _| (), &|_| ())?;
    tell(context, &[("turns", count.into_inner())], ("changed what must stay", broken.into_inner()), rule)
}

/// E01: atomics on software's bits and the hardware's update of AF and AP[2] all take effect.
fn e01(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let Atomicity { whole, lost, broken } = against_atomics(&space, &batch)?;
    tell(context, &[("whole", whole)], ("lost", lost + broken), "E01 (Arm ARM R_LFTXR, R_PQJJR)")
}

/// E02: software's plain store of a new descriptor is final, but for an update of the new one.
fn e02(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let [untouched, updated, other] = [const { AtomicUsize::new(0) }; 3];
    let fresh = |index: usize| batch.start(index).with(SOFTWARE[0]);
    let judge = |index: usize| {
        let (new, left) = (fresh(index), batch.descriptor(index));
        let place = match Left::of(left, new) {
            Left::Clean if left == new => &untouched,
            Left::Clean | Left::Updated => &updated,
            Left::Other => &other,
        };
        place.fetch_add(1, Relaxed);
    };
    let software = |index: usize| {
        batch.cell(index).store(fresh(index).0, Relaxed);
        Ok(())
    };
    race(&space, &batch, None, &software, &|_, _| (), &judge)?;
    let [untouched, updated, other] = [untouched, updated, other].map(AtomicUsize::into_inner);
    let seen = [("new, untouched", untouched), ("new, updated", updated)];
    tell(context, &seen, ("old brought back, or neither", other), "E02 (Arm ARM R_SGJBL)")
}

/// E03: an exclusive store to the descriptor fails if the hardware updated it after the exclusive load.
///
/// An exclusive store may fail for no reason, and does after an interrupt: only one that passes where nothing came
/// between shows that those over an update failed for it.
fn e03(context: &mut Context<'_>) -> Conclusion {
    let rule = "E03 (Arm ARM B2.3)";
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let other = Handover::new();
    let [failed, passed_over, failed_alone, passed_alone, missing] = [const { AtomicUsize::new(0) }; 5];
    // A question is a page; with this bit the other CPU answers, and stores nothing: the control.
    const ALONE: u64 = 1 << 32;
    let exchange = || -> Result<(), Trouble> {
        for round in 0..BATCHES / 4 {
            batch.reset();
            let alone = if round % 2 == 0 { 0 } else { ALONE };
            for index in 0..BATCH {
                let found = exclusive::load(batch.cell(index));
                let made = other.ask_awake(index as u64 | alone)? != 0;
                let passed = exclusive::store(batch.cell(index), found | SOFTWARE[0]);
                let place = match (alone != 0, passed) {
                    (true, true) => &passed_alone,
                    (true, false) => &failed_alone,
                    (false, true) => &passed_over,
                    (false, false) => &failed,
                };
                place.fetch_add(1, Relaxed);
                missing.fetch_add(usize::from(!made), Relaxed);
            }
        }
        other.close();
        Ok(())
    };
    let answer = |question: u64| {
        let index = (question & !ALONE) as usize;
        let seen = (question & ALONE == 0).then(|| batch.store(index));
        barriers::sequence_complete_updates();
        let made = |seen: ProbeReport| landed(&seen) && batch.descriptor(index) == marked(batch.start(index));
        u64::from(seen.is_none_or(made))
    };
    let store = || other.serve_awake(answer);
    together(&space, &[Member::new(Management::NONE, &exchange), Member::new(Management::FULL, &store)])?;
    let [failed, passed_over, failed_alone, passed_alone, missing] =
        [failed, passed_over, failed_alone, passed_alone, missing].map(AtomicUsize::into_inner);
    let seen = [("failed", failed), ("passed alone", passed_alone), ("failed alone", failed_alone)];
    let told = tell(context, &seen, ("passed over an update", passed_over), rule)?;
    if missing > 0 {
        return Answer::fail(format_args!("{missing} updates not made: {rule}"));
    }
    if told == Answer::PASS && passed_alone == 0 {
        return Answer::skip("no exclusive store passed at all");
    }
    Ok(told)
}

/// E06: a descriptor that a swap to invalid took out dirty was dirtied by a store that passes, and one that it took out
/// clean by none.
fn e06(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let taken: Vec<AtomicU64> = (0..BATCH).map(|_| AtomicU64::new(0)).collect();
    let passed: Vec<AtomicBool> = (0..BATCH).map(|_| AtomicBool::new(false)).collect();
    let [before, after, broken] = [const { AtomicUsize::new(0) }; 3];
    let software = |index: usize| {
        taken[index].store(batch.cell(index).swap(0, AcqRel), Relaxed);
        Ok(())
    };
    let judge = |index: usize| {
        let taken = Descriptor(taken[index].load(Relaxed));
        let place = match (Left::of(taken, batch.start(index)), passed[index].load(Relaxed)) {
            (Left::Updated, true) => &after,
            (Left::Clean, false) => &before,
            _ => &broken,
        };
        place.fetch_add(1, Relaxed);
        let stayed = batch.descriptor(index) != Descriptor::INVALID;
        broken.fetch_add(usize::from(stayed), Relaxed);
    };
    let stored = |index: usize, landed: bool| passed[index].store(landed, Relaxed);
    race(&space, &batch, None, &software, &stored, &judge)?;
    let [before, after, broken] = [before, after, broken].map(AtomicUsize::into_inner);
    let seen = [("taken out clean", before), ("taken out dirty, the store passed", after)];
    let wrong = ("dirty without a store, clean with one, or brought back", broken);
    tell(context, &seen, wrong, "E06 (Arm ARM R_SGJBL)")
}

/// B15: a load that is only speculated may set the Access flag, and changes nothing else.
fn b15(context: &mut Context<'_>) -> Conclusion {
    let flags = [Flags::READ_WRITE, Flags::READ_WRITE.old()];
    not_taken(context, "B15 (Arm ARM R_LHQRX)", Stub::LoadIfNonZero, flags, Descriptor::AF, true)
}
