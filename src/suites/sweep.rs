//! Schedules by number: the seed chooses, at every step of both CPUs, how often a CPU lets the other one go first.
//!
//! Under `--replay` a YIELD hands over at once, so that a seed is a schedule and gives the same round each time.

use super::{Case, Conclusion, Context, Suite, Trouble};
use crate::machine::barriers;
use crate::machine::controls::Management;
use crate::machine::lock::Lock;
use crate::machine::relax::relax;
use crate::support::batch::{BATCH, Batch};
use crate::support::context::Answer;
use crate::support::findings::Findings;
use crate::support::race::histogram::{Histogram, RoundOutcome};
use crate::support::race::interleaving::{
    Done, Effect, Interleaving, Kind, Other, Routine, Software, Taking,
};
use crate::support::race::round_evidence::{Round, broken_by};
use crate::support::rendezvous::{Meeting, Member, together};
use crate::support::states::WRITABLE_CLEAN;
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Hooks, Invariant, Step};
use alloc::format;
use alloc::string::String;
use core::cell::RefCell;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use core::time::Duration;
use fastrand::Rng;
use history::Selection;

/// The suite.
pub const SUITE: Suite = Suite {
    name: "sweep",
    about: "one schedule a seed: the distinct outcomes of a race, with --replay the same each time",
    hidden: false,
    cases: &[
        case("sweep-ours-against-store", "ours, a read fault against a store", |context| {
            let ours = context.ours();
            acquit(context, &race(ours, Kind::Read, Other::Store))
        }),
        case("sweep-ours-against-write-fault", "ours, a read fault against a write fault", |context| {
            let ours = context.ours();
            acquit(context, &race(ours, Kind::Read, Other::Resolve(Selection::V4)))
        }),
        case("sweep-lock-free-against-removal", "the lock-free form against get-and-clear", |context| {
            acquit(context, &race(Selection::LockFree, Kind::Read, Other::Remove))
        }),
        case("sweep-v0-against-store", "v0: which seeds lose the store", |context| {
            let expected = [Invariant::NoLostDirty, Invariant::Monotone];
            convict(context, &race(Selection::V0, Kind::Read, Other::Store), &expected)
        }),
        case("sweep-v4-against-removal", "v4 without its lock: which seeds resurrect", |context| {
            let race = race(Selection::V4, Kind::Read, Other::Remove);
            convict(context, &race, &[Invariant::InvalidStays])
        }),
    ],
};

/// A million schedules take a while.
const LONG: Duration = Duration::from_secs(900);
/// Schedules where `--sweep` does not say.
const DEFAULT_SCHEDULES: u32 = 64;
/// The most yields before one step.
const YIELDS: u32 = 4;

const fn case(name: &'static str, about: &'static str, function: fn(&mut Context<'_>) -> Conclusion) -> Case {
    Case::function(name, about, function).within(LONG)
}

const fn race(selection: Selection, kind: Kind, other: Other) -> Interleaving {
    let software = Software::Resolve(Routine::Version(selection), kind);
    Interleaving { start: WRITABLE_CLEAN.old(), software, other, locked: false }
}

/// Lets the other CPU go first, as often as the seed says.
struct Yielder(RefCell<Rng>);

impl Yielder {
    fn new(seed: u64, lane: u64) -> Self {
        Self(RefCell::new(Rng::with_seed(seed.wrapping_mul(2) + lane)))
    }

    fn yield_some(&self) {
        let times = self.0.borrow_mut().u32(..YIELDS);
        (0..times).for_each(|_| relax());
    }
}

impl Hooks for Yielder {
    fn at(&self, _step: Step, _entry: usize) {
        self.yield_some();
    }
}

/// Has what is to be right stand every schedule.
fn acquit(context: &mut Context<'_>, race: &Interleaving) -> Conclusion {
    match sweep(context, race)? {
        Ok(findings) => findings.acquit(context, race),
        Err(reason) => Answer::skip(reason),
    }
}

/// Has what is known to be wrong convicted of just this: a schedule that shows it may not be among those that were run,
/// but one that shows anything else is a failure.
fn convict(context: &mut Context<'_>, race: &Interleaving, expected: &[Invariant]) -> Conclusion {
    match sweep(context, race)? {
        Ok(findings) if findings.is_empty() => Answer::skip("not observed in these schedules"),
        Ok(findings) => findings.convict(context, race, expected),
        Err(reason) => Answer::skip(reason),
    }
}

/// Runs the schedules; returns what was broken, or why none was run.
fn sweep(context: &mut Context<'_>, race: &Interleaving) -> Result<Result<Findings, String>, Trouble> {
    if !context.options.replay && context.options.sweep.is_none() {
        return Ok(Err(String::from("only with --replay or --sweep is a seed a schedule")));
    }
    let hardware = race.other.is_hardware().then(|| context.lacks_management(2)).flatten();
    if let Some(reason) = hardware.or_else(|| context.lacks_cpus(2)) {
        return Ok(Err(reason));
    }
    let schedules = context.options.sweep.map_or(DEFAULT_SCHEDULES, |schedules| schedules.get());
    let space = context.space()?;
    let batch = Batch::new(&space, race.start.flags)?;
    let meeting = Meeting::new(2);
    let (landed, changed, found) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU64::new(0));
    let judged = Lock::new((Findings::default(), Histogram::default()));
    let first = context.seed;
    let seeds = || (0..u64::from(schedules)).map(|number| first.wrapping_add(number));
    let software = || {
        for (number, seed) in seeds().enumerate() {
            let page = number % BATCH;
            let before = batch.start(page);
            batch.set(page, before);
            meeting.meet()?;
            let yielder = Yielder::new(seed, 0);
            let done = race.software.run(batch.cell(page), batch.place(page), &yielder);
            meeting.meet()?;
            barriers::sequence_complete_updates();
            let other = Effect {
                landed: landed.load(Relaxed),
                done: Done { changed: changed.load(Relaxed), found: Descriptor(found.load(Relaxed)) },
            };
            let round = Round { before, software: done, other, after: batch.descriptor(page) };
            let broken = broken_by(race, &round);
            let mut judged = judged.lock();
            for invariant in broken.iter() {
                judged.0.note(invariant, || format!("{race}, --seed {seed:#x}"));
            }
            judged.1.add_seed(RoundOutcome::of(&round), broken, seed);
        }
        Ok(())
    };
    let other = || {
        for (number, seed) in seeds().enumerate() {
            meeting.meet()?;
            let yielder = Yielder::new(seed, 1);
            yielder.yield_some();
            if let Some(effect) = race.other.run(&batch, number % BATCH, true, &yielder, Taking::No) {
                landed.store(effect.landed, Relaxed);
                changed.store(effect.done.changed, Relaxed);
                found.store(effect.done.found.0, Relaxed);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    let management = if race.other.is_hardware() { Management::FULL } else { Management::NONE };
    together(
        &space,
        &[Member { management: Management::NONE, work: &software }, Member { management, work: &other }],
    )?;
    let (findings, histogram) = core::mem::take(&mut *judged.lock());
    context.say(format_args!("{race}: {schedules} schedules, {} distinct outcomes", histogram.distinct()));
    histogram.tell(context);
    Ok(Ok(findings))
}
