//! Software's writes of descriptors, while another CPU stores through the hardware's management of them.

use super::Trouble;
use super::batch::{BATCH, Batch, landed, marked};
use super::rendezvous::{Meeting, Member, together, wait_until};
use crate::machine::controls::Management;
use crate::machine::relax::relax;
use crate::machine::watchdog;
use crate::memory::case_space::CaseSpace;
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use core::cell::Cell;
use core::hint::black_box;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Batches of each race.
pub const BATCHES: u32 = 8;
/// Bits that are software's (Arm ARM D8-52, bits 58 to 55).
pub const SOFTWARE: [u64; 3] = [1 << 56, 1 << 57, 1 << 58];
/// How often a descriptor is turned at most, while the other CPU comes to it and stores.
const TURNS: usize = 1_000_000;
/// How many turns are made before the other CPU is let go first.
const TURNS_AT_ONCE: usize = 64;
/// How often software that writes once looks whether the other CPU has come to the descriptor, before it writes all the
/// same: there may be one thread of the host for both.
const POLLS: usize = 1000;
/// How long it then lets the store go on, in turns of a loop: each delay below this, in steps that have no factor in common
/// with it.
const DELAYS: usize = 1024;
const DELAY_STEP: usize = 37;

/// Runs batches: `software` writes a descriptor of a batch when another CPU comes to store to the page through hardware's
/// management, or a little later, and `stored` is told whether that landed; then `judge` sees each. With `turns` it stores
/// while software turns the descriptor.
pub fn race(
    space: &CaseSpace,
    batch: &Batch<'_>,
    turns: Option<&Turns>,
    software: &(dyn Fn(usize) -> Result<(), Trouble> + Sync),
    stored: &(dyn Fn(usize, bool) + Sync),
    judge: &(dyn Fn(usize) + Sync),
) -> Result<(), Trouble> {
    let meeting = Meeting::new(2);
    // How many of a batch's descriptors the CPU that stores has come to.
    let come_to = AtomicUsize::new(0);
    let write = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            batch.reset();
            if let Some(turns) = turns {
                turns.reset();
            }
            come_to.store(0, Relaxed);
            meeting.meet()?;
            for index in 0..BATCH {
                if turns.is_none() {
                    (0..POLLS).any(|_| come_to.load(Relaxed) > index);
                    (0..index * DELAY_STEP % DELAYS).for_each(|_| black_box(()));
                }
                software(index)?;
            }
            meeting.meet()?;
            (0..BATCH).for_each(judge);
        }
        Ok(())
    };
    let store = || -> Result<(), Trouble> {
        for _ in 0..BATCHES {
            meeting.meet()?;
            for index in 0..BATCH {
                if let Some(turns) = turns {
                    wait_until(|| turns.begun.load(Relaxed) > index)?;
                }
                come_to.store(index + 1, Relaxed);
                stored(index, landed(&batch.store(index)));
                if let Some(turns) = turns {
                    turns.reached.store(index + 1, Relaxed);
                }
            }
            meeting.meet()?;
        }
        Ok(())
    };
    together(space, &[Member::new(Management::NONE, &write), Member::new(Management::FULL, &store)])
}

/// How far software has come in a batch, and the stores.
#[derive(Default)]
pub struct Turns {
    begun: AtomicUsize,
    reached: AtomicUsize,
}

impl Turns {
    fn reset(&self) {
        self.begun.store(0, Relaxed);
        self.reached.store(0, Relaxed);
    }

    /// Does `turn` again and again until the store has come to the descriptor. On one thread of the host the store
    /// comes only when this CPU lets it.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`].
    pub fn take(&self, index: usize, turn: &dyn Fn()) -> Result<(), Trouble> {
        for turned in 1..=TURNS {
            turn();
            self.begun.store(index + 1, Relaxed);
            if self.reached.load(Relaxed) > index {
                break;
            }
            if turned.is_multiple_of(TURNS_AT_ONCE) {
                if watchdog::expired() {
                    return Err(Trouble::TimedOut);
                }
                relax();
            }
        }
        Ok(())
    }
}

/// What became of descriptors that software's atomics and the hardware's updates changed at once.
pub struct Atomicity {
    /// All of both took effect.
    pub whole: usize,
    /// Some of either did not.
    pub lost: usize,
    /// A bit changed that is neither's.
    pub broken: usize,
}

/// Turns bits of software's by atomics, while another CPU stores through the descriptors of `batch`.
pub fn against_atomics(space: &CaseSpace, batch: &Batch<'_>) -> Result<Atomicity, Trouble> {
    let [whole, lost, broken] = [const { AtomicUsize::new(0) }; 3];
    let [set, cleared, turned] = SOFTWARE;
    let turns = Turns::default();
    let software = |index: usize| {
        let cell = batch.cell(index);
        cell.fetch_or(cleared, Relaxed);
        let odd = Cell::new(false);
        turns.take(index, &|| {
            cell.fetch_or(set, Relaxed);
            // Once: of two in a row, which a CPU makes while it has the line, an update that undoes both would not be seen.
            cell.fetch_xor(turned, Relaxed);
            odd.set(!odd.get());
        })?;
        if odd.get() {
            cell.fetch_xor(turned, Relaxed);
        }
        cell.fetch_and(!cleared, Relaxed);
        batch.settle(index);
        Ok(())
    };
    let judge = |index: usize| {
        let (start, left) = (batch.start(index), batch.descriptor(index));
        let theirs = Descriptor::AF | Stage::One.dirty_bit().mask() | set | cleared | turned;
        let place = match left {
            left if left == marked(start).with(set) => &whole,
            left if (left.0 ^ start.0) & !theirs == 0 => &lost,
            _ => &broken,
        };
        place.fetch_add(1, Relaxed);
    };
    // A store that faults is lost too: the page is writable all the time.
    let stored = |_: usize, landed: bool| {
        lost.fetch_add(usize::from(!landed), Relaxed);
    };
    race(space, batch, Some(&turns), &software, &stored, &judge)?;
    let [whole, lost, broken] = [whole, lost, broken].map(AtomicUsize::into_inner);
    Ok(Atomicity { whole, lost, broken })
}
