//! What a kernel must not do, for the cases that check that it is noticed.

use super::cpus;
use super::frame::Frame;
use super::per_cpu::this_cpu;
use super::probe_state::{Arming, ExceptionLevel, FaultHandler, Resolution};
use super::registers::{self, mask_interrupts};
use super::relax::relax;
use super::stacks::STACK_SIZE;
use afdbm::address::VirtualAddress;
use afdbm::fault::Fault;
use core::arch::asm;
use core::hint::black_box;
use core::sync::atomic::Ordering::Relaxed;

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

/// Calls `work` where at most `bytes` of this CPU's stack are left.
#[inline(never)]
pub fn near_the_end_of_the_stack(bytes: u64, work: &dyn Fn()) {
    let frame = black_box([0u64; 16]);
    if (&raw const frame) as u64 - (this_cpu().stack.load(Relaxed) - STACK_SIZE) > bytes {
        near_the_end_of_the_stack(bytes, work);
    } else {
        work();
    }
    black_box(&frame);
}

/// Leaves a probe armed, at `address`.
pub fn leave_probe_armed(address: VirtualAddress) {
    let target = (address, address.offset(8));
    let arming = Arming { level: ExceptionLevel::El1, target, stubs: target, resume: 0, cap: 1 };
    // SAFETY: there is no handler, and nothing is fetched from `address`, so that nothing goes on at 0.
    unsafe { this_cpu().probe.arm(&arming, core::ptr::null_mut()) };
}

/// What this CPU has between two pieces of work: TCR_EL1, SCTLR_EL1, TTBR0_EL1 and its ASID, PSTATE's PAN and masks,
/// the probe, the lean access, and the pins.
pub fn condition() -> [u64; 8] {
    let cpu = this_cpu();
    let (root, asid) = registers::user_root();
    let never = cpus::identification(cpu.index()).pan() > 0 && registers::is_privileged_access_never();
    [
        registers::translation_control(),
        registers::system_control(),
        root.0,
        asid.0.into(),
        u64::from(never) << 22 | registers::masks(),
        cpu.probe.is_armed().into(),
        cpu.is_lean().into(),
        cpu.pins.load(Relaxed).into(),
    ]
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
    fn handle(&self, fault: Fault, _: &Frame) -> Resolution {
        load_from(fault.address);
        Resolution::Refuse
    }
}
