//! The heap: records, boxes and vectors of the cases.

use super::{frames, linear};
use crate::machine::lock::Lock;
use afdbm::address::PAGE_SIZE;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use linked_list_allocator::Heap;

/// Bytes of the heap.
const SIZE: usize = 4 << 20;

struct KernelHeap(Lock<Heap>);

#[global_allocator]
static HEAP: KernelHeap = KernelHeap(Lock::new(Heap::empty()));

/// Gives the heap its memory, once.
///
/// # Errors
///
/// [`frames::OutOfFrames`] if no run of RAM is long enough.
pub fn initialize() -> Result<(), frames::OutOfFrames> {
    let start = frames::allocate_run(SIZE as u64 / PAGE_SIZE, PAGE_SIZE)?;
    // SAFETY: the frames are RAM in the linear map, are the heap's alone, and are never given back.
    unsafe { HEAP.0.lock().init(linear::pointer(start), SIZE) };
    Ok(())
}

// SAFETY: the blocks come from `linked_list_allocator`, which keeps them apart, under a lock.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.0.lock().allocate_first_fit(layout).map_or(core::ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(block) {
            // SAFETY: the caller hands back a block of `alloc` with the same layout, once.
            unsafe { self.0.lock().deallocate(block, layout) };
        }
    }
}
