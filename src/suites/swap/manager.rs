//! A small memory manager: anonymous pages over fewer frames, and a compressed store for the rest.
//!
//! Whoever takes a page's busy mark (Linux: the folio's lock) may bring it in or take it out; whoever changes a live
//! descriptor holds the lock of its table (Linux: the page-table lock), but for a variant that needs none.

use super::counts::Counts;
use super::stop::Stop;
use super::store_memory::StoreMemory;
use super::window::Window;
use crate::machine::lock::{Lock, Locked};
use crate::machine::watchdog;
use crate::memory::anonymous::{Anonymous, PAGES_OF_TABLE};
use crate::memory::cells::Cells;
use crate::suites::Trouble;
use afdbm::descriptor::Descriptor;
use afdbm::tables::TableError;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use history::Selection;
use swap::{EventKind, HISTORY_WORDS, History, Plan, Scratch, Slot, Store};

/// A page's first word: somebody brings it in or takes it out.
const BUSY: u64 = 1 << 63;
/// A page's first word: reclaim has cleared the Access flag, and no fault has set it since.
const OLD: u64 = 1 << 62;
/// A page's first word: its slot plus 1.
const SLOT: u64 = (1 << 28) - 1;
/// A page's first word: its frame plus 1 stands from this bit on.
const FRAME_SHIFT: u32 = 28;
const FRAME: u64 = SLOT << FRAME_SHIFT;
/// A frame's word: it is free, and the rest leads to the next.
const FREE: u64 = 1 << 63;
/// Words of a page.
const PAGE_RECORD: usize = 1 + HISTORY_WORDS;

/// The frames that no page has.
#[derive(Debug)]
struct FreeFrames {
    /// The first of those given back, plus 1.
    head: u32,
    /// Those below have been used.
    untouched: u32,
}

/// What a thread needs while it is in the manager.
#[derive(Debug)]
pub struct Worker {
    /// Its CPU.
    pub cpu: u8,
    /// Room for one page.
    pub scratch: Box<Scratch>,
    /// What it has counted.
    pub counts: Counts,
    /// The page and kind of its last fault on a mapped page, and how often in a row.
    pub(super) repeated: (u32, bool, u32),
}

impl Worker {
    /// A thread on this CPU.
    pub fn new(cpu: usize) -> Self {
        Self {
            cpu: u8::try_from(cpu).expect("a CPU's number has 8 bits"),
            scratch: Box::default(),
            counts: Counts::default(),
            repeated: (0, false, 0),
        }
    }
}

/// The manager of one address space.
#[derive(Debug)]
pub struct Manager {
    /// The pages and frames.
    pub memory: Anonymous,
    /// How faults on mapped pages are resolved.
    pub variant: Selection,
    /// Where two CPUs are made to fault on one page at once.
    pub window: Option<Window>,
    pub(super) frames: u32,
    pub(super) slots: u32,
    /// Where reclaim looks next.
    pub(super) hand: AtomicU32,
    /// More than half of the store is in use.
    pub(super) crowded: AtomicBool,
    records: Cells,
    owners: Cells,
    free: Lock<FreeFrames>,
    store: Lock<Store<StoreMemory>>,
    locks: Vec<Lock<()>>,
    stopped: AtomicBool,
    finding: Lock<Option<Stop>>,
    totals: Lock<Counts>,
}

impl Manager {
    /// Makes a manager with these sizes.
    ///
    /// # Errors
    ///
    /// [`Trouble::Table`] for want of memory.
    pub fn new(plan: &Plan, variant: Selection) -> Result<Self, Trouble> {
        let cells = |count: usize| Cells::new(count).map_err(|_| TableError::OutOfFrames);
        let store = StoreMemory::new(plan.slots)?;
        Ok(Self {
            memory: Anonymous::new(plan.pages, plan.frames)?,
            variant,
            window: None,
            frames: plan.frames,
            slots: plan.slots,
            hand: AtomicU32::new(0),
            crowded: AtomicBool::new(false),
            records: cells(plan.pages as usize * PAGE_RECORD)?,
            owners: cells(plan.frames as usize)?,
            free: Lock::new(FreeFrames { head: 0, untouched: 0 }),
            store: Lock::new(Store::new(store, plan.slots)),
            locks: (0..plan.pages.div_ceil(PAGES_OF_TABLE)).map(|_| Lock::new(())).collect(),
            stopped: AtomicBool::new(false),
            finding: Lock::new(None),
            totals: Lock::new(Counts::default()),
        })
    }

    fn state(&self, page: u32) -> &AtomicU64 {
        &self.records.record(page as usize, PAGE_RECORD)[0]
    }

    /// The page's last events.
    pub fn history(&self, page: u32) -> History<'_> {
        History::new(&self.records.record(page as usize, PAGE_RECORD)[1..])
    }

    /// Adds an event to a page's history: the descriptors that it found and left.
    pub(super) fn record(
        &self,
        page: u32,
        kind: EventKind,
        worker: &Worker,
        change: (Descriptor, Descriptor),
    ) {
        self.history(page).add(kind, worker.cpu, change.0, change.1);
    }

    /// Takes the lock of the table that has the page.
    pub(super) fn table_lock(&self, page: u32) -> Locked<'_, ()> {
        self.locks[(page / PAGES_OF_TABLE) as usize].lock()
    }

    /// Takes the page's busy mark, if nobody has it.
    pub(super) fn take(&self, page: u32) -> bool {
        self.state(page).fetch_or(BUSY, Acquire) & BUSY == 0
    }

    /// Gives the busy mark back.
    pub(super) fn release(&self, page: u32) {
        self.state(page).fetch_and(!BUSY, Release);
    }

    /// The slot of a page that is busy.
    pub(super) fn slot(&self, page: u32) -> Option<Slot> {
        let slot = self.state(page).load(Relaxed) & SLOT;
        u32::try_from(slot).ok()?.checked_sub(1).map(Slot)
    }

    pub(super) fn set_slot(&self, page: u32, slot: Option<Slot>) {
        self.state(page).fetch_and(!SLOT, Relaxed);
        self.state(page).fetch_or(slot.map_or(0, |slot| u64::from(slot.0) + 1), Relaxed);
    }

    /// The frame of a page that is busy.
    pub(super) fn frame(&self, page: u32) -> Option<u32> {
        let frame = (self.state(page).load(Relaxed) & FRAME) >> FRAME_SHIFT;
        u32::try_from(frame).ok()?.checked_sub(1)
    }

    pub(super) fn set_frame(&self, page: u32, frame: Option<u32>) {
        if let Some(frame) = frame {
            self.owners.word(frame as usize).store(u64::from(page) + 1, Release);
        }
        self.state(page).fetch_and(!FRAME, Relaxed);
        self.state(page).fetch_or(frame.map_or(0, |frame| u64::from(frame) + 1) << FRAME_SHIFT, Relaxed);
    }

    /// Marks the page as aged, or as young again by a fault; returns whether it was aged.
    pub(super) fn set_old(&self, page: u32, old: bool) -> bool {
        let before = match old {
            true => self.state(page).fetch_or(OLD, Relaxed),
            false => self.state(page).fetch_and(!OLD, Relaxed),
        };
        before & OLD != 0
    }

    /// The page that has a frame, as far as can be told without its busy mark.
    pub(super) fn owner(&self, frame: u32) -> Option<u32> {
        let word = self.owners.word(frame as usize).load(Acquire);
        u32::try_from(word).ok()?.checked_sub(1)
    }

    /// Takes a frame that no page has.
    pub(super) fn take_free(&self) -> Option<u32> {
        let mut free = self.free.lock();
        match free.head {
            0 if free.untouched == self.frames => None,
            0 => {
                free.untouched += 1;
                Some(free.untouched - 1)
            }
            head => {
                let link = self.owners.word(head as usize - 1).swap(0, Relaxed) & !FREE;
                free.head = u32::try_from(link).expect("the link of a free frame is a frame's number");
                Some(head - 1)
            }
        }
    }

    /// Gives a frame back; every translation to it has been invalidated.
    pub(super) fn give_back(&self, frame: u32) {
        let mut free = self.free.lock();
        self.owners.word(frame as usize).store(FREE | u64::from(free.head), Relaxed);
        free.head = frame + 1;
    }

    /// Uses the store.
    pub(super) fn with_store<R>(&self, job: impl FnOnce(&mut Store<StoreMemory>) -> R) -> R {
        let mut store = self.store.lock();
        let result = job(&mut store);
        self.crowded.store(store.is_half_full(), Relaxed);
        result
    }

    /// Tells whether work is over: somebody has stopped, or the budget is spent.
    ///
    /// # Errors
    ///
    /// [`Stop::Other`], [`Stop::TimedOut`].
    pub fn go_on(&self) -> Result<(), Stop> {
        if watchdog::expired() {
            return Err(Stop::TimedOut);
        }
        if self.stopped.load(Relaxed) { Err(Stop::Other) } else { Ok(()) }
    }

    /// Ends a thread's share: keeps the first reason to stop, and adds up the counts.
    pub fn finish(&self, worker: &Worker, ended: Result<(), Stop>) {
        *self.totals.lock() += worker.counts;
        if let Err(stop) = ended
            && !matches!(stop, Stop::Other)
        {
            self.finding.lock().get_or_insert(stop);
            self.stopped.store(true, Relaxed);
        }
    }

    /// Takes what made the threads stop, so that others may go on.
    pub fn take_finding(&self) -> Option<Stop> {
        self.stopped.store(false, Relaxed);
        self.finding.lock().take()
    }

    /// How far reclaim has looked, in frames.
    pub fn hand(&self) -> u32 {
        self.hand.load(Relaxed)
    }

    /// The counts of all threads that have finished.
    pub fn totals(&self) -> Counts {
        *self.totals.lock()
    }

    /// What the store holds.
    pub fn store_statistics(&self) -> swap::Statistics {
        self.store.lock().statistics()
    }
}
