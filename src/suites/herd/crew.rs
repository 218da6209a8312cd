//! The CPUs of a test: its threads placed by the seed, again and again.

use super::INSTANCES;
use super::batch::{Batches, Counts};
use crate::machine::cpus::{self, Placement};
use crate::machine::lock::Lock;
use crate::machine::per_cpu::CpuIndex;
use crate::machine::timer;
use crate::memory::litmus_space::LitmusSpace;
use crate::support::Trouble;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;
use fastrand::Rng;
use litmus::verdict::Histogram;
use litmus::{FinalState, Test};

/// How often the threads are placed anew.
const PLACEMENTS: usize = 8;

/// Threads placed once, and the batches that they run there; the seed decides everything else.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// The seed.
    pub seed: u64,
    /// Batches of [`INSTANCES`] outcomes.
    pub batches: usize,
}

/// Schedules that come to so many outcomes, or a few more, in a few placements.
pub fn schedules_of(seed: u64, outcomes: usize) -> impl Iterator<Item = Schedule> {
    let batches = outcomes.div_ceil(INSTANCES);
    let placements = PLACEMENTS.min(batches);
    let mut random = Rng::with_seed(seed);
    (0..placements).map(move |number| Schedule {
        seed: random.u64(..),
        batches: batches * (number + 1) / placements - batches * number / placements,
    })
}

/// Schedules of one batch each, whose seeds follow each other.
pub fn sweep(first: u64, schedules: u32) -> impl Iterator<Item = Schedule> {
    (0..u64::from(schedules)).map(move |number| Schedule { seed: first.wrapping_add(number), batches: 1 })
}

/// What the schedules of a test came to.
#[derive(Debug)]
pub struct Ran {
    /// How long the threads took.
    pub spent: Duration,
    /// Each state with the seed of the first schedule that showed it.
    pub first_seen: Vec<(FinalState, u64)>,
}

/// Runs a test in each schedule, and counts its outcomes.
pub fn run(
    mapped: &LitmusSpace<'_>,
    test: &Test,
    online: usize,
    schedules: impl Iterator<Item = Schedule>,
    histogram: &mut Histogram<'_>,
) -> Result<Ran, Trouble> {
    let mut first_seen: Vec<(FinalState, u64)> = Vec::new();
    let started = timer::now();
    for Schedule { seed, batches } in schedules {
        let mut random = Rng::with_seed(seed);
        let mut chosen: Vec<usize> = (0..online).collect();
        random.shuffle(&mut chosen);
        chosen.truncate(test.threads.len());
        let counts = place(mapped, test, &chosen, &Batches::new(mapped, test, batches, random.u64(..)))?;
        for (state, count) in counts {
            histogram.add(&state, count);
            if first_seen.iter().all(|(known, _)| *known != state) {
                first_seen.push((state, seed));
            }
        }
    }
    let spent = timer::frequency().duration(timer::now().saturating_sub(started));
    Ok(Ran { spent, first_seen })
}

/// Runs the batches, each thread on the CPU that was chosen for it.
fn place(
    mapped: &LitmusSpace<'_>,
    test: &Test,
    chosen: &[usize],
    batches: &Batches<'_>,
) -> Result<Counts, Trouble> {
    let result: Lock<(Option<Trouble>, Counts)> = Lock::new((None, Counts::new()));
    let works: Vec<Box<dyn Fn() + Sync + '_>> = (0..test.threads.len())
        .map(|thread| {
            let result = &result;
            let work = move || match batches.run(thread) {
                Ok(counts) => result.lock().1.extend(counts),
                Err(trouble) => {
                    result.lock().0.get_or_insert(trouble);
                }
            };
            Box::new(work) as Box<dyn Fn() + Sync + '_>
        })
        .collect();
    let placements: Vec<Placement<'_>> = works
        .iter()
        .enumerate()
        .map(|(thread, work)| Placement {
            cpu: CpuIndex(chosen[thread]),
            settings: mapped.settings(thread),
            work: &**work,
        })
        .collect();
    for (placement, ended) in placements.iter().zip(cpus::on_each(&placements)) {
        ended.map_err(|_| Trouble::Abandoned(placement.cpu))?;
    }
    let (trouble, counts) = core::mem::take(&mut *result.lock());
    trouble.map_or(Ok(counts), Err)
}
