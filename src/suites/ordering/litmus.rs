//! Rows E15 and E17: herdtools7's Artem2+TLBIx-HDy+dsb.ish and S+dmb.st, step by step on two CPUs.

use super::{Conclusion, Context, Trouble};
use crate::machine::barriers;
use crate::machine::controls::Management;
use crate::machine::layout::PAGE_SIZE;
use crate::machine::relax::relax;
use crate::memory::case_space::ADDRESS;
use crate::probe::{Probe, Stub};
use crate::support::batch::{BATCH, Batch, Left, Meeting, landed};
use crate::support::context::Answer;
use crate::support::rendezvous::{Member, together};
use crate::support::tally::tell;
use afdbm::descriptor::Level;
use alloc::vec::Vec;
use cases::states::Flags;
use core::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// How often at most the CPU lets time pass that is the faster one by far.
const SPREAD: usize = 32;
/// How often a CPU lets time pass at most until the other has come to a step.
const PATIENCE: usize = 64;
/// They wait for each other every so many steps.
const TOGETHER: usize = 32;
/// Batches of each litmus test.
const BATCHES: usize = 4;
/// A bit that is software's, to tell descriptors apart (Arm ARM D8-52, bits 58 to 55).
const MARK: u64 = 1 << 55;

/// Two CPUs that begin their steps together where both run. They wait for each other now and then alone: on a host with
/// fewer cores the other may not run now, and to wait at each step would take seconds.
struct Pace {
    meeting: Meeting,
    reached: [AtomicUsize; 2],
}

impl Pace {
    const fn new() -> Self {
        Self { meeting: Meeting::new(2), reached: [const { AtomicUsize::new(0) }; 2] }
    }

    /// Begins a step; steps count from 0 and never go back.
    fn step(&self, own: usize, step: usize) -> Result<(), Trouble> {
        if step.is_multiple_of(TOGETHER) {
            self.meeting.meet()?;
        }
        self.reached[own].store(step + 1, Release);
        for _ in 0..PATIENCE {
            if self.reached[1 - own].load(Acquire) > step {
                break;
            }
            relax();
        }
        Ok(())
    }
}

/// E15: one CPU takes out x, invalidates, and reads the descriptor of y; the other stores to y, and loads x after a
/// DSB. If that load still had the old translation, the update of y is seen.
pub fn e15(context: &mut Context<'_>) -> Conclusion {
    let rule = "E15 (Arm ARM R_MKHJS)";
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    let (meeting, pace) = (Meeting::new(2), Pace::new());
    let read: Vec<AtomicUsize> = (0..BATCH).map(|_| AtomicUsize::new(0)).collect();
    let [covered, refused, early, broken] = [const { AtomicUsize::new(0) }; 4];
    // How y was found, and that the other load still had the old translation of x.
    const UPDATED: usize = 1;
    const OTHER: usize = 2;
    const USED: usize = 4;
    let pairs = || (0..BATCH).step_by(2).map(|x| (x, x + 1));
    let take_out = || -> Result<(), Trouble> {
        for round in 0..BATCHES {
            batch.reset();
            read.iter().for_each(|word| word.store(0, Relaxed));
            meeting.meet()?;
            for (x, y) in pairs() {
                pace.step(0, round * BATCH + x)?;
                // From before the other's accesses to after them.
                (0..x / 2 % SPREAD).for_each(|_| relax());
                batch.cell(x).store(0, Relaxed);
                barriers::sequence_invalidate_address_all(batch.tlb_address(x));
                let found = match Left::of(batch.descriptor(y), batch.start(y)) {
                    Left::Clean => 0,
                    Left::Updated => UPDATED,
                    Left::Other => OTHER,
                };
                read[y].fetch_or(found, Relaxed);
            }
            meeting.meet()?;
            for (_, y) in pairs() {
                let place = match read[y].load(Relaxed) {
                    found if found & OTHER != 0 => &broken,
                    found if found & USED == 0 => &refused,
                    found if found & UPDATED != 0 => &covered,
                    _ => &early,
                };
                place.fetch_add(1, Relaxed);
            }
        }
        Ok(())
    };
    let store = || -> Result<(), Trouble> {
        for round in 0..BATCHES {
            meeting.meet()?;
            for (x, y) in pairs() {
                // The translation of x that is to be old, unless the other CPU is ahead already.
                let _ = batch.access(x, Stub::Load, None);
                pace.step(1, round * BATCH + x)?;
                let stored = batch.store(y);
                barriers::sequence_complete_updates();
                let used = landed(&batch.access(x, Stub::Load, None));
                read[y].fetch_or(if used { USED } else { 0 }, Relaxed);
                if !landed(&stored) {
                    read[y].fetch_or(OTHER, Relaxed);
                }
            }
            meeting.meet()?;
        }
        Ok(())
    };
    together(&space, &[Member::new(Management::NONE, &take_out), Member::new(Management::FULL, &store)])?;
    let [covered, refused, early, broken] = [covered, refused, early, broken].map(AtomicUsize::into_inner);
    let seen = [("used the old translation, y updated", covered), ("faulted", refused)];
    let forbidden = ("used the old translation, y not updated, or ended in another way", early + broken);
    let told = tell(context, &seen, forbidden, rule)?;
    if told == Answer::PASS && covered == 0 {
        return Answer::skip("the old translation was never used");
    }
    Ok(told)
}

/// What one kind of dependency came to.
struct Counts {
    /// The message was read and the new descriptor updated.
    after: usize,
    /// The message was read, and the update is not the new descriptor's: it came before.
    before: usize,
    /// The message was not read.
    unread: usize,
    /// Neither: a store that faulted, or a descriptor that nobody wrote.
    broken: usize,
}

/// S+dmb.st: one CPU writes a descriptor and sends a message; the other reads it and stores through the descriptor,
/// the store depending on the message as `stub` says.
fn send(context: &Context<'_>, stub: Stub) -> Result<Counts, Trouble> {
    let space = context.space()?;
    let batch = Batch::new(&space, Flags::CLEAN.old())?;
    // The messages stand in a page of the same space, so that the stub reads nothing of the kernel's.
    let address = ADDRESS.offset(BATCH as u64 * PAGE_SIZE);
    let messages = space.map(address, Level::L3, space.frame()?, Flags::READ_WRITE.0)?;
    let place = |index: usize| index as u64 * 8;
    let (meeting, pace) = (Meeting::new(2), Pace::new());
    let read: Vec<AtomicUsize> = (0..BATCH).map(|_| AtomicUsize::new(0)).collect();
    let [after, before, unread, broken] = [const { AtomicUsize::new(0) }; 4];
    const FAULTED: usize = 2;
    let write = || -> Result<(), Trouble> {
        for round in 0..BATCHES {
            batch.reset();
            (0..BATCH).for_each(|index| messages.word(place(index)).store(0, Relaxed));
            meeting.meet()?;
            for index in 0..BATCH {
                pace.step(0, round * BATCH + index)?;
                batch.cell(index).store(batch.start(index).with(MARK).0, Relaxed);
                messages.word(place(index)).store(1, Release);
            }
            meeting.meet()?;
            for (index, read) in read.iter().enumerate() {
                let fresh = batch.start(index).with(MARK);
                let counter = match (read.load(Relaxed), Left::of(batch.descriptor(index), fresh)) {
                    (0, Left::Clean | Left::Updated) => &unread,
                    (1, Left::Updated) => &after,
                    (1, Left::Clean) => &before,
                    _ => &broken,
                };
                counter.fetch_add(1, Relaxed);
            }
        }
        Ok(())
    };
    let store = || -> Result<(), Trouble> {
        // The messages' translation is here before the first of them.
        let _ = Probe::new(Stub::Load, address).run();
        for round in 0..BATCHES {
            meeting.meet()?;
            for (index, read) in read.iter().enumerate() {
                pace.step(1, round * BATCH + index)?;
                batch.forget(index);
                let target = ADDRESS.offset(index as u64 * PAGE_SIZE + place(index));
                let seen = Probe::new(stub, target).expecting(address.0 + place(index)).run();
                let found = if landed(&seen) { usize::from(seen.status != 0) } else { FAULTED };
                read.store(found, Relaxed);
            }
            meeting.meet()?;
        }
        Ok(())
    };
    together(&space, &[Member::new(Management::NONE, &write), Member::new(Management::FULL, &store)])?;
    let [after, before, unread, broken] = [after, before, unread, broken].map(AtomicUsize::into_inner);
    Ok(Counts { after, before, unread, broken })
}

/// E17 for one kind of dependency; with `required` an update from before the message is forbidden.
fn depends(context: &mut Context<'_>, stub: Stub, required: bool) -> Conclusion {
    let Counts { after, before, unread, broken } = send(context, stub)?;
    context.say(format_args!("{stub} dependency"));
    let (early, wrong) = if required { (0, before + broken) } else { (before, broken) };
    let seen =
        [("updates after the message", after), ("read no message", unread), ("before it (permitted)", early)];
    let told = tell(context, &seen, ("before it, or anything else", wrong), "E17 (Arm ARM B2.3)")?;
    match (told == Answer::PASS, required, after, before) {
        (true, true, 0, _) => Answer::skip(format_args!("{stub} dependency: no message was read in time")),
        (true, false, _, 0) => Answer::skip("permitted, and not observed"),
        _ => Ok(told),
    }
}

/// E17: an address dependency and a control dependency order the update after what the store depends on.
pub fn e17_ordered(context: &mut Context<'_>) -> Conclusion {
    let address = depends(context, Stub::StoreAfterAddress, true)?;
    if address != Answer::PASS {
        return Ok(address);
    }
    depends(context, Stub::StoreAfterControl, true)
}

/// E17: a data dependency alone does not.
pub fn e17_data(context: &mut Context<'_>) -> Conclusion {
    depends(context, Stub::StoreAfterData, false)
}
