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
use litmus::Test;
use litmus::verdict::Histogram;

/// How often the threads are placed anew.
const PLACEMENTS: usize = 8;

/// Runs a test until it has so many outcomes, and counts them. Returns how long the threads took.
pub fn run(
    mapped: &LitmusSpace<'_>,
    test: &Test,
    seed: u64,
    online: usize,
    outcomes: usize,
    histogram: &mut Histogram<'_>,
) -> Result<Duration, Trouble> {
    let mut random = Rng::with_seed(seed);
    let batches = outcomes.div_ceil(INSTANCES);
    let placements = PLACEMENTS.min(batches);
    let started = timer::now();
    for number in 0..placements {
        let share = batches * (number + 1) / placements - batches * number / placements;
        let mut chosen: Vec<usize> = (0..online).collect();
        random.shuffle(&mut chosen);
        chosen.truncate(test.threads.len());
        let counts = place(mapped, test, &chosen, &Batches::new(mapped, test, share, random.u64(..)))?;
        counts.iter().for_each(|(state, count)| histogram.add(state, *count));
    }
    Ok(timer::frequency().duration(timer::now().saturating_sub(started)))
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
