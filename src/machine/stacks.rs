//! Stacks: which CPU has which, and the step from the boot stack to a guarded one.

use super::per_cpu::{self, CpuIndex, PerCpu};
use core::arch::asm;
use core::sync::atomic::Ordering::Relaxed;

/// Bytes of a stack for threads and cases.
pub const STACK_SIZE: u64 = 256 << 10;
/// Bytes of a stack for exceptions, and of one for a fault of a handler.
pub const EXCEPTION_STACK_SIZE: u64 = 16 << 10;

/// The tops of one CPU's stacks, each above a page that is not mapped.
#[derive(Clone, Copy, Debug)]
pub struct Stacks {
    /// For threads and cases: [`STACK_SIZE`] bytes.
    pub thread: u64,
    /// For exceptions: [`EXCEPTION_STACK_SIZE`] bytes.
    pub exception: u64,
    /// For a fault of a handler: as many.
    pub emergency: u64,
}

/// Gives a CPU that does not run yet, or the one that boots, its stacks.
pub fn adopt(cpu: CpuIndex, stacks: Stacks) -> &'static PerCpu {
    per_cpu::prepare(cpu, stacks.thread, stacks.exception, stacks.emergency)
}

/// Leaves the stacks that this CPU boots on for its own, and goes on with `next`.
///
/// # Safety
///
/// Interrupts are masked, `adopt` has been called for this CPU, and nothing on the old stacks is needed any more.
pub unsafe fn continue_on_own(next: fn() -> !) -> ! {
    let cpu = per_cpu::this_cpu();
    let (thread, exception) = (cpu.stack.load(Relaxed), cpu.exception_stack.load(Relaxed));
    // SAFETY: both are tops of mapped stacks, 16-byte aligned; `next` does not return.
    unsafe {
        asm!(
            "msr spsel, #1",
            "mov sp, {exception}",
            "msr spsel, #0",
            "mov sp, {thread}",
            "mov x29, xzr",
            "mov x30, xzr",
            "br {next}",
            exception = in(reg) exception,
            thread = in(reg) thread,
            next = in(reg) next,
            options(noreturn)
        )
    }
}
