//! Schedules by number: the seed chooses, at every step of both CPUs, how often a CPU lets the other one go first.
//!
//! Under `--replay` a YIELD hands over at once, so that a seed is a schedule and gives the same round each time.

use super::{Conclusion, Context, Trouble};
use crate::machine::barriers;
use crate::machine::controls::Management;
use crate::machine::lock::Lock;
use crate::machine::relax::relax;
use crate::support::batch::{BATCH, Batch};
use crate::support::context::Answer;
use crate::support::findings::Findings;
use crate::support::race::histogram::{Histogram, RoundOutcome};
use crate::support::race::interleaving::{Done, Effect, Taking, interfere, operate};
use crate::support::race::round_evidence::{Round, broken_by};
use crate::support::rendezvous::{Meeting, Member, together};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Hooks, Step};
use alloc::format;
use cases::Expected;
use cases::race::Race;
use core::cell::RefCell;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use fastrand::Rng;

/// Schedules where `--sweep` does not say.
const DEFAULT_SCHEDULES: u32 = 64;
/// The most yields before one step.
const YIELDS: u32 = 4;

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

/// Carries out a race in every schedule. What is known to be wrong is convicted of just what is expected: a schedule that
/// shows it may not be among those that were run, but one that shows anything else is a failure.
pub fn carry_out(context: &mut Context<'_>, race: &Race, expected: Expected) -> Conclusion {
    let race = race.with(context.options.variant);
    let findings = sweep(context, &race)?;
    if expected != Expected::Acquitted && findings.is_empty() {
        return Answer::skip("not observed in these schedules");
    }
    findings.conclude(context, &race, expected)
}

/// Runs the schedules; returns what was broken.
fn sweep(context: &mut Context<'_>, race: &Race) -> Result<Findings, Trouble> {
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
            let done = operate(race.software, batch.cell(page), batch.place(page), &yielder);
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
            if let Some(effect) = interfere(race.other, &batch, number % BATCH, true, &yielder, Taking::No) {
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
    Ok(findings)
}
