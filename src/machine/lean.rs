//! One access, made with as few instructions as can be: for the millions of the product.
//!
//! An exception during the stub leaves the vector straight for [`lean_resume`]: nothing is saved, no handler
//! runs and there is no ERET, since the stub owns no register that anybody wants back. The caller masks
//! interrupts, so that whatever is taken between arming and disarming is the stub's.

use super::calls::STATE_PAN;
use super::per_cpu::LEAN_RESUME_OFFSET;
use super::probe_state::ExceptionLevel;
use super::registers::{Identification, MaskedInterrupts};
use super::stubs::Stub;
use afdbm::address::VirtualAddress;
use afdbm::fault::{ExceptionClass, Fault, Syndrome};
use core::arch::{asm, global_asm};
use core::mem::offset_of;

/// SPSR_EL1 for EL0t with everything masked.
const USER_STATE_MASKED: u64 = 0b11_1100_0000;
/// PSTATE.UAO in SPSR_EL1.
const STATE_UAO: u64 = 1 << 23;

/// The registers of a lean access: in, and out.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Exchange {
    /// x0 to x7 before; x2, x3 and x6 afterwards.
    pub registers: [u64; 8],
    /// Not 0 if an exception ended the stub.
    taken: u64,
    syndrome: u64,
    address: u64,
}

global_asm!(
    r#"
    .section .text.lean, "ax"

    // x0: the exchange, x1: the stub.
    .global lean_call_el1
lean_call_el1:
    stp     x29, x30, [sp, #-32]!
    mov     x29, sp
    str     x0, [sp, #16]
    mrs     x9, tpidr_el1
    adr     x10, lean_resume
    str     x10, [x9, #{resume}]
    mov     x16, x1
    mov     x17, x0
    ldp     x0, x1, [x17]
    ldp     x2, x3, [x17, #16]
    ldp     x4, x5, [x17, #32]
    blr     x16
    ldr     x17, [sp, #16]
    mrs     x9, tpidr_el1
    str     xzr, [x9, #{resume}]
    stp     x2, x3, [x17, #16]
    str     x6, [x17, #48]
    str     xzr, [x17, #{taken}]
    ldp     x29, x30, [sp], #32
    ret

    // x0: the exchange, x1: the stub's alias, x2: SPSR_EL1 for EL0, x3: the alias of the exit.
    .global lean_call_el0
lean_call_el0:
    stp     x29, x30, [sp, #-32]!
    mov     x29, sp
    str     x0, [sp, #16]
    mrs     x9, tpidr_el1
    adr     x10, lean_resume
    str     x10, [x9, #{resume}]
    msr     elr_el1, x1
    msr     spsr_el1, x2
    mov     x30, x3
    mov     x17, x0
    ldp     x0, x1, [x17]
    ldp     x2, x3, [x17, #16]
    ldp     x4, x5, [x17, #32]
    eret

    // From the vector, at EL1h with everything masked: SP_EL0 stands where the call left it.
    .global lean_resume
lean_resume:
    msr     spsel, #0
    mrs     x9, tpidr_el1
    str     xzr, [x9, #{resume}]
    ldr     x17, [sp, #16]
    stp     x2, x3, [x17, #16]
    str     x6, [x17, #48]
    mrs     x9, esr_el1
    mrs     x10, far_el1
    mov     x11, #1
    stp     x11, x9, [x17, #{taken}]
    str     x10, [x17, #{address}]
    ldp     x29, x30, [sp], #32
    ret
    "#,
    resume = const LEAN_RESUME_OFFSET,
    taken = const offset_of!(Exchange, taken),
    address = const offset_of!(Exchange, address),
);

const _: () = assert!(offset_of!(Exchange, syndrome) == offset_of!(Exchange, taken) + 8);

unsafe extern "C" {
    fn lean_call_el1(exchange: &mut Exchange, stub: u64);
    fn lean_call_el0(exchange: &mut Exchange, stub: u64, state: u64, exit: u64);
}

/// What a lean access needs to know of PSTATE.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct State {
    privileged_access_never: bool,
    user_access_override: bool,
}

impl State {
    /// PSTATE.PAN as it is set now, which EL0 carries there and back, and PSTATE.UAO during the access: an
    /// exception clears it, so it is set for each. A field that `cpu` does not have stays out.
    #[must_use]
    pub const fn new(
        cpu: &Identification,
        privileged_access_never: bool,
        user_access_override: bool,
    ) -> Self {
        Self {
            privileged_access_never: privileged_access_never && cpu.pan() > 0,
            user_access_override: user_access_override && cpu.uao(),
        }
    }
}

impl Exchange {
    /// Makes the access at `level`; returns the exception that ended it. Nothing may interrupt it.
    ///
    /// # Panics
    ///
    /// If the address is not in the range of TTBR0_EL1.
    #[inline(always)]
    pub fn access(
        &mut self,
        level: ExceptionLevel,
        stub: Stub,
        address: VirtualAddress,
        state: State,
        _masked: &MaskedInterrupts,
    ) -> Option<Fault> {
        assert!(address.0 >> 55 & 1 == 0, "lean access to {address}");
        self.registers[0] = address.0;
        match level {
            ExceptionLevel::El1 => self.call_el1(stub, state),
            ExceptionLevel::El0 => self.call_el0(stub, state),
        }
    }

    #[inline(always)]
    fn call_el1(&mut self, stub: Stub, state: State) -> Option<Fault> {
        if state.user_access_override {
            // SAFETY: `State::new` lets it through only where the field exists.
            unsafe { set_user_access_override(true) };
        }
        // SAFETY: the stub keeps to x0 to x7, x16 and v0; what it accesses lies in TTBR0's range, where only frames
        // of the case are mapped; the vector brings an exception back here, and no interrupt is taken.
        unsafe { lean_call_el1(self, stub.at_el1().0) };
        if state.user_access_override {
            // SAFETY: as above.
            unsafe { set_user_access_override(false) };
        }
        self.fault()
    }

    #[inline(always)]
    fn call_el0(&mut self, stub: Stub, state: State) -> Option<Fault> {
        let mut saved = USER_STATE_MASKED;
        if state.privileged_access_never {
            saved |= STATE_PAN;
        }
        if state.user_access_override {
            saved |= STATE_UAO;
        }
        // SAFETY: EL0 executes the stub's alias, or what the case has put into its frame, and comes back by an
        // exception; the rest is as at EL1.
        unsafe { lean_call_el0(self, stub.at_el0().0, saved, Stub::Exit.at_el0().0) };
        self.fault().filter(|fault| fault.syndrome.class() != ExceptionClass::SupervisorCall)
    }

    #[inline(always)]
    fn fault(&self) -> Option<Fault> {
        (self.taken != 0)
            .then_some(Fault { syndrome: Syndrome(self.syndrome), address: VirtualAddress(self.address) })
    }
}

/// Sets PSTATE.UAO.
///
/// # Safety
///
/// The CPU has FEAT_UAO: the instruction is UNDEFINED elsewhere.
unsafe fn set_user_access_override(set: bool) {
    // SAFETY: the caller says that the field exists; the kernel uses no unprivileged access.
    unsafe {
        if set {
            asm!(".inst 0xd500417f // msr uao, #1", options(nomem, nostack, preserves_flags));
        } else {
            asm!(".inst 0xd500407f // msr uao, #0", options(nomem, nostack, preserves_flags));
        }
    }
}
