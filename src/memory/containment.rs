//! What a case takes of memory is there again when the case is over, however it ended.

use super::case_memory::CaseMemory;
use super::{frames, heap, hole};
use crate::machine::calls::{Abandoned, guarded};
use crate::machine::{barriers, cpus};

pub use super::heap::used_by_cases;

/// Runs a case on the first CPU. One that an exception ends is told by `tell`, with its tables still in place, and
/// then cleared away: this CPU, the hole in TTBR1 and the memory are as if it had never been. The other CPUs have
/// put themselves to rest: while one of them still works for the case, it is not abandoned.
///
/// # Errors
///
/// [`Abandoned`] if an exception ended the case.
pub fn contained<R>(case: impl FnOnce(&CaseMemory) -> R, tell: impl FnOnce()) -> Result<R, Abandoned> {
    let free = frames::state();
    heap::serve_case(true);
    // SAFETY: what the case takes goes back at the end of this function, where neither the case nor what it returns
    // borrows the value any more.
    let memory = unsafe { CaseMemory::new() };
    let ended = guarded(|| case(&memory));
    heap::serve_case(false);
    if ended.is_err() {
        tell();
        cpus::put_to_rest();
        hole::clear();
        // SAFETY: what the case had on the heap it has leaked, without a result. The other CPUs work for nobody, and
        // what outlives a case (`STATE`, `FINGERPRINT` and `SEEN` of the suites) holds values without blocks of its.
        unsafe { heap::empty_cases() };
    }
    barriers::sequence_invalidate_everything_all();
    // SAFETY: TTBR0 of every CPU is back at the empty tables and the hole is empty, by the case's guards or by the
    // lines above, so that no walk leads to a frame of the case, and the TLBs have just been emptied. What a case
    // leaves behind (an answer, and the statics above) is text and numbers, and names no frame.
    unsafe { frames::restore(free) };
    ended
}
