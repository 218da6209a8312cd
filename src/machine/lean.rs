//! One access, made with as few instructions as can be: for the millions of the product.
//!
//! An exception during the stub leaves the vector straight for [`lean_resume`]: nothing is saved, no handler
//! runs and there is no ERET, since the stub owns no register that anybody wants back. The caller masks
//! interrupts, so that whatever is taken between arming and disarming is the stub's. An access that goes before is made
//! on the way to the stub: if it ends in an exception, [`lean_before`] goes on with the stub.

use super::frame::STATE_PAN;
use super::per_cpu::LEAN_RESUME_OFFSET;
use super::probe_state::ExceptionLevel;
use super::registers::{Identification, MaskedInterrupts};
use super::stubs::{Entry, Stub};
use afdbm::address::VirtualAddress;
use afdbm::fault::{ExceptionClass, Fault, Syndrome};
use core::arch::{asm, global_asm};
use core::mem::offset_of;

/// SPSR_EL1 for EL0t with everything masked.
const USER_STATE_MASKED: u64 = 0b11_1100_0000;
/// PSTATE.UAO in SPSR_EL1.
const STATE_UAO: u64 = 1 << 23;

/// The registers of a lean access: in, and out.
#[derive(Debug)]
#[repr(C)]
pub struct Exchange {
    /// x0 to x7 before; x2, x3 and x6 afterwards.
    pub registers: [u64; 8],
    /// Of an access that goes before: its address, and what it stores.
    before: [u64; 2],
    /// Not 0 if an exception ended the stub.
    taken: u64,
    syndrome: u64,
    address: u64,
    /// Where EL0 leaves.
    exit: Entry,
    /// The stubs of an access that goes before: a load, a store.
    stubs_before: [Entry; 2],
}

impl Default for Exchange {
    fn default() -> Self {
        Self {
            registers: [0; 8],
            before: [0; 2],
            taken: 0,
            syndrome: 0,
            address: 0,
            exit: Stub::Exit.into(),
            stubs_before: [Stub::LoadBefore.into(), Stub::StoreBefore.into()],
        }
    }
}

global_asm!(
    r#"
    .section .text.lean, "ax"

    .macro  arm_lean resume
    stp     x29, x30, [sp, #-32]!
    mov     x29, sp
    str     x0, [sp, #16]
    mrs     x9, tpidr_el1
    adr     x10, \resume
    str     x10, [x9, #{resume}]
    .endm

    // What an access before needs: x8 its address, x9 what it stores, x10 where it goes on, x11 where it stands.
    .macro  set_before next, stub
    ldp     x8, x9, [x0, #{before}]
    mov     x10, \next
    mov     x11, \stub
    .endm

    // x0: the exchange, x1: the stub, x2: the stub of the access before.
    .global lean_call_el1_after
lean_call_el1_after:
    arm_lean lean_before
    set_before x1, x2
    mov     x16, x2
    b       1f

    // x0: the exchange, x1: the stub.
    .global lean_call_el1
lean_call_el1:
    arm_lean lean_resume
    mov     x16, x1
1:  mov     x17, x0
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

    // x0: the exchange, x1: the stub's alias, x2: SPSR_EL1 for EL0, x3: the alias of the exit, x4: the alias of the stub
    // of the access before.
    .global lean_call_el0_after
lean_call_el0_after:
    arm_lean lean_before
    set_before x1, x4
    msr     elr_el1, x4
    b       1f

    // x0: the exchange, x1: the stub's alias, x2: SPSR_EL1 for EL0, x3: the alias of the exit.
    .global lean_call_el0
lean_call_el0:
    arm_lean lean_resume
    msr     elr_el1, x1
1:  msr     spsr_el1, x2
    mov     x30, x3
    mov     x17, x0
    ldp     x0, x1, [x17]
    ldp     x2, x3, [x17, #16]
    ldp     x4, x5, [x17, #32]
    eret

    // From the vector, at EL1h with everything masked, x0 lost: SP_EL0 stands where the call left it. If it was the
    // access before that was refused, SPSR_EL1 is what the stub is to run with.
    .global lean_before
lean_before:
    mrs     x12, elr_el1
    cmp     x12, x11
    b.ne    lean_resume
    mrs     x12, tpidr_el1
    adr     x13, lean_resume
    str     x13, [x12, #{resume}]
    msr     elr_el1, x10
    mrs     x12, sp_el0
    ldr     x12, [x12, #16]
    ldr     x0, [x12]
    eret

    // From the vector likewise.
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
    before = const offset_of!(Exchange, before),
    taken = const offset_of!(Exchange, taken),
    address = const offset_of!(Exchange, address),
);

const _: () = assert!(offset_of!(Exchange, syndrome) == offset_of!(Exchange, taken) + 8);

unsafe extern "C" {
    fn lean_call_el1(exchange: &mut Exchange, stub: u64);
    fn lean_call_el1_after(exchange: &mut Exchange, stub: u64, before: u64);
    fn lean_call_el0(exchange: &mut Exchange, stub: u64, state: u64, exit: u64);
    fn lean_call_el0_after(exchange: &mut Exchange, stub: u64, state: u64, exit: u64, before: u64);
}

/// What a lean access needs to know of PSTATE.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ProcessState {
    privileged_access_never: bool,
    user_access_override: bool,
}

impl ProcessState {
    /// PSTATE.PAN as it is set now, which EL0 carries there and back, and PSTATE.UAO during the access: an
    /// exception clears it, so it is set for each. A field that `cpu` does not have stays out.
    #[must_use]
    pub fn new(cpu: &Identification, privileged_access_never: bool, user_access_override: bool) -> Self {
        Self {
            privileged_access_never: privileged_access_never && cpu.pan() > 0,
            user_access_override: user_access_override && cpu.uao(),
        }
    }
}

/// An access that goes before another, at the same Exception level: what becomes of it is not told.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// A store, or a load.
    pub stores: Option<u64>,
    /// The address of the doubleword.
    pub address: VirtualAddress,
}

impl Exchange {
    /// Makes the access at `level`, after `before` if there is one; returns the exception that ended it. Nothing may
    /// interrupt it.
    ///
    /// # Panics
    ///
    /// If an address is not in the range of TTBR0_EL1.
    #[inline(always)]
    pub fn access(
        &mut self,
        level: ExceptionLevel,
        stub: Entry,
        address: VirtualAddress,
        before: Option<Before>,
        state: ProcessState,
        _masked: &MaskedInterrupts,
    ) -> Option<Fault> {
        let both = address.0 | before.map_or(0, |before| before.address.0);
        assert!(
            both >> 55 & 1 == 0,
            "a lean access to {address} after {before:?}: not in the range of TTBR0"
        );
        self.registers[0] = address.0;
        if let Some(before) = before {
            self.before = [before.address.0, before.stores.unwrap_or(0)];
        }
        match level {
            ExceptionLevel::El1 => self.call_el1(stub, before, state),
            ExceptionLevel::El0 => self.call_el0(stub, before, state),
        }
    }

    #[inline(always)]
    fn call_el1(&mut self, stub: Entry, before: Option<Before>, state: ProcessState) -> Option<Fault> {
        if state.user_access_override {
            // SAFETY: `ProcessState::new` lets it through only where the field exists.
            unsafe { set_user_access_override(true) };
        }
        let stub = stub.at_el1;
        let before = before.map(|before| self.stubs_before[usize::from(before.stores.is_some())].at_el1);
        // SAFETY: the stubs keep to x0 to x11, x16, v0 and v1; what they access lies in TTBR0's range, where only frames
        // of the case are mapped; the vector brings an exception back here, and no interrupt is taken.
        unsafe {
            match before {
                Some(before) => lean_call_el1_after(self, stub, before),
                None => lean_call_el1(self, stub),
            }
        }
        if state.user_access_override {
            // SAFETY: as above.
            unsafe { set_user_access_override(false) };
        }
        self.fault()
    }

    #[inline(always)]
    fn call_el0(&mut self, stub: Entry, before: Option<Before>, state: ProcessState) -> Option<Fault> {
        let mut saved = USER_STATE_MASKED;
        if state.privileged_access_never {
            saved |= STATE_PAN;
        }
        if state.user_access_override {
            saved |= STATE_UAO;
        }
        let (stub, exit) = (stub.at_el0, self.exit.at_el0);
        let before = before.map(|before| self.stubs_before[usize::from(before.stores.is_some())].at_el0);
        // SAFETY: EL0 executes the stubs' aliases, or what the case has put into its frame, and comes back by an
        // exception; the rest is as at EL1.
        unsafe {
            match before {
                Some(before) => lean_call_el0_after(self, stub, saved, exit, before),
                None => lean_call_el0(self, stub, saved, exit),
            }
        }
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
