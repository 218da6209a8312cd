//! The load and the store of an exclusive access, apart: what the compiler's atomics keep together.

use core::arch::asm;
use core::sync::atomic::AtomicU64;

/// Loads a doubleword and arms this CPU's exclusive monitor (LDXR).
pub fn load(cell: &AtomicU64) -> u64 {
    let value;
    // SAFETY: the cell is a live, aligned doubleword, and the instruction writes nothing but its register.
    unsafe {
        asm!("ldxr {value}, [{cell}]", value = out(reg) value, cell = in(reg) cell.as_ptr(),
            options(nostack, preserves_flags));
    }
    value
}

/// Stores a doubleword if the monitor is still armed (STXR); tells whether it did.
///
/// May fail without a reason: accesses since the load, the compiler's too, may disarm the monitor.
pub fn store(cell: &AtomicU64, value: u64) -> bool {
    let status: u32;
    // SAFETY: the cell is a live, aligned doubleword that may be written through a shared reference.
    unsafe {
        asm!("stxr {status:w}, {value}, [{cell}]", status = out(reg) status, value = in(reg) value,
            cell = in(reg) cell.as_ptr(), options(nostack, preserves_flags));
    }
    status == 0
}
