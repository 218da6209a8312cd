//! What a kernel must not do, for the cases that check that it is noticed.

use super::probe_state::{ExceptionLevel, FaultHandler, Resolution};
use super::registers::mask_interrupts;
use super::relax::relax;
use afdbm::address::VirtualAddress;
use afdbm::fault::Fault;
use core::arch::asm;
use core::hint::black_box;

/// Loads from an address without a probe.
pub fn load_from(address: VirtualAddress) {
    // SAFETY: the load's value is dropped; where it faults, the exception handler abandons the caller.
    unsafe { asm!("ldr xzr, [{}]", in(reg) address.0, options(nostack, preserves_flags, readonly)) };
}

/// Uses up the stack.
#[inline(never)]
#[allow(unconditional_recursion, reason = "it ends at the guard page")]
pub fn overflow_stack(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    overflow_stack(depth + 1) + frame[black_box(7)]
}

/// Never returns, and leaves interrupts on.
pub fn hang() -> ! {
    loop {
        relax();
    }
}

/// Never returns, and takes no interrupt.
pub fn hang_masked() -> ! {
    mask_interrupts();
    hang()
}

/// A handler that faults itself.
#[derive(Debug)]
pub struct Faulty;

impl FaultHandler for Faulty {
    fn handle(&self, fault: Fault, _from: ExceptionLevel) -> Resolution {
        load_from(fault.address);
        Resolution::Refuse
    }
}
