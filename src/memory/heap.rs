//! The heap: records, boxes and vectors. The cases have one of their own, which goes as a whole where a case is
//! abandoned.

use super::{frames, linear};
use crate::machine::layout::PAGE_SIZE;
use crate::machine::lock::Lock;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use linked_list_allocator::Heap;

/// Bytes of the kernel's heap.
const KERNEL_SIZE: usize = 256 << 10;
/// Bytes of the cases' heap.
const CASES_SIZE: usize = 4 << 20;

struct KernelHeap {
    kernel: Lock<Heap>,
    cases: Lock<Heap>,
    /// A case runs.
    case: AtomicBool,
}

#[global_allocator]
static HEAP: KernelHeap = KernelHeap {
    kernel: Lock::new(Heap::empty()),
    cases: Lock::new(Heap::empty()),
    case: AtomicBool::new(false),
};

/// Gives the heaps their memory, once.
///
/// # Errors
///
/// [`frames::OutOfFrames`] if no run of RAM is long enough.
pub fn initialize() -> Result<(), frames::OutOfFrames> {
    for (heap, size) in [(&HEAP.kernel, KERNEL_SIZE), (&HEAP.cases, CASES_SIZE)] {
        let start = frames::allocate_run(size as u64 / PAGE_SIZE, PAGE_SIZE)?;
        // SAFETY: the frames are RAM in the linear map, are this heap's alone, and are never given back.
        unsafe { heap.lock().init(linear::pointer(start), size) };
    }
    Ok(())
}

/// Says whether a case runs, whose blocks come from the heap of the cases.
pub(super) fn serve_case(case: bool) {
    HEAP.case.store(case, Relaxed);
}

/// Empties the heap of the cases.
///
/// # Safety
///
/// No block of it is in use, on any CPU.
pub(super) unsafe fn empty_cases() {
    let mut heap = HEAP.cases.lock();
    let start = heap.bottom();
    *heap = Heap::empty();
    // SAFETY: the memory is that of `initialize`, and the caller says that nothing of it is in use.
    unsafe { heap.init(start, CASES_SIZE) };
}

/// Returns how many bytes of the heap of the cases are in use.
pub fn used_by_cases() -> usize {
    HEAP.cases.lock().used()
}

// SAFETY: the blocks come from `linked_list_allocator`, which keeps them apart, under a lock, and go back to the
// heap that they lie in.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let heap = if self.case.load(Relaxed) { &self.cases } else { &self.kernel };
        heap.lock().allocate_first_fit(layout).map_or(core::ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(place) = NonNull::new(block) else { return };
        let mut heap = self.cases.lock();
        if !(heap.bottom()..heap.top()).contains(&block) {
            drop(heap);
            heap = self.kernel.lock();
        }
        // SAFETY: the caller hands back a block of `alloc` with the same layout, once, and it lies in this heap.
        unsafe { heap.deallocate(place, layout) };
    }
}
