//! CPUs that wait in a spin table: each polls a doubleword of memory for the address at which it is to go on (Devicetree
//! Specification, 3.8.1; Linux, Documentation/arch/arm64/booting.rst).
//!
//! Several may poll the same doubleword. So all of them come to a pen in the image, and each leaves it when the pen names it.

use super::{caches, image};
use core::arch::global_asm;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use platform::device_tree::{Affinity, PhysicalRange};

/// What no affinity is: bit 31 is none of its fields.
const NOBODY: u64 = 1 << 31;

/// Who is let out, and with what; read with the MMU off.
#[repr(C, align(64))]
struct Pen {
    affinity: AtomicU64,
    context: AtomicU64,
}

#[unsafe(no_mangle)]
static SPIN_TABLE_PEN: Pen = Pen { affinity: AtomicU64::new(NOBODY), context: AtomicU64::new(0) };

unsafe extern "C" {
    safe static spin_table_entry: u8;
}

global_asm!(
    r#"
    .section .boot.text, "ax"
    .global spin_table_entry
spin_table_entry:
    mrs     x1, mpidr_el1
    mov     x2, #0xffffff               // Aff2 to Aff0
    movk    x2, #0xff, lsl #32          // Aff3
    and     x1, x1, x2
    adrp    x2, SPIN_TABLE_PEN
    add     x2, x2, :lo12:SPIN_TABLE_PEN
1:  ldr     x3, [x2]
    cmp     x3, x1
    b.eq    2f
    wfe
    b       1b
2:  dmb     sy                          // the context was there first
    ldr     x0, [x2, #8]
    b       secondary_entry
    "#
);

/// Returns the doubleword at `address`, if it is aligned.
pub fn doubleword(address: u64) -> Option<PhysicalRange> {
    address.is_multiple_of(8).then(|| PhysicalRange::saturating(address, 8))
}

/// Lets a CPU go on at the kernel's entry with `context` in x0.
///
/// # Safety
///
/// `release` is a mapping, as Device memory, of the doubleword that this CPU polls, and nothing else uses it.
pub unsafe fn release(affinity: Affinity, release: NonNull<u8>, context: u64) {
    let Pen { affinity: called, context: given } = &SPIN_TABLE_PEN;
    given.store(context, Relaxed);
    caches::clean_and_invalidate(given);
    called.store(affinity.bits(), Relaxed);
    caches::clean_and_invalidate(called);
    // SAFETY: the caller vouches for the doubleword; a plain store of eight aligned bytes.
    unsafe { release.cast::<u64>().write_volatile(image::physical(&raw const spin_table_entry).0) };
    super::barriers::sequence_complete_maintenance();
    aarch64_cpu::asm::sev();
}
