//! Cache maintenance of memory that is about to be executed.

use super::barriers;
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
    // SAFETY: cleaning and invalidating a line changes no value; the address is a mapped one.
    unsafe { asm!("dc civac, {}", in(reg) word.as_ptr(), options(nostack, preserves_flags)) };
    barriers::sequence_complete_maintenance();
}
