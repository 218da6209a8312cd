//! The fault handler: demand-zero, swap-in, and what it leaves to a variant of set_access_flags.

use super::manager::{Manager, Worker};
use super::stop::Stop;
use crate::machine::relax::relax;
use crate::machine::{barriers, timer};
use crate::memory::case_space::discharge;
use crate::probe::FAULT_CAP;
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, FaultStatus};
use afdbm::operations::{Closed, Handled, Outcome, Refusal, Scope};
use afdbm::stage::Stage;
use core::sync::atomic::Ordering::{Acquire, Release};
use history::Selection;
use swap::EventKind;

/// The flags of a page that reads brought in: young, writable-clean.
const CLEAN: u64 = Descriptor::VALID
    | Descriptor::TABLE_OR_PAGE
    | Descriptor::NG
    | Descriptor::PXN
    | Descriptor::UXN
    | Descriptor::AP1
    | Stage::One.dirty_bit().clean()
    | Descriptor::DBM
    | Descriptor::AF;
/// The flags of a page that a write brought in: young, writable-dirty.
const DIRTY: u64 = CLEAN & !Stage::One.dirty_bit().mask() | Descriptor::SOFTWARE_DIRTY;

impl Manager {
    /// Handles a fault of a thread at EL0; the access is then to be made again.
    ///
    /// # Errors
    ///
    /// [`Stop`], where it must not be.
    pub fn fault(&self, fault: &Fault, worker: &mut Worker) -> Result<(), Stop> {
        let started = timer::now();
        let ended = self.resolve(fault, worker);
        worker.counts.fault_ticks += timer::now() - started;
        ended
    }

    fn resolve(&self, fault: &Fault, worker: &mut Worker) -> Result<(), Stop> {
        let unexpected = Stop::Unexpected(*fault, None);
        let page = self.memory.page(fault.address).ok_or(unexpected)?;
        let absent = match fault.syndrome.status() {
            FaultStatus::Translation(_) => true,
            FaultStatus::AccessFlag(_) | FaultStatus::Permission(_) => false,
            _ => return Err(unexpected),
        };
        if let Some(window) = &self.window {
            window.at_fault(worker.cpu, page, fault)?;
        }
        let cell = self.memory.cell(page);
        loop {
            self.go_on()?;
            if Descriptor(cell.load(Acquire)).is_valid()
                && self.resolve_mapped(fault, page, absent, worker)?
            {
                return Ok(());
            }
            if !self.take(page) {
                // Another CPU brings the page in, or takes it out: a bounded piece of work.
                relax();
                continue;
            }
            if Descriptor(cell.load(Acquire)).is_valid() {
                self.release(page);
                continue;
            }
            let ended = self.bring_in(page, fault.syndrome.write(), worker);
            self.release(page);
            return ended;
        }
    }

    /// Has the variant resolve a fault on a mapped page; returns false if the page was taken out meanwhile.
    ///
    /// A fault that was taken when the page was absent finds it mapped by another CPU: the entry is built and
    /// recorded just so (scenario 2 of the report's patch).
    fn resolve_mapped(
        &self,
        fault: &Fault,
        page: u32,
        absent: bool,
        worker: &mut Worker,
    ) -> Result<bool, Stop> {
        let (cell, place) = (self.memory.cell(page), self.memory.place(page));
        let write = fault.syndrome.write();
        let locked = (self.variant != Selection::LockFree).then(|| self.table_lock(page));
        let change = if absent {
            let snapshot = Descriptor(cell.load(Acquire));
            if !snapshot.is_valid() {
                return Ok(false);
            }
            let write = write && snapshot.is_writable();
            let entry = self.variant.build_entry(place.stage(), snapshot, write);
            if let Some(window) = &self.window {
                window.after_snapshot(worker.cpu, page)?;
            }
            let change = self.variant.set_access_flags(cell, entry, write, place);
            let owed = if change.outcome == Outcome::Changed {
                change.owed
            } else {
                change.owed.widen(Scope::ThisCpu)
            };
            afdbm::operations::Change { owed, ..change }
        } else {
            match self.variant.handle_fault(fault, cell, place, &Closed) {
                Handled::Resolved(change) | Handled::Spurious(change) => change,
                Handled::NotOurs(Refusal::NoLeaf(_)) => return Ok(false),
                Handled::NotOurs(refusal) => return Err(Stop::Unexpected(*fault, Some(refusal))),
            }
        };
        if !change.left.is_valid() {
            return Ok(false);
        }
        discharge(change.owed);
        let counts = &mut worker.counts;
        let (kind, counter) = match (absent, fault.syndrome.status(), write) {
            (true, _, false) => (EventKind::SecondRead, &mut counts.second_faults),
            (true, _, true) => (EventKind::SecondWrite, &mut counts.second_faults),
            (false, FaultStatus::Permission(_), _) => {
                (EventKind::PermissionFault, &mut counts.permission_faults)
            }
            (false, _, false) => (EventKind::ReadFault, &mut counts.read_faults),
            (false, _, true) => (EventKind::WriteFault, &mut counts.write_faults),
        };
        *counter += 1;
        counts.spurious += u64::from(change.outcome != Outcome::Changed);
        self.set_old(page, false);
        self.record(page, kind, worker, (change.found, change.left));
        drop(locked);
        self.count_repetition(page, fault, worker)?;
        Ok(true)
    }

    /// Counts the faults of one access; the thread sets the count back when the access has been made.
    fn count_repetition(&self, page: u32, fault: &Fault, worker: &mut Worker) -> Result<(), Stop> {
        let write = fault.syndrome.write();
        let (last, kind, times) = worker.repeated;
        let times = if (last, kind) == (page, write) { times + 1 } else { 1 };
        worker.repeated = (page, write, times);
        if times < FAULT_CAP {
            return Ok(());
        }
        Err(Stop::FaultLoop { page, fault: *fault, times })
    }

    /// Maps a page that is busy and absent.
    fn bring_in(&self, page: u32, write: bool, worker: &mut Worker) -> Result<(), Stop> {
        worker.repeated = (0, false, 0);
        let frame = self.free_frame(worker)?;
        let (kind, flags) = match self.fill(page, frame, write, worker) {
            Ok(filled) => filled,
            Err(stop) => {
                self.give_back(frame);
                return Err(stop);
            }
        };
        let descriptor = self.memory.descriptor(frame, flags).ok_or(Stop::NoFrame)?;
        {
            let _locked = self.table_lock(page);
            self.set_frame(page, Some(frame));
            self.set_old(page, false);
            self.memory.cell(page).store(descriptor.0, Release);
        }
        barriers::sequence_publish_descriptor();
        self.record(page, kind, worker, (Descriptor::INVALID, descriptor));
        Ok(())
    }

    /// Fills the frame of a page, and tells with which flags it is to be mapped.
    fn fill(
        &self,
        page: u32,
        frame: u32,
        write: bool,
        worker: &mut Worker,
    ) -> Result<(EventKind, u64), Stop> {
        let contents = self.memory.frames().contents(frame).ok_or(Stop::NoFrame)?;
        let flags = if write { DIRTY } else { CLEAN };
        let Some(slot) = self.slot(page) else {
            worker.counts.demand_zero += 1;
            contents.iter().for_each(|word| word.store(0, core::sync::atomic::Ordering::Relaxed));
            return Ok((EventKind::DemandZero, flags));
        };
        worker.counts.swapped_in += 1;
        let started = timer::now();
        // A page about to be written needs no copy in the store; where the store is crowded, none does, and then
        // the page has to count as dirty.
        let drop_copy = write || self.crowded.load(Acquire);
        let encoded = self.with_store(|store| {
            let encoded = store.fetch(slot, &mut worker.scratch);
            if drop_copy {
                store.release(slot);
            }
            encoded
        });
        let encoded = encoded.ok_or(Stop::Damaged(page))?;
        worker.scratch.decode(encoded, contents).map_err(|_| Stop::Damaged(page))?;
        worker.counts.store_ticks += timer::now() - started;
        if drop_copy {
            self.set_slot(page, None);
        }
        Ok((EventKind::SwapIn, if drop_copy { DIRTY } else { flags }))
    }
}
