//! Rows E07 to E18: how updates are ordered with barriers, messages, dependencies and writes of the descriptor.
//!
//! Each runs over batches of descriptors and prints how often each outcome was seen. What is forbidden fails; what is
//! permitted passes where it was seen and is skipped where it was not.

mod litmus;

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::barriers;
use crate::machine::controls::{Controls, Management};
use crate::machine::cpus;
use crate::probe::ProbeReport;
use crate::support::batch::{BATCH, Batch, Left, Meeting, landed, wait_until};
use crate::support::context::Answer;
use crate::support::rendezvous::{Member, together};
use afdbm::descriptor::Descriptor;
use alloc::vec;
use cases::states::Flags;
use core::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed},
};

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("e07-dsb-shows-the-update", |context| {
        alone(context, "E07 (Arm ARM R_MKHJS)", || barriers::sequence_complete_updates(), true)
    }),
    ("e08-load-barrier-need-not", |context| {
        alone(context, "E08 (Arm ARM R_MKHJS)", || barriers::sequence_complete_loads(), false)
    }),
    ("e09-dsb-before-message", |context| {
        message(context, "E09 (Arm ARM R_MKHJS)", || barriers::sequence_complete_updates(), true)
    }),
    ("e10-weaker-barrier-before-message", |context| {
        message(context, "E10 (Arm ARM R_MKHJS)", || barriers::sequence_complete_loads(), false)
    }),
    ("e11-write-in-order-is-final", e11),
    ("e13-store-seen-before-update", |context| message(context, "E13 (Arm ARM R_RZYCN)", || (), false)),
    ("e14-update-after-its-load", e14),
    ("e15-invalidation-covers-updates", litmus::e15),
    ("e16-never-the-old-descriptor", e16),
    ("e17-dependencies-order-the-update", litmus::e17_ordered),
    ("e17-data-dependency-need-not", litmus::e17_data),
    ("e18-all-store-at-once", e18),
];

/// Batches of each case.
const BATCHES: u32 = 8;
/// A bit that is software's, to tell descriptors apart (Arm ARM D8-52, bits 58 to 55).
const MARK: u64 = 1 << 55;

/// What a row's descriptors were seen as.
#[derive(Default)]
struct Histogram {
    updated: AtomicU32,
    old: AtomicU32,
    other: AtomicU32,
}

impl Histogram {
    fn count(&self, seen: Descriptor, before: Descriptor) {
        let place = match Left::of(seen, before) {
            Left::Updated => &self.updated,
            Left::Clean => &self.old,
            Left::Other => &self.other,
        };
        place.fetch_add(1, Relaxed);
    }

    /// Prints the histogram and judges it; with `required` an old descriptor is forbidden.
    fn conclude(&self, context: &mut Context<'_>, rule: &str, required: bool) -> Conclusion {
        let [updated, old, other] = [&self.updated, &self.old, &self.other].map(|count| count.load(Relaxed));
        let mark = if required { " (forbidden)" } else { " (permitted)" };
        context.say(format_args!(
            "histogram: {updated} updated, {old} old{mark}, {other} anything else (forbidden)"
        ));
        match (other, old) {
            (1.., _) => Answer::fail(format_args!("{other} descriptors neither old nor updated: {rule}")),
            (_, 1..) if required => Answer::fail(format_args!("{old} descriptors still old: {rule}")),
            (_, 0) if !required => Answer::skip("permitted, and not observed"),
            _ => Ok(Answer::PASS),
        }
    }
}

/// One PE: store, barrier, load of the descriptor.
fn alone(context: &mut Context<'_>, rule: &str, barrier: impl Fn(), required: bool) -> Conclusion {
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let histogram = Histogram::default();
    for _ in 0..BATCHES {
        batch.reset();
        let before = batch.descriptor(0);
        let _controls = Controls::apply(&space.settings(Management::FULL));
        for index in 0..BATCH {
            let seen = batch.store(index);
            barrier();
            let after = batch.descriptor(index);
            if !landed(&seen) {
                return Answer::fail(format_args!("a store took {} fault(s): {rule}", seen.faults));
            }
            histogram.count(after, before);
        }
    }
    histogram.conclude(context, rule, required)
}

/// Two PEs: store, `barrier`, a message; the other gets the message, and reads the descriptor.
fn message(context: &mut Context<'_>, rule: &str, barrier: impl Fn() + Sync, required: bool) -> Conclusion {
    let access = |batch: &Batch<'_>, index: usize| batch.store(index);
    tell_reader(context, rule, Flags::CLEAN, access, barrier, required)
}

/// The same with any access to a page of these flags, which is old.
fn tell_reader(
    context: &mut Context<'_>,
    rule: &str,
    flags: Flags,
    access: fn(&Batch<'_>, usize) -> ProbeReport,
    barrier: impl Fn() + Sync,
    required: bool,
) -> Conclusion {
    let space = context.space()?;
    let batch = Batch::new(&space, flags.old())?;
    let (meeting, sent, histogram) = (Meeting::new(2), AtomicUsize::new(0), Histogram::default());
    let read = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            batch.reset();
            let before = batch.descriptor(0);
            sent.store(0, Relaxed);
            meeting.meet()?;
            for index in 0..BATCH {
                wait_until(|| sent.load(Relaxed) > index)?;
                barriers::sequence_order_loads();
                histogram.count(batch.descriptor(index), before);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    let store = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            meeting.meet()?;
            for index in 0..BATCH {
                let _ = access(&batch, index);
                barrier();
                sent.store(index + 1, Relaxed);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    together(&space, &[Member::new(Management::NONE, &read), Member::new(Management::FULL, &store)])?;
    histogram.conclude(context, rule, required)
}

/// E14: a load, a message; the other gets the message, and finds the flag of the load set or not.
fn e14(context: &mut Context<'_>) -> Conclusion {
    let access = |batch: &Batch<'_>, index: usize| batch.load(index, None);
    tell_reader(context, "E14 (Arm ARM R_PLLLM)", Flags::READ_WRITE, access, || (), false)
}

/// E11: a write of the descriptor that follows the store in program order is final.
fn e11(context: &mut Context<'_>) -> Conclusion {
    let rule = "E11 (Arm ARM R_MKHJS)";
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let (mut undone, mut refused) = (0, 0);
    for _ in 0..BATCHES {
        batch.reset();
        let written = batch.descriptor(0).with(Descriptor::AF | MARK);
        let _controls = Controls::apply(&space.settings(Management::FULL));
        for index in 0..BATCH {
            refused += u32::from(!landed(&batch.store(index)));
            batch.cell(index).store(written.0, Relaxed);
        }
        barriers::sequence_complete_updates();
        undone += (0..BATCH).filter(|index| batch.descriptor(*index) != written).count();
    }
    context.say(format_args!(
        "histogram: {} final, {undone} undone (forbidden)",
        BATCHES as usize * BATCH - undone
    ));
    match (undone, refused) {
        (0, 0) => Ok(Answer::PASS),
        (0, _) => Answer::fail(format_args!("{refused} stores faulted: {rule}")),
        _ => Answer::fail(format_args!("{undone} writes undone by an earlier store's update: {rule}")),
    }
}

/// E16: after a new descriptor was written and invalidated everywhere, nobody reads the old one.
fn e16(context: &mut Context<'_>) -> Conclusion {
    let rule = "E16 (Arm ARM R_SGJBL)";
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let (meeting, sent) = (Meeting::new(2), AtomicUsize::new(0));
    let [old, new, refused] = [const { AtomicU32::new(0) }; 3];
    // The writer replaces each descriptor while the other stores through it: an update of the old one must not
    // bring it back.
    let write = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            batch.reset();
            let fresh = batch.descriptor(0).with(MARK);
            sent.store(0, Relaxed);
            meeting.meet()?;
            for index in 0..BATCH {
                batch.cell(index).store(fresh.0, Relaxed);
                barriers::sequence_invalidate_address_all(batch.tlb_address(index));
                sent.store(index + 1, Relaxed);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    let store = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            meeting.meet()?;
            for index in 0..BATCH {
                refused.fetch_add(u32::from(!landed(&batch.store(index))), Relaxed);
                wait_until(|| sent.load(Acquire) > index)?;
                barriers::sequence_complete_updates();
                let kept = batch.descriptor(index).0 & MARK != 0;
                let place = if kept { &new } else { &old };
                place.fetch_add(1, Relaxed);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    together(&space, &[Member::new(Management::NONE, &write), Member::new(Management::FULL, &store)])?;
    let [new, old, refused] = [new, old, refused].map(AtomicU32::into_inner);
    context.say(format_args!("histogram: {new} new, {old} old (forbidden)"));
    match (old, refused) {
        (0, 0) => Ok(Answer::PASS),
        (0, _) => Answer::fail(format_args!("{refused} stores faulted: {rule}")),
        _ => Answer::fail(format_args!("{old} old descriptors came back: {rule}")),
    }
}

/// E18: every CPU stores to every page of the batch, at once.
fn e18(context: &mut Context<'_>) -> Conclusion {
    let rule = "E18 (Arm ARM R_SGJBL, R_KLVVN)";
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let count = cpus::online().min(8);
    let meeting = Meeting::new(count);
    let faults = AtomicU32::new(0);
    batch.reset();
    let work = || -> Result<(), Trouble> {
        meeting.meet()?;
        for index in 0..BATCH {
            faults.fetch_add(u32::from(!landed(&batch.store(index))), Relaxed);
        }
        Ok(())
    };
    together(&space, &vec![Member::new(Management::FULL, &work); count])?;
    barriers::sequence_complete_updates();
    let is_dirty = |index: &usize| {
        let after = batch.descriptor(*index);
        after.is_young() && !after.is_read_only()
    };
    let dirty = (0..BATCH).filter(is_dirty).count();
    let unwritten = (0..BATCH).filter(|index| batch.word(*index).load(Relaxed) != *index as u64).count();
    let faults = faults.load(Relaxed);
    context.say(format_args!(
        "histogram: {count} CPUs, {dirty} of {BATCH} dirty, {faults} faults (forbidden), {unwritten} words not written (forbidden)"
    ));
    if dirty == BATCH && faults == 0 && unwritten == 0 {
        return Ok(Answer::PASS);
    }
    Answer::fail(format_args!("stores of {count} CPUs at once: {rule}"))
}
