//! Semihosting: an emulator or a debugger that takes HLT 0xF000 as a call (Arm IHI 0107, Semihosting for AArch32 and AArch64).

use core::arch::asm;

/// `SYS_WRITEC`: writes the byte that x1 points to.
const WRITE_CHARACTER: u64 = 0x03;

/// Writes a byte.
///
/// # Safety
///
/// Somebody takes the call, or the exception that it is elsewhere is expected.
pub(super) unsafe fn write(byte: u8) {
    // SAFETY: the call reads the byte and changes x0 alone; the caller says that there is somebody to take it.
    unsafe {
        asm!(
            "hlt #0xf000",
            inout("x0") WRITE_CHARACTER => _,
            in("x1") &raw const byte,
            options(nostack, preserves_flags)
        );
    }
}
