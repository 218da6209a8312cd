//! Races with what a TLB still holds: CPU 1 has used a page, CPU 0 changes its descriptor.
//!
//! A TLB may hold an entry, and need not: what is wrong without an invalidation is convicted where this machine
//! shows it, and skipped where it does not.

use super::agent::with_agent;
use crate::machine::barriers;
use crate::machine::controls::Management;
use crate::memory::case_space::discharge;
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::batch::Batch;
use crate::support::context::Answer;
use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    AccessEnd, Attempt, Breach, Change, Invalidation, Invariant, Overwrite, Passage, Writes, get_and_clear,
    invalid_stays, make_clean, make_old, no_lost_dirty, progress, tlb,
};
use cases::states::WRITABLE_CLEAN;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Rounds, each on a page of its own.
const ROUNDS: usize = 16;
/// What went wrong, how often.
#[derive(Default)]
struct Tally {
    lost: AtomicU32,
    resurrected: AtomicU32,
    used_after: AtomicU32,
    stale: AtomicU32,
    /// Accesses that did not pass, to a page that was there for all to see.
    refused: AtomicU32,
}

/// What a store left: whether it landed, the descriptor, and what had been taken out.
const fn writes(landed: bool, memory: &[Descriptor], returned_dirty: bool) -> Writes<'_> {
    Writes { landed, attempted: true, memory, returned_dirty, given_up: false }
}

/// The use of a page after it was taken out; with nothing in memory, it is by a TLB's entry.
const fn use_after(removed: &Change) -> Passage {
    let passage = Passage::by_walk(Descriptor::INVALID, false);
    Passage { cached: Some(removed.found), removed: true, ..passage }
}

impl Tally {
    fn add(counter: &AtomicU32, breach: Option<Breach>) {
        counter.fetch_add(u32::from(breach.is_some()), Relaxed);
    }

    /// Counts an access that has to pass: where none does, nothing is lost, and nothing is shown.
    fn expect(&self, passed: bool) {
        let end = if passed { AccessEnd::Passed } else { AccessEnd::Refused };
        Self::add(&self.refused, progress(&Attempt { faults: 0, cap: 0, end }));
    }

    fn tell(&self, context: &mut Context<'_>) {
        context.say(format_args!(
            "{ROUNDS} rounds: {} writes lost, {} descriptors written after they were gone, {} accesses after the \
             end, {} through stale entries before it",
            self.lost.load(Relaxed),
            self.resurrected.load(Relaxed),
            self.used_after.load(Relaxed),
            self.stale.load(Relaxed),
        ));
    }

    fn acquit(&self, context: &mut Context<'_>) -> Conclusion {
        self.tell(context);
        for (counter, invariant) in [
            (&self.lost, Invariant::NoLostDirty),
            (&self.resurrected, Invariant::InvalidStays),
            (&self.used_after, Invariant::Tlb),
            (&self.refused, Invariant::Progress),
        ] {
            if counter.load(Relaxed) > 0 {
                return Answer::fail(format_args!("breaks {invariant}, {} times", counter.load(Relaxed)));
            }
        }
        Ok(Answer::PASS)
    }

    /// Concludes about what is wrong only where a TLB holds what it may hold.
    fn convict(&self, context: &mut Context<'_>, counter: &AtomicU32) -> Conclusion {
        self.tell(context);
        if counter.load(Relaxed) > 0 {
            return Ok(Answer::PASS);
        }
        Answer::skip("not observed: this machine's TLB kept no entry that it may keep")
    }
}

/// What is owed is carried out, or forgotten.
fn owe(owed: Invalidation, forgotten: bool) {
    if !forgotten {
        discharge(owed);
    }
}

/// I11: CPU 1 has written a page; CPU 0 declares it clean; CPU 1 writes again.
fn clean(context: &Context<'_>, forgotten: bool) -> Result<Tally, Trouble> {
    let space = context.space()?;
    let batch = Batch::new(&space, WRITABLE_CLEAN.flags)?;
    let tally = Tally::default();
    with_agent(&space, &batch, Management::FULL, None, |agent| {
        for page in 0..ROUNDS {
            tally.expect(agent.store(page)?.0);
            let change = make_clean(batch.cell(page), batch.place(page));
            owe(change.owed, forgotten);
            let (passed, _) = agent.store(page)?;
            tally.expect(passed);
            barriers::sequence_complete_updates();
            Tally::add(&tally.lost, no_lost_dirty(&writes(passed, &[batch.descriptor(page)], false)));
        }
        Ok(())
    })?;
    Ok(tally)
}

/// I11, the right way.
pub fn clean_with_invalidation(context: &mut Context<'_>) -> Conclusion {
    clean(context, false)?.acquit(context)
}

/// I11, without a TLBI.
pub fn clean_without_invalidation(context: &mut Context<'_>) -> Conclusion {
    let tally = clean(context, true)?;
    tally.convict(context, &tally.lost)
}

/// I14: CPU 1 has read, or written, a page; CPU 0 takes the descriptor out; CPU 1 writes before the invalidation and
/// after it.
fn remove(context: &Context<'_>, forgotten: bool) -> Result<Tally, Trouble> {
    let space = context.space()?;
    let batch = Batch::new(&space, WRITABLE_CLEAN.flags)?;
    let tally = Tally::default();
    with_agent(&space, &batch, Management::FULL, None, |agent| {
        for page in 0..ROUNDS {
            if page % 2 == 0 {
                tally.expect(agent.load(page)?);
            } else {
                tally.expect(agent.store(page)?.0);
            }
            let change = get_and_clear(batch.cell(page), batch.place(page));
            let (before, _) = agent.store(page)?;
            tally.stale.fetch_add(u32::from(before), Relaxed);
            Tally::add(&tally.lost, no_lost_dirty(&writes(before, &[], change.found.is_dirty())));
            owe(change.owed, forgotten);
            let (after, _) = agent.store(page)?;
            Tally::add(&tally.used_after, tlb(&use_after(&change)).filter(|_| after));
            barriers::sequence_complete_updates();
            let left =
                Overwrite { before: Descriptor::INVALID, after: batch.descriptor(page), may_map: false };
            Tally::add(&tally.resurrected, invalid_stays(&left));
        }
        Ok(())
    })?;
    Ok(tally)
}

/// I14, the right way.
pub fn remove_with_invalidation(context: &mut Context<'_>) -> Conclusion {
    remove(context, false)?.acquit(context)
}

/// I14, without a TLBI.
pub fn remove_without_invalidation(context: &mut Context<'_>) -> Conclusion {
    let tally = remove(context, true)?;
    tally.convict(context, &tally.used_after)
}

/// I15: CPU 1 uses a page; CPU 0 ages it as a hint, without an invalidation, and takes it out later.
fn age_then_remove(context: &Context<'_>, skips_old: bool) -> Result<Tally, Trouble> {
    let space = context.space()?;
    let batch = Batch::new(&space, WRITABLE_CLEAN.flags)?;
    let tally = Tally::default();
    with_agent(&space, &batch, Management::FULL, None, |agent| {
        for page in 0..ROUNDS {
            tally.expect(agent.load(page)?);
            // A hint of the page's use: what is owed is dropped on purpose.
            let _ = make_old(batch.cell(page), batch.place(page));
            let change = get_and_clear(batch.cell(page), batch.place(page));
            let skipped = skips_old && !change.found.is_young();
            let gone = use_after(&change);
            owe(change.owed, skipped);
            let passed = agent.load(page)?;
            Tally::add(&tally.used_after, tlb(&gone).filter(|_| passed));
        }
        Ok(())
    })?;
    Ok(tally)
}

/// I15, the right way: an old descriptor may be in a TLB.
pub fn remove_old_with_invalidation(context: &mut Context<'_>) -> Conclusion {
    age_then_remove(context, false)?.acquit(context)
}

/// I15, as before 07509e10dcc7: "old means not in a TLB".
pub fn remove_old_without_invalidation(context: &mut Context<'_>) -> Conclusion {
    let tally = age_then_remove(context, true)?;
    tally.convict(context, &tally.used_after)
}
