//! System registers: identification, and the ones that the translation regime hangs on.
//!
//! The crate `aarch64-cpu` gives the accesses; here they get the barriers that the compiler must not move
//! stores across, since the crate's writes are `nomem`.

mod extended;
pub mod fields;
mod identification;

pub use extended::{Extended, Indirect, clear_extended, set_extended};
pub use identification::Identification;

use super::barriers;
use aarch64_cpu::registers::{
    DAIF, ESR_EL1, FAR_EL1, ID_AA64MMFR0_EL1, MPIDR_EL1, Readable, SCTLR_EL1, TCR_EL1, TTBR0_EL1, Writeable,
};
use afdbm::address::{Asid, PhysicalAddress, VirtualAddress};
use afdbm::fault::{Fault, Syndrome};
use core::arch::asm;
use fields::{PAN, PrivilegedAccessNever};

/// Reads the syndrome and the address of the exception that was just taken.
#[must_use]
pub fn read_fault() -> Fault {
    Fault { syndrome: Syndrome(ESR_EL1.get()), address: VirtualAddress(FAR_EL1.get()) }
}

/// Reads MPIDR_EL1 of this CPU.
#[must_use]
pub fn affinity() -> u64 {
    MPIDR_EL1.get()
}

/// Reads TCR_EL1.
#[must_use]
pub fn translation_control() -> u64 {
    TCR_EL1.get()
}

/// Reads ID_AA64MMFR0_EL1.PARange.
#[must_use]
pub fn physical_address_range() -> u64 {
    ID_AA64MMFR0_EL1.read(ID_AA64MMFR0_EL1::PARange)
}

/// Reads SCTLR_EL1.
#[must_use]
pub fn system_control() -> u64 {
    SCTLR_EL1.get()
}

/// Returns the root of this CPU's TTBR0 and its ASID.
#[must_use]
pub fn user_root() -> (PhysicalAddress, Asid) {
    let value = TTBR0_EL1.get();
    (PhysicalAddress(TTBR0_EL1::BADDR.read(value) << 1), Asid(TTBR0_EL1::ASID.read(value) as u16))
}

/// Points TTBR0_EL1 of this CPU to `root`, tagged with `asid`.
///
/// # Safety
///
/// Nothing that the CPU still uses is mapped only by the old tables, and `root` is a table that stays in
/// place while TTBR0_EL1 points to it.
pub unsafe fn set_user_root(root: PhysicalAddress, asid: Asid) {
    barriers::sequence_publish_descriptor();
    TTBR0_EL1.write(TTBR0_EL1::ASID.val(asid.0.into()) + TTBR0_EL1::BADDR.val(root.0 >> 1));
    barriers::sequence_synchronize_context();
}

/// Writes TCR_EL1 and SCTLR_EL1 and invalidates this CPU's TLB, since their bits may be cached in it.
///
/// # Safety
///
/// The values keep the kernel's own range as `boot` set it up: T1SZ, TG1, cacheability, M, C.
pub unsafe fn set_regime(translation: u64, system: u64) {
    barriers::sequence_synchronize_context();
    TCR_EL1.set(translation);
    SCTLR_EL1.set(system);
    barriers::sequence_invalidate_everything_local();
}

/// Sets PSTATE.PAN, on a CPU that has FEAT_PAN.
///
/// # Safety
///
/// ID_AA64MMFR1_EL1.PAN is not 0 on this CPU: the instruction is UNDEFINED elsewhere.
pub unsafe fn set_privileged_access_never(set: bool) {
    // SAFETY: the caller says that the PSTATE field exists; the kernel makes no access that PAN would refuse.
    unsafe {
        if set {
            asm!(".arch_extension pan", "msr pan, #1", options(nomem, nostack, preserves_flags));
        } else {
            asm!(".arch_extension pan", "msr pan, #0", options(nomem, nostack, preserves_flags));
        }
    }
}

/// Reads PSTATE.PAN; only on a CPU with FEAT_PAN, elsewhere the access is UNDEFINED and ends as such.
#[must_use]
pub fn is_privileged_access_never() -> bool {
    PrivilegedAccessNever.is_set(PAN::PAN)
}

/// Reads DAIF: what this CPU does not take.
#[must_use]
pub fn masks() -> u64 {
    DAIF.get()
}

/// Lets this CPU take IRQs and SErrors.
pub fn unmask_interrupts() {
    // SAFETY: the vectors, the stacks and the interrupt controller are set up before the first call.
    unsafe { asm!("msr daifclr, #0b0110", options(nostack, preserves_flags)) };
}

/// Keeps this CPU from taking IRQs, FIQs, SErrors and debug exceptions.
pub fn mask_interrupts() {
    // SAFETY: masking has no effect on memory; nobody relies on an interrupt for safety.
    unsafe { asm!("msr daifset, #0b1111", options(nostack, preserves_flags)) };
}

/// Keeps this CPU from taking IRQs until the value is dropped.
#[derive(Debug)]
pub struct MaskedInterrupts {
    daif: u64,
}

impl MaskedInterrupts {
    /// Masks IRQs on this CPU.
    #[must_use]
    pub fn new() -> Self {
        let daif: u64;
        // SAFETY: DAIF may be read and its I bit set at EL1; `drop` puts the old value back.
        unsafe {
            asm!("mrs {}, daif", "msr daifset, #0b0010", out(reg) daif, options(nostack, preserves_flags));
        }
        Self { daif }
    }
}

impl Drop for MaskedInterrupts {
    fn drop(&mut self) {
        // SAFETY: this restores the value that `new` read on the same CPU.
        unsafe { asm!("msr daif, {}", in(reg) self.daif, options(nostack, preserves_flags)) };
    }
}

/// Returns where an address leads that EL1 may read, by the tables that are set.
#[must_use]
pub fn translate(address: VirtualAddress) -> Option<PhysicalAddress> {
    let report: u64;
    // SAFETY: AT changes PAR_EL1 alone, which nobody keeps anything in; it is read between barriers for Cortex-A77's erratum
    // 1508412.
    unsafe {
        asm!(
            "at s1e1r, {address}",
            "isb",
            "dmb sy",
            "mrs {report}, par_el1",
            "dmb sy",
            address = in(reg) address.0,
            report = out(reg) report,
            options(nostack, preserves_flags)
        );
    }
    // PAR_EL1.F, and PA in bits 47:12 (Arm ARM D24.2.143).
    (report & 1 == 0).then_some(PhysicalAddress(report & 0xffff_ffff_f000 | address.0 & 0xfff))
}
