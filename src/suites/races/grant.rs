//! Races with what a TLB still holds, where a permission is granted or a control toggled; and the Access flag that
//! hardware may set by itself.

use super::agent::with_agent;
use crate::machine::barriers;
use crate::machine::controls::{Controls, Management};
use crate::memory::case_space::{CaseSpace, discharge};
use crate::probe::{ProbeReport, Stub};
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::batch::{Batch, landed};
use crate::support::context::Answer;
use crate::support::handler::{Chosen, Handler, Resolve};
use afdbm::descriptor::Level;
use afdbm::fault::{Fault, FaultStatus};
use afdbm::operations::{Change, Closed, Handled, Invalidation, Place, make_dirty, make_old, make_writable};
use cases::states::{READ_ONLY, WRITABLE_CLEAN};
use core::sync::atomic::AtomicU64;

/// Rounds, each on a page of its own.
const ROUNDS: usize = 16;

/// A fault handler that forgets the invalidation where it finds nothing to change.
struct Forgetful<R>(R);

impl<R: Resolve> Resolve for Forgetful<R> {
    fn resolve(&self, fault: &Fault, cell: &AtomicU64, place: Place) -> Handled {
        match self.0.resolve(fault, cell, place) {
            Handled::Spurious(change) => {
                Handled::Spurious(Change { owed: Invalidation::none(place), ..change })
            }
            other => other,
        }
    }
}

/// I16: CPU 1 holds a read-only entry; CPU 0 grants the write and invalidates for itself alone. Returns how many
/// faults CPU 1's store took in all, and whether it always passed.
fn grant(space: &CaseSpace, resolve: impl Resolve) -> Result<(u32, bool), Trouble> {
    let batch = Batch::new(space, READ_ONLY.flags)?;
    let handler = Handler::new(space, resolve);
    with_agent(space, &batch, Management::NONE, Some(&handler), |agent| {
        let (mut most, mut all) = (0, true);
        for page in 0..ROUNDS {
            agent.load(page)?;
            discharge(make_writable(batch.cell(page), batch.place(page)).owed);
            discharge(make_dirty(batch.cell(page), batch.place(page)).owed);
            handler.clear();
            let (passed, faults) = agent.store(page)?;
            most = most.max(faults);
            all &= passed;
        }
        Ok((most, all))
    })
}

/// I16, with a handler that invalidates locally.
pub fn grant_with_local_invalidation(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let ours = context.ours();
    let (faults, passed) = grant(&space, Chosen::new(ours, Closed))?;
    context.say(format_args!("the store of the other CPU took {faults} fault(s); 1 is permitted"));
    match (faults, passed) {
        (0 | 1, true) => Ok(Answer::PASS),
        _ => Answer::fail(format_args!("{faults} faults, 1 permitted; passed: {passed} (invariant 5)")),
    }
}

/// I16, with a handler that does not.
pub fn grant_with_forgetful_handler(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let ours = context.ours();
    let (faults, passed) = grant(&space, Forgetful(Chosen::new(ours, Closed)))?;
    match (faults, passed) {
        (0, _) => Answer::skip("not observed: no store faulted on a stale read-only entry"),
        (_, false) => Ok(Answer::PASS),
        (_, true) => Answer::skip("not observed: the stale read-only entry went by itself"),
    }
}

/// I20: CPU 0 clears AF, with an invalidation; hardware may set it again without an access.
pub fn access_flag_reappears(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let batch = Batch::new(&space, WRITABLE_CLEAN.flags)?;
    let again = with_agent(&space, &batch, Management::FULL, None, |agent| {
        let mut again = 0;
        for page in 0..ROUNDS {
            agent.load(page)?;
            discharge(make_old(batch.cell(page), batch.place(page)).owed);
            // The neighbours' walks invite a prefetch of this one.
            agent.load(page + 1)?;
            agent.load(page + 2)?;
            barriers::sequence_complete_updates();
            again += u32::from(batch.descriptor(page).is_young());
        }
        Ok(again)
    })?;
    match again {
        0 => Answer::skip("not observed: AF stayed 0 until the next access"),
        _ => {
            context.say(format_args!("AF was set again without an access {again} times of {ROUNDS}"));
            Ok(Answer::PASS)
        }
    }
}

/// I22: HD is toggled on one CPU, with ISB and local TLBI: what follows obeys the new value.
pub fn toggle(context: &mut Context<'_>) -> Conclusion {
    let space = context.space()?;
    let batch = Batch::new(&space, WRITABLE_CLEAN.flags)?;
    let store = |management: Management, page: usize| -> ProbeReport {
        let _controls = Controls::apply(&space.settings(management));
        let _ = batch.access(page, Stub::Load, None);
        batch.access(page, Stub::Store, None)
    };
    for page in 0..ROUNDS {
        batch.set(page, batch.start(page));
        let refused = store(Management::ACCESS_FLAG, page);
        let status = refused.fault.map(|fault| fault.syndrome.status());
        if status != Some(FaultStatus::Permission(Level::L3)) {
            return Answer::fail(format_args!(
                "HD=0: {} with {status:?}, a Permission fault expected",
                refused.ending
            ));
        }
        if !landed(&store(Management::FULL, page)) {
            return Answer::fail("HD=1 again: the store does not pass (row A09)");
        }
    }
    Ok(Answer::PASS)
}
