//! Reclaim by second chance: ages pages, writes old ones back, takes them out.
//!
//! A victim is declared clean first and written back while it is still mapped; then it is taken out, and written
//! back again if its descriptor says that somebody wrote it meanwhile. So a lost dirty state loses data.

use super::manager::{Manager, Worker};
use super::stop::Stop;
use crate::machine::relax::relax;
use crate::machine::timer;
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Invalidation, get_and_clear, make_clean, make_dirty, make_old};
use arrayvec::ArrayVec;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use swap::{Encoded, EventKind};

/// The most victims of one round.
const BATCH: usize = 64;
/// The most invalidations that are kept back.
const OWED: usize = 128;
/// Rounds without a victim, after which there is no frame to be had.
const PATIENCE: u32 = 1000;
/// Rounds without a victim although the store is full.
const PATIENCE_WITHOUT_SWAP: u32 = 4;

/// A page on its way out; its busy mark is ours.
struct Victim {
    page: u32,
    frame: u32,
    /// Its contents are still to be written back.
    dirty: bool,
}

/// Invalidations that are owed to all CPUs, carried out together.
struct Owed<'a> {
    manager: &'a Manager,
    owed: ArrayVec<Invalidation, OWED>,
}

impl Owed<'_> {
    fn add(&mut self, owed: Invalidation, worker: &mut Worker) {
        if !owed.is_owed() {
            return;
        }
        if self.owed.is_full() {
            self.discharge(worker);
        }
        self.owed.push(owed);
    }

    fn discharge(&mut self, worker: &mut Worker) {
        if self.owed.is_empty() {
            return;
        }
        let started = timer::now();
        self.manager.memory.discharge(&self.owed);
        worker.counts.invalidation_ticks += timer::now() - started;
        worker.counts.invalidations += self.owed.len() as u64;
        worker.counts.batches += 1;
        self.owed.clear();
    }
}

impl Manager {
    fn owed(&self) -> Owed<'_> {
        Owed { manager: self, owed: ArrayVec::new() }
    }

    /// Takes a frame, reclaiming some if none is free.
    pub(super) fn free_frame(&self, worker: &mut Worker) -> Result<u32, Stop> {
        let mut rounds = 0;
        loop {
            if let Some(frame) = self.take_free() {
                return Ok(frame);
            }
            self.go_on()?;
            let (freed, full) = self.reclaim(worker);
            rounds = if freed == 0 { rounds + 1 } else { 0 };
            if full && rounds >= PATIENCE_WITHOUT_SWAP {
                return Err(Stop::OutOfSwap { slots: self.slots });
            }
            if rounds >= PATIENCE {
                return Err(Stop::NoFrame);
            }
            if freed == 0 {
                relax();
            }
        }
    }

    /// Frees frames; returns how many, and whether the store was full.
    fn reclaim(&self, worker: &mut Worker) -> (usize, bool) {
        let mut owed = self.owed();
        let mut victims = ArrayVec::new();
        let wanted = BATCH.min((self.frames as usize / 8).max(1));
        for _ in 0..2 * self.frames {
            let frame = self.hand.fetch_add(1, Relaxed) % self.frames;
            let Some(page) = self.owner(frame) else { continue };
            if !self.take(page) {
                continue;
            }
            if self.frame(page) == Some(frame) {
                match self.give_chance(page, frame, &mut owed, worker) {
                    Some(victim) => victims.push(victim),
                    None => self.release(page),
                }
            } else {
                self.release(page);
            }
            if victims.len() == wanted {
                break;
            }
        }
        owed.discharge(worker);
        self.take_out(victims, worker)
    }

    /// Ages a young page, which then stays; an old one is a victim, and clean from now on.
    fn give_chance(&self, page: u32, frame: u32, owed: &mut Owed<'_>, worker: &mut Worker) -> Option<Victim> {
        let (cell, place) = (self.memory.cell(page), self.memory.place(page));
        let locked = self.table_lock(page);
        // As `test_and_clear_young`, but for the history, which wants what was found.
        let aged = make_old(cell, place);
        if !aged.found.is_young() {
            let victim = self.clean(page, frame, owed, worker);
            drop(locked);
            return Some(victim);
        }
        worker.counts.aged += 1;
        worker.counts.hardware_young += u64::from(self.set_old(page, true));
        owed.add(aged.owed, worker);
        self.record(page, EventKind::Aged, worker, (aged.found, aged.left));
        if self.crowded.load(Relaxed)
            && let Some(slot) = self.slot(page)
        {
            // The store needs the room more than this page needs its copy.
            owed.add(make_dirty(cell, place).owed, worker);
            self.set_slot(page, None);
            self.with_store(|store| store.release(slot));
        }
        drop(locked);
        None
    }

    fn clean(&self, page: u32, frame: u32, owed: &mut Owed<'_>, worker: &mut Worker) -> Victim {
        let change = make_clean(self.memory.cell(page), self.memory.place(page));
        let dirty = change.found.is_dirty();
        if dirty {
            worker.counts.cleaned += 1;
            worker.counts.hardware_dirty += u64::from(!change.found.is_software_dirty());
            self.record(page, EventKind::Cleaned, worker, (change.found, change.left));
        }
        owed.add(change.owed, worker);
        Victim { page, frame, dirty }
    }

    /// Writes victims back, takes them out, and frees their frames; returns how many, and whether the store was
    /// full.
    fn take_out(&self, victims: ArrayVec<Victim, BATCH>, worker: &mut Worker) -> (usize, bool) {
        let mut full = false;
        let mut owed = self.owed();
        let mut out: ArrayVec<(Victim, Descriptor), BATCH> = ArrayVec::new();
        for victim in victims {
            let (page, cell) = (victim.page, self.memory.cell(victim.page));
            if victim.dirty && !self.write_back(&victim, worker) {
                full = true;
                let locked = self.table_lock(page);
                owed.add(make_dirty(cell, self.memory.place(page)).owed, worker);
                drop(locked);
                self.release(page);
                continue;
            }
            let locked = self.table_lock(page);
            let change = get_and_clear(cell, self.memory.place(page));
            self.record(page, EventKind::Unmapped, worker, (change.found, change.left));
            drop(locked);
            owed.add(change.owed, worker);
            out.push((victim, change.found));
        }
        owed.discharge(worker);
        let mut freed = 0;
        for (victim, found) in out {
            let page = victim.page;
            if found.is_dirty() {
                worker.counts.hardware_dirty += u64::from(!found.is_software_dirty());
                if !self.write_back(&victim, worker) {
                    full = true;
                    self.memory.cell(page).store(found.0, Release);
                    self.record(page, EventKind::PutBack, worker, (Descriptor::INVALID, found));
                    self.release(page);
                    continue;
                }
            }
            worker.counts.swapped_out += 1;
            worker.counts.dropped += u64::from(!victim.dirty && !found.is_dirty());
            self.set_frame(page, None);
            self.give_back(victim.frame);
            self.release(page);
            freed += 1;
        }
        (freed, full)
    }

    /// Puts a victim's contents into the store; returns false if it is full.
    fn write_back(&self, victim: &Victim, worker: &mut Worker) -> bool {
        let Some(contents) = self.memory.frames().contents(victim.frame) else { return false };
        let started = timer::now();
        let encoded = worker.scratch.encode(contents);
        let old = self.slot(victim.page);
        let slot = self.with_store(|store| {
            let slot = old.or_else(|| store.take())?;
            if store.put(slot, encoded, &worker.scratch) {
                return Some(slot);
            }
            store.release(slot);
            None
        });
        worker.counts.store_ticks += timer::now() - started;
        self.set_slot(victim.page, slot);
        if slot.is_none() {
            return false;
        }
        let counts = &mut worker.counts;
        counts.written_back += 1;
        counts.compressed_bytes += u64::from(encoded.bytes());
        match encoded {
            Encoded::Same(_) => counts.same += 1,
            Encoded::Compressed(_) => counts.compressed += 1,
            Encoded::Raw => counts.raw += 1,
        }
        let now = Descriptor(self.memory.cell(victim.page).load(Relaxed));
        self.record(victim.page, EventKind::WrittenBack, worker, (now, now));
        true
    }

    /// Ages a page now, if it is mapped.
    pub fn age(&self, page: u32, worker: &mut Worker) {
        let mut owed = self.owed();
        let cell = self.memory.cell(page);
        let locked = self.table_lock(page);
        let aged = make_old(cell, self.memory.place(page));
        if aged.found.is_valid() && aged.found.is_young() {
            worker.counts.aged += 1;
            self.set_old(page, true);
            self.record(page, EventKind::Aged, worker, (aged.found, aged.left));
        }
        owed.add(aged.owed, worker);
        drop(locked);
        owed.discharge(worker);
    }

    /// Takes a page out now, if it is mapped and nobody else is at it.
    pub fn evict(&self, page: u32, worker: &mut Worker) {
        if !self.take(page) {
            return;
        }
        match self.frame(page) {
            Some(frame) if Descriptor(self.memory.cell(page).load(Acquire)).is_valid() => {
                let mut owed = self.owed();
                let victim = {
                    let _locked = self.table_lock(page);
                    self.clean(page, frame, &mut owed, worker)
                };
                owed.discharge(worker);
                self.take_out(ArrayVec::from_iter([victim]), worker);
            }
            _ => self.release(page),
        }
    }
}
