//! Whether memory is where the firmware describes it: a look at some words of each range before it is used.

use super::linear;
use crate::machine::layout::PAGE_SIZE;
use crate::machine::unexpected::Unexpected;
use crate::machine::{caches, calls, per_cpu};
use afdbm::address::PhysicalAddress;
use core::fmt;
use core::sync::atomic::Ordering::Relaxed;
use platform::device_tree::PhysicalRange;

/// The least distance of two words: a hypervisor gives a page of its own, perhaps this large, for each that is written.
const DISTANCE: u64 = 2 << 20;
/// How many steps a range is divided into at most.
const STEPS: u64 = 64;

/// A word of what should be memory that does not behave as such.
#[derive(Clone, Copy, Debug)]
pub struct NoMemory {
    /// The range that the firmware describes, without what is in use already.
    range: PhysicalRange,
    /// The word.
    place: PhysicalAddress,
    /// What it does.
    problem: Problem,
}

/// What is wrong with a word.
#[derive(Clone, Copy, Debug)]
enum Problem {
    /// An access to it is an exception.
    Exception(Option<Unexpected>),
    /// It does not keep what is written.
    Forgets { written: u64, read: u64 },
}

impl fmt::Display for NoMemory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { range, place, problem } = self;
        write!(formatter, "the firmware describes memory at {range}, ")?;
        match problem {
            Problem::Exception(exception) => {
                write!(formatter, "which does not answer at {place}")?;
                exception.as_ref().map_or(Ok(()), |exception| write!(formatter, ": {exception}"))
            }
            Problem::Forgets { written, read } => {
                write!(formatter, "which is none at {place}: {written:#x} was written, {read:#x} is read")
            }
        }
    }
}

/// Writes and reads some words of a range, the first and the last among them, and leaves them as they were.
///
/// # Errors
///
/// [`NoMemory`] for the first that is none.
///
/// # Safety
///
/// The range is in the linear map, and nobody uses it.
pub(super) unsafe fn check(range: PhysicalRange) -> Result<(), NoMemory> {
    let (start, end) = (PhysicalAddress(range.start), PhysicalAddress(range.end));
    let (start, end) = (start.align_up(PAGE_SIZE).0, end.align_down(PAGE_SIZE).0);
    if start >= end {
        return Ok(());
    }
    let step = ((end - start) / STEPS).next_multiple_of(DISTANCE);
    let last = end - size_of::<u64>() as u64;
    for place in (start..end).step_by(step as usize).chain([last]).map(PhysicalAddress) {
        // SAFETY: the word is in the linear map, and the caller says that nobody uses it.
        let word = unsafe { linear::word(place) };
        let looked = calls::guarded(|| {
            let before = word.load(Relaxed);
            let written = !before ^ place.0;
            word.store(written, Relaxed);
            // What a cache keeps says nothing of the memory behind it.
            caches::clean_and_invalidate(word);
            let read = word.load(Relaxed);
            word.store(before, Relaxed);
            (written, read)
        });
        let problem = match looked {
            Ok((written, read)) if written == read => continue,
            Ok((written, read)) => Problem::Forgets { written, read },
            Err(calls::Abandoned) => Problem::Exception(per_cpu::this_cpu().unexpected.take()),
        };
        return Err(NoMemory { range, place, problem });
    }
    Ok(())
}
