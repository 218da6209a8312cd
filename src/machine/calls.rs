//! Calls that may end by an exception: a probe's stub at EL1 and at EL0, and a piece of work that is
//! abandoned when it faults.
//!
//! Each is one assembly function that saves what the ABI wants kept and has a label where the exception
//! handler may go on. To Rust each looks like a function that returns once.

use super::frame::{Frame, STATE_EL1T};
use super::per_cpu::this_cpu;
use super::{cpus, registers};
use aarch64_cpu::registers::{Readable, SPSel};
use core::arch::{asm, global_asm};
use core::sync::atomic::Ordering::Relaxed;

/// SPSR_EL1 for EL1t with everything masked and PAN clear.
const MASKED_STATE: u64 = 0b11_1100_0000 | STATE_EL1T;
global_asm!(
    r#"
    .section .text.calls, "ax"

    // x0: eight arguments and results, x1: the stub.
    .global call_stub_el1
call_stub_el1:
    stp     x29, x30, [sp, #-32]!
    mov     x29, sp
    str     x0, [sp, #16]
    mov     x16, x1
    mov     x17, x0
    ldp     x0, x1, [x17]
    ldp     x2, x3, [x17, #16]
    ldp     x4, x5, [x17, #32]
    ldp     x6, x7, [x17, #48]
    blr     x16
    .global resume_stub_el1
resume_stub_el1:
    ldr     x17, [sp, #16]
    stp     x0, x1, [x17]
    stp     x2, x3, [x17, #16]
    stp     x4, x5, [x17, #32]
    stp     x6, x7, [x17, #48]
    ldp     x29, x30, [sp], #32
    ret

    // x0: eight arguments and results, x1: the stub's alias, x2: SPSR_EL1 for EL0, x3: the alias of the exit.
    // EL0 keeps SP_EL0, the kernel's own stack pointer here, and no stub uses it.
    .global call_stub_el0
call_stub_el0:
    stp     x29, x30, [sp, #-112]!
    mov     x29, sp
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x0, [sp, #96]
    msr     daifset, #0b1111
    msr     elr_el1, x1
    msr     spsr_el1, x2
    mov     x30, x3
    mov     x17, x0
    ldp     x0, x1, [x17]
    ldp     x2, x3, [x17, #16]
    ldp     x4, x5, [x17, #32]
    ldp     x6, x7, [x17, #48]
    eret
    .global resume_stub_el0
resume_stub_el0:
    ldr     x17, [sp, #96]
    stp     x0, x1, [x17]
    stp     x2, x3, [x17, #16]
    stp     x4, x5, [x17, #32]
    stp     x6, x7, [x17, #48]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret

    // x0: function, x1: its argument, x2: where to leave the stack pointer. Returns 0, or 1 if abandoned.
    .global call_guarded
call_guarded:
    stp     x29, x30, [sp, #-112]!
    mov     x29, sp
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mrs     x9, daif
    str     x9, [sp, #96]
    mov     x9, sp
    str     x9, [x2]
    mov     x9, x0
    mov     x0, x1
    blr     x9
    mov     x0, #0
    b       1f
    .global resume_guarded
resume_guarded:
    mov     sp, x0
    ldr     x9, [sp, #96]
    msr     daif, x9
    mov     x0, #1
1:  ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret
    "#
);

unsafe extern "C" {
    /// Calls the stub at EL1 with x0 to x7 from `registers`, and writes them back.
    pub fn call_stub_el1(registers: &mut [u64; 8], stub: u64);
    /// Calls the stub's alias at EL0 with x0 to x7 from `registers`, and writes them back.
    pub fn call_stub_el0(registers: &mut [u64; 8], stub: u64, state: u64, exit: u64);
    fn call_guarded(function: extern "C" fn(*mut ()), argument: *mut (), stack_pointer: *mut u64) -> u64;
    /// Where a probe at EL1 goes on.
    pub safe static resume_stub_el1: u8;
    /// Where a probe at EL0 goes on.
    pub safe static resume_stub_el0: u8;
    safe static resume_guarded: u8;
}

/// The work was abandoned: an exception that nobody expected ended it, or a panic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Abandoned;

/// Runs `work`; an unexpected exception on this CPU, or a panic, abandons it instead of ending the kernel.
///
/// What the abandoned work owned is leaked; the interrupts are masked or not as they were before it. Work that
/// has taken a lock is never abandoned, nor is any that has placed work on other CPUs which still runs.
///
/// # Errors
///
/// [`Abandoned`] after an exception; `exceptions::take_report` then tells which.
pub fn guarded<R>(work: impl FnOnce() -> R) -> Result<R, Abandoned> {
    struct Call<F, R> {
        work: Option<F>,
        result: Option<R>,
    }
    extern "C" fn enter<F: FnOnce() -> R, R>(argument: *mut ()) {
        // SAFETY: `guarded` passes its own `Call` of this type, alive until `call_guarded` returns.
        let call = unsafe { &mut *argument.cast::<Call<F, R>>() };
        // Only now, behind the guard that it belongs to: in between nothing is abandoned.
        let cpu = this_cpu();
        cpu.pins_outside.store(cpu.pins.load(Relaxed), Relaxed);
        if let Some(work) = call.work.take() {
            call.result = Some(work());
        }
    }
    fn enter_of<F: FnOnce() -> R, R>(_: &F) -> extern "C" fn(*mut ()) {
        enter::<F, R>
    }

    let function = enter_of(&work);
    let mut call = Call { work: Some(work), result: None };
    let (guard, pins_outside) = (&this_cpu().guard, &this_cpu().pins_outside);
    let (outer, pins) = (guard.load(Relaxed), pins_outside.load(Relaxed));
    // SAFETY: `call` outlives the call, `function` was made for its type, and the guard's slot is this CPU's.
    let abandoned = unsafe { call_guarded(function, (&raw mut call).cast(), guard.as_ptr()) } != 0;
    pins_outside.store(pins, Relaxed);
    guard.store(outer, Relaxed);
    match (abandoned, call.result) {
        (false, Some(result)) => Ok(result),
        (_, _) => Err(Abandoned),
    }
}

/// Returns the stack pointer of the innermost [`guarded`] call of this CPU, if there is one that may be abandoned.
fn innermost() -> Option<u64> {
    let cpu = this_cpu();
    let stack_pointer = cpu.guard.load(Relaxed);
    let is_free = cpu.pins.load(Relaxed) == cpu.pins_outside.load(Relaxed);
    (stack_pointer != 0 && is_free).then_some(stack_pointer)
}

/// Tells whether what runs on this CPU, outside of a handler, may be abandoned.
pub fn may_abandon() -> bool {
    SPSel.read(SPSel::SP) == 0 && innermost().is_some()
}

/// Goes on behind the innermost [`guarded`] call of this CPU, where what runs [may be abandoned](may_abandon).
pub fn abandon_here() {
    if !may_abandon() {
        return;
    }
    let cpu = this_cpu();
    cpu.end_lean();
    registers::mask_interrupts();
    if cpus::identification(cpu.index()).pan() > 0 {
        // SAFETY: the ID register says that there is PAN.
        unsafe { registers::set_privileged_access_never(false) };
    }
    let stack_pointer = cpu.guard.load(Relaxed);
    // SAFETY: the stack pointer is the one that `call_guarded` left for this, its frame is still on this stack, and what
    // runs on top of it is given up: it holds no lock, and what it owned is leaked.
    unsafe { asm!("b {}", sym resume_guarded, in("x0") stack_pointer, options(noreturn)) }
}

/// Makes the interrupted context go on behind the innermost [`guarded`] call of this CPU.
///
/// Returns whether there is one that may be abandoned.
pub fn abandon(frame: &mut Frame) -> bool {
    this_cpu().end_lean();
    let Some(stack_pointer) = innermost() else { return false };
    frame.registers[0] = stack_pointer;
    frame.return_address = (&raw const resume_guarded) as u64;
    frame.saved_state = MASKED_STATE;
    true
}
