//! Cache maintenance: of memory that is about to be executed, and of memory that is accessed past the caches.

use super::per_cpu::this_index;
use super::{barriers, cpus};
use core::arch::asm;
use core::sync::atomic::AtomicU64;

/// Makes instructions that were written to a doubleword visible to fetches of every CPU.
pub fn publish_code(word: &AtomicU64) {
    // SAFETY: cleaning a line to the Point of Unification changes no value; the address is a mapped one.
    unsafe { asm!("dc cvau, {}", in(reg) word.as_ptr(), options(nostack, preserves_flags)) };
    barriers::sequence_publish_instructions();
}

/// Writes the line of a doubleword back to the Point of Coherency and drops it, for an access to the same memory
/// that goes past the caches (Arm ARM B2.10), or that drops the line itself.
pub fn clean_and_invalidate(word: &AtomicU64) {
    clean_and_invalidate_all(core::slice::from_ref(word));
}

/// The same for each line of `words`, which begin with one.
pub fn clean_and_invalidate_all(words: &[AtomicU64]) {
    for word in words.iter().step_by(cpus::identification(this_index()).words_of_line()) {
        // SAFETY: cleaning and invalidating a line changes no value; the address is a mapped one.
        unsafe { asm!("dc civac, {}", in(reg) word.as_ptr(), options(nostack, preserves_flags)) };
    }
    barriers::sequence_complete_maintenance();
}
