//! A race with its window closed, at full speed: every CPU walks the same batch in an order of its own.
//!
//! CPU 0 runs the operation, CPU 1 what races with it. Every further CPU is an unlike agent: the third stores at
//! HA=HD=1, the fourth loads at HA=1 HD=0, the fifth loads at HA=HD=0 with a fault handler, and so on.

use crate::machine::controls::Management;
use crate::machine::lock::Lock;
use crate::machine::{cpus, timer};
use crate::memory::case_space::CaseSpace;
use crate::suites::{Context, Trouble};
use crate::support::batch::{BATCH, Batch, Order, landed};
use crate::support::findings::Findings;
use crate::support::handler::{Chosen, Handler};
use crate::support::race::histogram::{Histogram, RoundOutcome};
use crate::support::race::interleaving::{Done, Effect, Taking, interfere, operate};
use crate::support::race::round_evidence::{Round, broken_by};
use crate::support::rendezvous::{Meeting, Member, together};
use afdbm::descriptor::Descriptor;
use afdbm::operations::Closed;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use cases::race::Race;
use core::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{AcqRel, Relaxed},
};
use history::Selection;

/// Rounds where `--rounds` does not say.
const DEFAULT_ROUNDS: u32 = 512;
/// The most descriptors between two meetings: on a busy host a meeting takes as long as thousands of rounds.
const MOST: usize = 8 * BATCH;
/// The most CPUs that take part.
const CPUS: usize = 8;

/// What the CPUs leave for the judge, a word for each page.
struct Notes {
    /// A store landed.
    landed: Vec<AtomicBool>,
    /// What CPU 0's operation did, and what the software of CPU 1 did.
    software: Vec<Kept>,
    other: Vec<Kept>,
}

/// A [`Done`] that one CPU writes and another reads.
#[derive(Default)]
struct Kept {
    changed: AtomicBool,
    found: AtomicU64,
}

impl Kept {
    fn set(&self, done: Done) {
        self.changed.store(done.changed, Relaxed);
        self.found.store(done.found.0, Relaxed);
    }

    fn get(&self) -> Done {
        Done { changed: self.changed.load(Relaxed), found: Descriptor(self.found.load(Relaxed)) }
    }
}

/// Where the time of a race went, in ticks.
#[derive(Default)]
struct Times {
    all: AtomicU64,
    /// What CPU 0 spent on its operations, and CPU 1 on its share.
    software: AtomicU64,
    other: AtomicU64,
}

/// How a race at full speed went.
pub struct Raced {
    /// What was broken.
    pub findings: Findings,
    /// How often each outcome was seen.
    pub histogram: Histogram,
    rounds: usize,
    cpus: usize,
    times: Times,
}

/// Runs the race.
///
/// # Errors
///
/// Trouble of the machine; what the race came to is the value.
pub fn run(context: &Context<'_>, race: &Race) -> Result<Raced, Trouble> {
    let rounds = context.options.rounds.map_or(DEFAULT_ROUNDS, |rounds| rounds.get());
    let size = (rounds as usize).next_power_of_two().clamp(BATCH, MOST);
    let batches = (rounds as usize).div_ceil(size);
    let seed = context.seed;
    let cpus = cpus::online().min(CPUS);
    let space = context.space()?;
    let batch = Batch::of(size, &space, race.start.flags)?;
    let (meeting, lock, times) = (Meeting::new(cpus), Lock::new(()), Times::default());
    let notes = Notes {
        landed: (0..size).map(|_| AtomicBool::new(false)).collect(),
        software: (0..size).map(|_| Kept::default()).collect(),
        other: (0..size).map(|_| Kept::default()).collect(),
    };
    let judged = Lock::new((Findings::default(), Histogram::default()));
    let taking = if race.locked { Taking::Wait(&lock) } else { Taking::No };
    let walk = |lane: u64, spent: Option<&AtomicU64>, share: &dyn Fn(usize)| -> Result<(), Trouble> {
        let mut order = Order::new(size, seed, lane);
        for _ in 0..batches {
            meeting.meet()?;
            order.draw();
            let begun = timer::now();
            (0..size).for_each(|position| share(order.page(position)));
            if let Some(spent) = spent {
                spent.fetch_add(timer::now() - begun, Relaxed);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    let software = || -> Result<(), Trouble> {
        let mut order = Order::new(size, seed, 0);
        let begun = timer::now();
        for _ in 0..batches {
            batch.reset();
            meeting.meet()?;
            order.draw();
            let started = timer::now();
            for position in 0..size {
                let index = order.page(position);
                let _locked = race.locked.then(|| lock.lock());
                notes.software[index].set(operate(
                    race.software,
                    batch.cell(index),
                    batch.place(index),
                    &Closed,
                ));
            }
            times.software.fetch_add(timer::now() - started, Relaxed);
            meeting.meet()?;
            let mut judged = judged.lock();
            let (findings, histogram) = &mut *judged;
            judge_batch(race, &batch, &notes, findings, histogram);
        }
        times.all.store(timer::now() - begun, Relaxed);
        Ok(())
    };
    let other = || {
        walk(1, Some(&times.other), &|index| {
            if let Some(effect) = interfere(race.other, &batch, index, true, &Closed, taking) {
                notes.other[index].set(effect.done);
                notes.landed[index].fetch_or(effect.landed, AcqRel);
            }
        })
    };
    let further: Vec<_> = (2..cpus).map(|index| agent(index, &space, &batch, &notes, &walk)).collect();
    let management = if race.other.is_hardware() { Management::FULL } else { Management::NONE };
    let mut members = Vec::from([
        Member { management: Management::NONE, work: &software },
        Member { management, work: &other },
    ]);
    members
        .extend(further.iter().map(|(management, work)| Member { management: *management, work: &**work }));
    together(&space, &members)?;
    drop(members);
    drop(further);
    let (findings, histogram) = core::mem::take(&mut *judged.lock());
    Ok(Raced { findings, histogram, rounds: batches * size, cpus, times })
}

type Walk<'a> = &'a (dyn Fn(u64, Option<&AtomicU64>, &dyn Fn(usize)) -> Result<(), Trouble> + Sync);

/// The share of a further CPU, and the management that it is set to.
fn agent<'a>(
    index: usize,
    space: &'a CaseSpace,
    batch: &'a Batch<'a>,
    notes: &'a Notes,
    walk: Walk<'a>,
) -> (Management, Box<dyn Fn() -> Result<(), Trouble> + Sync + 'a>) {
    let lane = index as u64;
    match index % 3 {
        2 => (
            Management::FULL,
            Box::new(move || {
                walk(lane, None, &|page| {
                    notes.landed[page].fetch_or(landed(&batch.store(page)), AcqRel);
                })
            }),
        ),
        0 => (
            Management::ACCESS_FLAG,
            Box::new(move || {
                walk(lane, None, &|page| {
                    let _ = batch.load(page, None);
                })
            }),
        ),
        _ => (
            Management::NONE,
            Box::new(move || {
                let handler = Handler::new(space, Chosen::new(Selection::LockFree, Closed));
                walk(lane, None, &|page| {
                    handler.clear();
                    let _ = batch.load(page, Some(&handler));
                })
            }),
        ),
    }
}

/// Judges every round of a batch, when all of it is over.
fn judge_batch(
    race: &Race,
    batch: &Batch<'_>,
    notes: &Notes,
    findings: &mut Findings,
    histogram: &mut Histogram,
) {
    for index in 0..notes.landed.len() {
        let round = Round {
            before: batch.start(index),
            software: notes.software[index].get(),
            other: Effect {
                landed: notes.landed[index].swap(false, Relaxed),
                done: notes.other[index].get(),
            },
            after: batch.descriptor(index),
        };
        let broken = broken_by(race, &round);
        for invariant in broken.iter() {
            findings
                .note(invariant, || format!("{race}, window closed: {} to {}", round.before, round.after));
        }
        histogram.add(RoundOutcome::of(&round), broken);
    }
}

impl Raced {
    /// Says how fast it went and why not faster, and how often each outcome was seen.
    pub fn tell(&self, context: &mut Context<'_>, race: &Race) {
        let Self { rounds, cpus, times, .. } = self;
        let time = |ticks: &AtomicU64| timer::frequency().microseconds(ticks.load(Relaxed));
        let (all, software, other) = (time(&times.all).max(1), time(&times.software), time(&times.other));
        let rate = *rounds as u64 * 1_000_000 / all;
        let (slower, share) = if software > other {
            ("CPU 0, the operation", software)
        } else {
            ("CPU 1, which invalidates, walks and accesses", other)
        };
        let bound = if share * 2 > all { slower } else { "the meetings and the judging" };
        context.say(format_args!("closed: {race}; {cpus} CPUs"));
        context.say(format_args!(
            "{rounds} rounds, {rate} a second, bound by {bound}: CPU 0 works {}%, CPU 1 {}% of the time",
            software * 100 / all,
            other * 100 / all
        ));
        self.histogram.tell(context);
    }
}
