//! One access that may fault, made on this CPU.

use super::calls;
use super::frame::{STATE_PAN, USER_STATE};
use super::layout;
use super::per_cpu::this_cpu;
use super::probe_state::{Arming, ExceptionLevel, FaultHandler, HandlerReference, Record};
use super::registers::MaskedInterrupts;
use super::stubs::{self, Stub};
use super::{cpus, registers};
use afdbm::address::VirtualAddress;

/// An access to be made.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The Exception level that makes it.
    pub level: ExceptionLevel,
    /// The instruction.
    pub stub: Stub,
    /// x0 to x7 before; x0 is the address.
    pub registers: [u64; 8],
    /// The addresses that it is about, first and one past the last.
    pub target: (VirtualAddress, VirtualAddress),
    /// Faults after which it is a fault loop.
    pub cap: u32,
    /// Who resolves its faults; without one the first fault is the result.
    pub handler: Option<&'a dyn FaultHandler>,
}

/// Makes the access; returns what became of it, and x0 to x7 afterwards.
///
/// # Panics
///
/// If the target is not in the case's range (TTBR0, or the hole in TTBR1).
pub fn execute(call: &Call<'_>) -> (Record, [u64; 8]) {
    assert!(is_for_cases(call.target), "probe of {} to {}", call.target.0, call.target.1);
    let probe = &this_cpu().probe;
    let (stubs, resume) = match call.level {
        ExceptionLevel::El1 => (stubs::range_el1(), &raw const calls::resume_stub_el1),
        ExceptionLevel::El0 => (stubs::range_el0(), &raw const calls::resume_stub_el0),
    };
    let arming =
        Arming { level: call.level, target: call.target, stubs, resume: resume as u64, cap: call.cap };
    let mut handler = call.handler;
    let handler = match &mut handler {
        // The lifetime is dropped here and kept by hand: see the safety comment of `arm`.
        Some(handler) => core::ptr::from_mut(handler).cast::<HandlerReference<'static>>(),
        None => core::ptr::null_mut(),
    };
    let mut registers = call.registers;
    // SAFETY: `handler` points to a local that outlives the probe, which is disarmed below on this CPU; the
    // resume address is that of the call that follows.
    unsafe { probe.arm(&arming, handler) };
    match call.level {
        // SAFETY: the stub keeps to the ABI's scratch registers; what it accesses lies in the case's range, where
        // only frames of the case are mapped; a fault ends at the resume address.
        ExceptionLevel::El1 => unsafe { calls::call_stub_el1(&mut registers, call.stub.at_el1().0) },
        ExceptionLevel::El0 => {
            let state = if privileged_access_never() { USER_STATE | STATE_PAN } else { USER_STATE };
            let (stub, exit) = (call.stub.at_el0().0, Stub::Exit.at_el0().0);
            // The way to EL0 masks interrupts, and the way back unmasks them: they go back to what they were.
            let _masked = MaskedInterrupts::new();
            // SAFETY: as above; EL0 may execute the alias of the stubs' page only, and comes back by SVC or fault.
            unsafe { calls::call_stub_el0(&mut registers, stub, state, exit) };
        }
    }
    (probe.disarm(), registers)
}

fn privileged_access_never() -> bool {
    cpus::identification(this_cpu().index()).pan() > 0 && registers::is_privileged_access_never()
}

fn is_for_cases((start, end): (VirtualAddress, VirtualAddress)) -> bool {
    let within = |first: u64, size: u64| start.0 >= first && end.0 <= first + size && start <= end;
    within(0, 1 << layout::CASE.geometry.input_bits()) || within(layout::CASE_HOLE, layout::CASE_HOLE_SIZE)
}
