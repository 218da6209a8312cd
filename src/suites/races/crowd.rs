//! A crowd of unlike agents: CPUs with (HA, HD) = 00, 11, 10 in turn, all on the same pages at EL1, each with the
//! fault handler for what its own hardware does not manage.

use crate::machine::controls::Management;
use crate::machine::cpus;
use crate::machine::lock::Lock;
use crate::probe::{Ending, FaultHandler, Stub};
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::batch::{BATCH, Batch, Order, marked};
use crate::support::findings::Findings;
use crate::support::handler::{Chosen, Handler, Locked};
use crate::support::race::histogram::{Histogram, RoundOutcome};
use crate::support::race::interleaving::{Done, Effect};
use crate::support::race::round_evidence::{Broken, Round};
use crate::support::rendezvous::{Meeting, Member, together};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    AccessEnd, Attempt, Closed, Grant, Rewrite, Transition, Writes, encoding, monotone,
    no_invented_permission, no_lost_dirty, no_over_dirty, progress,
};
use alloc::format;
use alloc::vec::Vec;
use cases::states::WRITABLE_CLEAN;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use fastrand::Rng;
use history::Selection;

/// Rounds where `--rounds` does not say.
const DEFAULT_ROUNDS: u32 = 512;
/// The most descriptors between two meetings.
const MOST: usize = 8 * BATCH;
/// The most CPUs that take part.
const CPUS: usize = 8;
/// What each CPU manages, in turn.
const MANAGEMENT: [Management; 3] = [Management::NONE, Management::FULL, Management::ACCESS_FLAG];

/// What the CPUs leave for the judge.
struct Notes {
    written: Vec<AtomicBool>,
    accesses: AtomicU32,
    faults: AtomicU32,
    /// Accesses that did not pass.
    stuck: AtomicU32,
}

/// Ours, under the lock that it relies on.
pub fn with_ours(context: &mut Context<'_>) -> Conclusion {
    let ours = context.ours();
    run(context, ours, true)
}

/// The lock-free form, without one.
pub fn with_lock_free(context: &mut Context<'_>) -> Conclusion {
    run(context, Selection::LockFree, false)
}

fn run(context: &mut Context<'_>, selection: Selection, locked: bool) -> Conclusion {
    let rounds = context.options.rounds.map_or(DEFAULT_ROUNDS, |rounds| rounds.get());
    let size = (rounds as usize).next_power_of_two().clamp(BATCH, MOST);
    let batches = (rounds as usize).div_ceil(size);
    let cpus = cpus::online().min(CPUS);
    let space = context.space()?;
    let batch = Batch::of(size, &space, WRITABLE_CLEAN.old().flags)?;
    let (meeting, lock) = (Meeting::new(cpus), Lock::new(()));
    let notes = Notes {
        written: (0..size).map(|_| AtomicBool::new(false)).collect(),
        accesses: AtomicU32::new(0),
        faults: AtomicU32::new(0),
        stuck: AtomicU32::new(0),
    };
    let judged = Lock::new((Findings::default(), Histogram::default()));
    let seed = context.seed;
    let work = |lane: usize| -> Result<(), Trouble> {
        let free = Handler::new(&space, Chosen::new(selection, Closed));
        let guarded = Handler::new(&space, Locked::new(&lock, Chosen::new(selection, Closed)));
        let handler: &dyn FaultHandler = if locked { &guarded } else { &free };
        let mut order = Order::new(size, seed, lane as u64);
        let mut random = Rng::with_seed(seed.wrapping_add(lane as u64));
        for _ in 0..batches {
            if lane == 0 {
                batch.reset();
            }
            meeting.meet()?;
            order.draw();
            for position in 0..size {
                // Half of the pages are only read, by everybody.
                let page = order.page(position);
                let stub = if page.is_multiple_of(2) && random.bool() { Stub::Store } else { Stub::Load };
                one_access(&batch, page, stub, handler, &notes);
            }
            meeting.meet()?;
            if lane == 0 {
                let mut judged = judged.lock();
                let (findings, histogram) = &mut *judged;
                judge_pages(&batch, &notes, findings, histogram);
            }
        }
        Ok(())
    };
    let works: Vec<_> = (0..cpus)
        .map(|lane| {
            (MANAGEMENT[lane % 3], {
                let work = &work;
                move || work(lane)
            })
        })
        .collect();
    let members: Vec<Member<'_>> =
        works.iter().map(|(management, work)| Member { management: *management, work }).collect();
    together(&space, &members)?;
    let lock = if locked { "under the lock" } else { "without a lock" };
    context.say(format_args!(
        "{selection} {lock}: {cpus} CPUs with (HA, HD) = 00, 11, 10 in turn; {} accesses, {} faults",
        notes.accesses.load(Relaxed),
        notes.faults.load(Relaxed)
    ));
    let (mut findings, histogram) = core::mem::take(&mut *judged.lock());
    histogram.tell(context);
    let stuck = notes.stuck.load(Relaxed);
    let end = if stuck > 0 { AccessEnd::Refused } else { AccessEnd::Passed };
    if let Some(breach) = progress(&Attempt { faults: 0, cap: 0, end }) {
        findings.note(breach.invariant(), || format!("{stuck} accesses did not pass"));
    }
    findings.acquit(context, &selection)
}

fn one_access(batch: &Batch<'_>, page: usize, stub: Stub, handler: &dyn FaultHandler, notes: &Notes) {
    batch.forget(page);
    let seen = batch.access(page, stub, Some(handler));
    notes.accesses.fetch_add(1, Relaxed);
    notes.faults.fetch_add(seen.faults, Relaxed);
    match (seen.ending, stub) {
        (Ending::Returned, Stub::Store) => notes.written[page].store(true, Relaxed),
        (Ending::Returned, _) => {}
        _ => {
            notes.stuck.fetch_add(1, Relaxed);
        }
    }
}

/// Gathers the evidence of every page of a batch, when all accesses are over.
fn judge_pages(batch: &Batch<'_>, notes: &Notes, findings: &mut Findings, histogram: &mut Histogram) {
    for page in 0..notes.written.len() {
        let (before, after) = (batch.start(page), batch.descriptor(page));
        let landed = notes.written[page].swap(false, Relaxed);
        let mut broken = Broken::default();
        let memory = &[after];
        let writes = Writes { landed, attempted: landed, memory, returned_dirty: false, given_up: false };
        broken.add(no_lost_dirty(&writes));
        broken.add(no_over_dirty(&writes));
        broken.add(encoding(&Rewrite { before, after, by_hardware: false }));
        // Every CPU has accessed the page.
        let recorded = if landed { marked(before) } else { before.with(Descriptor::AF) };
        broken.add(monotone(&Transition { before: recorded, after, taken_back: 0 }));
        broken.add(no_invented_permission(&Grant {
            before,
            after,
            asks_writable: false,
            asks_dirty: landed,
            authorised: true,
        }));
        for invariant in broken.iter() {
            findings.note(invariant, || format!("{before} to {after}, written: {landed}"));
        }
        let software = Done { changed: false, found: before };
        let other = Effect { landed, done: Done::default() };
        histogram.add(RoundOutcome::of(&Round { before, software, other, after }), broken);
    }
}
