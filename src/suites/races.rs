//! Two CPUs on one descriptor: CPU 0 runs the routine after a read fault, CPU 1 stores with HA=HD=1.
//!
//! First with the window open: between the routine's load and its write CPU 0 waits until CPU 1 has made its store.
//! Then closed, at full speed. A round is one descriptor, old and clean at its start; it is lost if the store
//! landed and the descriptor is not dirty at its end.

use super::batch::{BATCH, Batch, Meeting, Order, landed, wait_until};
use super::context::Answer;
use super::rows::Flags;
use super::{Case, Conclusion, Context, Suite, Trouble};
use crate::machine::controls::{Management, Settings};
use crate::machine::cpus::{self, Placement};
use crate::machine::per_cpu::CpuIndex;
use crate::memory::case_space::CaseSpace;
use afdbm::descriptor::Descriptor;
use afdbm::history::V0;
use afdbm::operations::{Closed, Hooked, Hooks, Slot, Step, V4, Variant};
use core::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use core::time::Duration;

/// The suite.
pub const SUITE: Suite = Suite {
    name: "races",
    about: "the routine on CPU 0 against hardware updates of CPU 1 (HA=HD=1)",
    hidden: false,
    cases: &[
        Case::function("v0-loses-dirty-in-open-window", "every round is lost", v0_open).within(LONG),
        Case::function("v4-keeps-dirty-in-open-window", "no round is lost", v4_open).within(LONG),
        Case::function("v4-keeps-dirty-at-full-speed", "no round is lost", v4_closed).within(LONG),
        Case::function("v0-loses-dirty-at-full-speed", "some rounds are lost", v0_closed).within(LONG),
    ],
};

/// A million rounds take seconds; a host that is busy with other things may take minutes.
const LONG: Duration = Duration::from_secs(900);
/// Rounds where `--rounds` does not say.
const DEFAULT_ROUNDS: u32 = 20_000;
/// Rounds with the window open: each is two hand-overs.
const OPEN_ROUNDS: u32 = BATCH as u32;

/// How the rounds of a race went.
#[derive(Debug, Default)]
struct Score {
    rounds: AtomicU32,
    /// The store landed and its record is gone.
    lost: AtomicU32,
    /// The store did not land.
    faulted: AtomicU32,
    /// The routine found a descriptor that the hardware had changed before.
    second: AtomicU32,
    /// The descriptor at the end is none that the two may leave.
    broken: AtomicU32,
}

impl Score {
    fn add(&self, counter: &AtomicU32, condition: bool) {
        counter.fetch_add(u32::from(condition), Relaxed);
    }
}

/// Opens the window on the first write of each round.
struct Window {
    /// The page that waits for its store, plus 1; 0 when none does.
    asked: AtomicUsize,
    /// Whether this round's window was open already.
    opened: AtomicBool,
    page: AtomicUsize,
}

impl Hooks for Window {
    fn at(&self, step: Step, _entry: usize) {
        if matches!(step, Step::Exchange | Step::Swap | Step::Store) && !self.opened.swap(true, Relaxed) {
            self.asked.store(self.page.load(Relaxed) + 1, Release);
            // If CPU 1 never answers, the case ends by its budget.
            let _ = wait_until(|| self.asked.load(Acquire) == 0);
        }
    }
}

fn v0_open(context: &mut Context<'_>) -> Conclusion {
    race::<V0>(context, true, |score| {
        let (rounds, lost) = (score.rounds.load(Relaxed), score.lost.load(Relaxed));
        if lost == rounds {
            Ok(Answer::PASS)
        } else {
            Answer::fail(format_args!("only {lost} of {rounds} lost"))
        }
    })
}

fn v4_open(context: &mut Context<'_>) -> Conclusion {
    race::<V4>(context, true, none_lost)
}

fn v4_closed(context: &mut Context<'_>) -> Conclusion {
    race::<V4>(context, false, none_lost)
}

fn v0_closed(context: &mut Context<'_>) -> Conclusion {
    race::<V0>(context, false, |score| match (score.lost.load(Relaxed), score.rounds.load(Relaxed)) {
        (0, rounds) => Answer::skip(format_args!("no loss observed in {rounds} rounds")),
        _ => Ok(Answer::PASS),
    })
}

fn none_lost(score: &Score) -> Conclusion {
    match (score.lost.load(Relaxed), score.broken.load(Relaxed)) {
        (0, 0) => Ok(Answer::PASS),
        (lost, broken) => Answer::fail(format_args!(
            "{lost} of {} rounds lost, {broken} descriptors broken (invariant 1; Arm ARM R_PQJJR)",
            score.rounds.load(Relaxed)
        )),
    }
}

fn race<V: Variant>(
    context: &mut Context<'_>,
    open: bool,
    judge: impl FnOnce(&Score) -> Conclusion,
) -> Conclusion {
    if let Some(reason) = context.lacks_management(2).or_else(|| context.lacks_cpus(2)) {
        return Answer::skip(reason);
    }
    let rounds = match (open, context.options.rounds) {
        (true, _) => OPEN_ROUNDS,
        (false, Some(rounds)) => rounds.get(),
        (false, None) => DEFAULT_ROUNDS,
    };
    let batches = (rounds as usize).div_ceil(BATCH);
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.user().old())?;
    let score = Score::default();
    let (meeting, stores) = (Meeting::new(2), [const { AtomicU64::new(0) }; BATCH / 64]);
    let window =
        Window { asked: AtomicUsize::new(0), opened: AtomicBool::new(false), page: AtomicUsize::new(0) };
    let seed = context.seed;
    let software =
        || software::<V>(&batch, &meeting, open.then_some(&window), batches, seed, &stores, &score);
    let hardware = || hardware(&batch, &meeting, open.then_some(&window), batches, seed, &stores);
    run_pair(&space, &software, &hardware)?;
    context.say(format_args!(
        "{} ({}), window {}: {} rounds, {} lost, {} stores faulted, the routine came second in {}",
        V::NAME,
        V::ORIGIN,
        if open { "open" } else { "closed" },
        score.rounds.load(Relaxed),
        score.lost.load(Relaxed),
        score.faulted.load(Relaxed),
        score.second.load(Relaxed),
    ));
    if score.faulted.load(Relaxed) > 0 {
        return Answer::fail(
            "a store to a writable-clean page faulted at HA=HD=1 (row D01; Arm ARM R_NSXRD)",
        );
    }
    judge(&score)
}

/// Runs the two sides, software management on CPU 0 and full hardware management on CPU 1.
fn run_pair(
    space: &CaseSpace,
    software: &(dyn Fn() -> Result<(), Trouble> + Sync),
    hardware: &(dyn Fn() -> Result<(), Trouble> + Sync),
) -> Result<(), Trouble> {
    let late = AtomicBool::new(false);
    let note = |ended: Result<(), Trouble>| late.fetch_or(ended.is_err(), Relaxed);
    let (first, second) = (
        || {
            note(software());
        },
        || {
            note(hardware());
        },
    );
    let managed = Settings { management: Management::FULL, user: Some(space.user()), ..Settings::PLAIN };
    let ended = cpus::on_each(&[
        Placement { cpu: CpuIndex(0), settings: Settings::PLAIN, work: &first },
        Placement { cpu: CpuIndex(1), settings: managed, work: &second },
    ]);
    for (index, ended) in ended.into_iter().enumerate() {
        ended.map_err(|_| Trouble::Abandoned(CpuIndex(index)))?;
    }
    if late.load(Relaxed) { Err(Trouble::TimedOut) } else { Ok(()) }
}

/// CPU 0: resets each batch, runs the routine on each of its descriptors, and counts.
fn software<V: Variant>(
    batch: &Batch<'_>,
    meeting: &Meeting,
    window: Option<&Window>,
    batches: usize,
    seed: u64,
    stores: &[AtomicU64; BATCH / 64],
    score: &Score,
) -> Result<(), Trouble> {
    let mut order = Order::new(seed, 0);
    for _ in 0..batches {
        batch.reset();
        stores.iter().for_each(|word| word.store(0, Relaxed));
        meeting.meet()?;
        order.draw();
        for position in 0..BATCH {
            let index = order.page(position);
            match window {
                Some(window) => {
                    window.page.store(index, Relaxed);
                    window.opened.store(false, Relaxed);
                    routine::<V, _>(batch, index, window, score);
                }
                None => routine::<V, _>(batch, index, &Closed, score),
            }
        }
        meeting.meet()?;
        for index in 0..BATCH {
            let after = batch.descriptor(index);
            let stored = stores[index / 64].load(Relaxed) >> (index % 64) & 1 != 0;
            score.add(&score.rounds, true);
            score.add(&score.faulted, !stored);
            score.add(&score.lost, stored && !after.is_dirty());
            score.add(&score.broken, !after.is_young() || !after.is_writable() || !after.is_legal_state());
        }
    }
    Ok(())
}

/// What the handler of a read fault does to one descriptor.
fn routine<V: Variant, H: Hooks>(batch: &Batch<'_>, index: usize, hooks: &H, score: &Score) {
    let slot = Hooked::new(batch.cell(index), hooks);
    let snapshot = slot.load(Relaxed, Step::Snapshot);
    let entry = V::build_entry(snapshot, false);
    let change = V::set_access_flags(&slot, entry, false, batch.place(index));
    score.add(&score.second, Descriptor::is_young(change.found));
}

/// CPU 1: stores to each page of each batch, in its own order, or when the window asks for it.
fn hardware(
    batch: &Batch<'_>,
    meeting: &Meeting,
    window: Option<&Window>,
    batches: usize,
    seed: u64,
    stores: &[AtomicU64; BATCH / 64],
) -> Result<(), Trouble> {
    let mut order = Order::new(seed, 1);
    for _ in 0..batches {
        meeting.meet()?;
        order.draw();
        for position in 0..BATCH {
            let index = match window {
                Some(window) => {
                    wait_until(|| window.asked.load(Acquire) != 0)?;
                    window.asked.load(Relaxed) - 1
                }
                None => order.page(position),
            };
            if landed(&batch.store(index)) {
                stores[index / 64].fetch_or(1 << (index % 64), Relaxed);
            }
            if let Some(window) = window {
                window.asked.store(0, Release);
            }
        }
        meeting.meet()?;
    }
    Ok(())
}
