//! The one way to wait in a loop.
//!
//! YIELD, and not `core::hint::spin_loop`, which is an ISB here: under an emulator with one thread only a
//! YIELD hands over to the CPU that is waited for.

use super::registers::MaskedInterrupts;
use core::arch::asm;
use spin::RelaxStrategy;

/// Waiting by YIELD, for the locks of `spin`.
#[derive(Debug)]
pub struct Yield;

impl RelaxStrategy for Yield {
    fn relax() {
        relax();
    }
}

/// Lets another CPU go first (Arm ARM, YIELD).
pub fn relax() {
    // SAFETY: YIELD is a hint and changes nothing.
    unsafe { asm!("yield", options(nomem, nostack, preserves_flags)) };
}

/// Sleeps until an interrupt: the timer's comes within 50 ms.
pub fn doze() {
    let _masked = MaskedInterrupts::new();
    aarch64_cpu::asm::wfi();
}
