//! Physical memory by the frame of 4 KiB.

use super::linear;
use crate::machine::layout::PAGE_SIZE;
use crate::machine::lock::Lock;
use afdbm::address::PhysicalAddress;
use core::ops::Range;
use platform::device_tree::PhysicalRange;

/// The most ranges of RAM that are kept; smaller machines have one or two.
const MAX_RANGES: usize = 128;

/// All memory is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfFrames;

/// Hands out frames: those given back first, then the next untouched one.
///
/// A frame that is given back holds the address of the one before it, in its first word.
#[derive(Clone, Debug)]
pub struct FrameAllocator {
    untouched: [Range<u64>; MAX_RANGES],
    count: usize,
    returned: Option<PhysicalAddress>,
    available: u64,
}

/// All of RAM that nothing else uses.
static FRAMES: Lock<FrameAllocator> = Lock::new(FrameAllocator {
    untouched: [const { 0..0 }; MAX_RANGES],
    count: 0,
    returned: None,
    available: 0,
});

impl FrameAllocator {
    fn take(&mut self) -> Result<PhysicalAddress, OutOfFrames> {
        let frame = match self.returned {
            Some(frame) => {
                let word = linear::pointer(frame).cast::<u64>();
                // SAFETY: the frame is RAM in the linear map, and nobody but the allocator has it.
                let next = unsafe { word.read() };
                self.returned = (next != 0).then_some(PhysicalAddress(next));
                frame
            }
            None => self.take_untouched(PAGE_SIZE, PAGE_SIZE)?,
        };
        self.available -= 1;
        Ok(frame)
    }

    /// Cuts `bytes` off a range, as early as it can be at a multiple of `alignment`; what is skipped becomes a range.
    fn take_untouched(&mut self, bytes: u64, alignment: u64) -> Result<PhysicalAddress, OutOfFrames> {
        self.take_untouched_at(bytes, alignment, 0)
    }

    /// The same, `offset` bytes behind a multiple of `alignment`.
    fn take_untouched_at(
        &mut self,
        bytes: u64,
        alignment: u64,
        offset: u64,
    ) -> Result<PhysicalAddress, OutOfFrames> {
        for index in 0..self.count {
            let Range { start, end } = self.untouched[index];
            let multiple = start.saturating_sub(offset).checked_next_multiple_of(alignment);
            let Some(first) = multiple.and_then(|multiple| multiple.checked_add(offset)) else { continue };
            if first.checked_add(bytes).is_none_or(|last| last > end) {
                continue;
            }
            if first > start {
                if self.count == MAX_RANGES {
                    continue;
                }
                self.untouched[self.count] = start..first;
                self.count += 1;
            }
            self.untouched[index].start = first + bytes;
            return Ok(PhysicalAddress(first));
        }
        Err(OutOfFrames)
    }
}

/// Gives the allocator a range of RAM that the linear map covers and that nothing uses.
///
/// Returns false, and leaves the range unused, where there are too many ranges.
pub fn add_range(range: PhysicalRange) -> bool {
    // Address 0 is the end of the list of frames given back, and so no frame.
    let start = PhysicalAddress(range.start).align_up(PAGE_SIZE).0.max(PAGE_SIZE);
    let end = PhysicalAddress(range.end).align_down(PAGE_SIZE).0;
    let mut frames = FRAMES.lock();
    if start >= end {
        return true;
    }
    if frames.count == MAX_RANGES {
        return false;
    }
    let count = frames.count;
    frames.untouched[count] = start..end;
    frames.count += 1;
    frames.available += (end - start) / PAGE_SIZE;
    true
}

/// Returns how many frames are free.
#[must_use]
pub fn available() -> u64 {
    FRAMES.lock().available
}

/// Takes a frame, filled with zeroes.
///
/// # Errors
///
/// [`OutOfFrames`] if there is none.
pub fn allocate() -> Result<PhysicalAddress, OutOfFrames> {
    let frame = FRAMES.lock().take()?;
    linear::zero(frame);
    Ok(frame)
}

/// Takes `count` frames that follow each other, from a multiple of `alignment` bytes, not zeroed; they are
/// not given back but with all that a case has taken.
///
/// # Errors
///
/// [`OutOfFrames`] if no range is long enough.
pub fn allocate_run(count: u64, alignment: u64) -> Result<PhysicalAddress, OutOfFrames> {
    let mut frames = FRAMES.lock();
    let first = frames.take_untouched(count * PAGE_SIZE, alignment)?;
    frames.available -= count;
    Ok(first)
}

/// Takes `count` frames that follow each other and end at a multiple of `alignment` bytes, not zeroed; they are
/// not given back but with all that a case has taken.
///
/// # Errors
///
/// [`OutOfFrames`] if no range has them.
pub fn allocate_run_before(count: u64, alignment: u64) -> Result<PhysicalAddress, OutOfFrames> {
    let bytes = count * PAGE_SIZE;
    let mut frames = FRAMES.lock();
    let first = frames.take_untouched_at(bytes, alignment, alignment - bytes)?;
    frames.available -= count;
    Ok(first)
}

/// Gives a frame back.
///
/// # Safety
///
/// The frame came from [`allocate`], no translation table maps it for anybody but the linear map, no TLB may
/// hold such a mapping, and nobody uses it.
pub unsafe fn free(frame: PhysicalAddress) {
    let mut frames = FRAMES.lock();
    let next = frames.returned.map_or(0, |frame| frame.0);
    // SAFETY: the caller gives up the frame, which is RAM in the linear map.
    unsafe { linear::pointer(frame).cast::<u64>().write(next) };
    frames.returned = Some(frame);
    frames.available += 1;
}

/// Returns what is free, to go back to it.
pub(super) fn state() -> FrameAllocator {
    FRAMES.lock().clone()
}

/// Gives back every frame that was taken since `state`, which may not have had any that was given back.
///
/// # Safety
///
/// Of each such frame holds what [`free`] asks for.
pub(super) unsafe fn restore(state: FrameAllocator) {
    *FRAMES.lock() = FrameAllocator { returned: None, ..state };
}
