//! System registers: identification, and the ones that the translation regime hangs on.
//!
//! The crate `aarch64-cpu` gives the accesses; here they get the barriers that the compiler must not move
//! stores across, since the crate's writes are `nomem`.

use super::barriers;
use aarch64_cpu::registers::{
    ESR_EL1, FAR_EL1, ID_AA64ISAR0_EL1, ID_AA64ISAR1_EL1, ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1,
    ID_AA64MMFR2_EL1, ID_AA64PFR0_EL1, ID_AA64PFR1_EL1, MIDR_EL1, MPIDR_EL1, Readable, SCTLR_EL1, TCR_EL1,
    TTBR0_EL1, Writeable,
};
use afdbm::address::{Asid, PhysicalAddress, VirtualAddress};
use afdbm::fault::{Fault, Syndrome};
use core::arch::asm;

/// The identification registers of one CPU, as read on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Identification {
    /// MIDR_EL1: implementer, part, revision.
    pub midr: u64,
    /// MPIDR_EL1: affinity.
    pub mpidr: u64,
    /// ID_AA64MMFR0_EL1: physical address range, ASID size.
    pub mmfr0: u64,
    /// ID_AA64MMFR1_EL1: HAFDBS, PAN, hierarchical permission disables.
    pub mmfr1: u64,
    /// ID_AA64MMFR2_EL1: UAO, E0PD.
    pub mmfr2: u64,
    /// ID_AA64MMFR3_EL1: permission indirection, TCR2.
    pub mmfr3: u64,
    /// ID_AA64PFR0_EL1.
    pub pfr0: u64,
    /// ID_AA64PFR1_EL1: MTE, THE.
    pub pfr1: u64,
    /// ID_AA64ISAR0_EL1: atomics.
    pub isar0: u64,
    /// ID_AA64ISAR1_EL1: LDAPR.
    pub isar1: u64,
    /// ID_AA64ISAR2_EL1.
    pub isar2: u64,
    /// CTR_EL0: cache line sizes.
    pub ctr: u64,
    /// DCZID_EL0: the block of DC ZVA.
    pub dczid: u64,
    /// CLIDR_EL1: the levels of cache.
    pub clidr: u64,
}

macro_rules! read_register {
    ($name:literal) => {{
        let value: u64;
        // SAFETY: an identification register may be read at EL1 and the read has no side effect; an
        // unallocated ID register in the ID space reads as zero (Arm ARM D23.3.1).
        unsafe { asm!(concat!("mrs {}, ", $name), out(reg) value, options(nomem, nostack, preserves_flags)) };
        value
    }};
}

impl Identification {
    /// Reads the registers of this CPU.
    #[must_use]
    pub fn read() -> Self {
        Self {
            midr: MIDR_EL1.get(),
            mpidr: MPIDR_EL1.get(),
            mmfr0: ID_AA64MMFR0_EL1.get(),
            mmfr1: ID_AA64MMFR1_EL1.get(),
            mmfr2: ID_AA64MMFR2_EL1.get(),
            mmfr3: read_register!("S3_0_C0_C7_3"),
            pfr0: ID_AA64PFR0_EL1.get(),
            pfr1: ID_AA64PFR1_EL1.get(),
            isar0: ID_AA64ISAR0_EL1.get(),
            isar1: ID_AA64ISAR1_EL1.get(),
            isar2: read_register!("S3_0_C0_C6_2"),
            ctr: read_register!("ctr_el0"),
            dczid: read_register!("dczid_el0"),
            clidr: read_register!("clidr_el1"),
        }
    }

    /// Tells whether a CPU with `other` can stand in for this one: all but the affinity is equal.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        Self { mpidr: 0, ..*self } == Self { mpidr: 0, ..*other }
    }

    /// ID_AA64MMFR1_EL1.HAFDBS, an unsigned number (row A05): 0 none, 1 Access flag, 2 and dirty state, 3 and
    /// the Access flag of Table descriptors, 4 and HDBSS; higher means at least these.
    #[must_use]
    pub const fn hafdbs(&self) -> u64 {
        field(self.mmfr1, 0)
    }

    /// ID_AA64MMFR1_EL1.PAN: 0 none, 1 FEAT_PAN, 2 FEAT_PAN2, 3 FEAT_PAN3.
    #[must_use]
    pub const fn pan(&self) -> u64 {
        field(self.mmfr1, 20)
    }

    /// ID_AA64ISAR0_EL1.Atomic: 2 and above FEAT_LSE.
    #[must_use]
    pub const fn lse(&self) -> bool {
        field(self.isar0, 20) >= 2
    }

    /// ID_AA64ISAR1_EL1.LRCPC: 1 and above FEAT_LRCPC.
    #[must_use]
    pub const fn lrcpc(&self) -> bool {
        field(self.isar1, 20) >= 1
    }

    /// ID_AA64PFR1_EL1.MTE: 2 and above has allocation tags in memory (FEAT_MTE2).
    #[must_use]
    pub const fn mte(&self) -> u64 {
        field(self.pfr1, 8)
    }

    /// ID_AA64PFR1_EL1.THE: RCW instructions (FEAT_THE).
    #[must_use]
    pub const fn the(&self) -> bool {
        field(self.pfr1, 48) >= 1
    }

    /// ID_AA64MMFR1_EL1.HPDS: hierarchical permission disables (FEAT_HPDS).
    #[must_use]
    pub const fn hpds(&self) -> bool {
        field(self.mmfr1, 12) >= 1
    }

    /// ID_AA64MMFR2_EL1.UAO (FEAT_UAO).
    #[must_use]
    pub const fn uao(&self) -> bool {
        field(self.mmfr2, 4) >= 1
    }

    /// ID_AA64MMFR2_EL1.AT: misaligned atomics within 16 bytes (FEAT_LSE2).
    #[must_use]
    pub const fn lse2(&self) -> bool {
        field(self.mmfr2, 32) >= 1
    }

    /// ID_AA64MMFR2_EL1.E0PD (FEAT_E0PD).
    #[must_use]
    pub const fn e0pd(&self) -> bool {
        field(self.mmfr2, 60) >= 1
    }

    /// Doublewords of the smallest line of a data cache (CTR_EL0.DminLine, in words of four bytes).
    #[must_use]
    pub const fn words_of_line(&self) -> usize {
        match field(self.ctr, 16) {
            0 => 1,
            logarithm => 1 << (logarithm - 1),
        }
    }

    /// CLIDR_EL1.LoC: levels of cache before the Point of Coherency.
    #[must_use]
    pub const fn levels_of_coherency(&self) -> u64 {
        self.clidr >> 24 & 0b111
    }

    /// Bits of an output address: the lesser of ID_AA64MMFR0_EL1.PARange and the 48 that TCR_EL1.IPS is set to.
    #[must_use]
    pub const fn output_bits(&self) -> u8 {
        match field(self.mmfr0, 0) {
            0 => 32,
            1 => 36,
            2 => 40,
            3 => 42,
            4 => 44,
            _ => 48,
        }
    }

    /// Bytes that DC ZVA zeroes, or `None` where DCZID_EL0.DZP prohibits it.
    #[must_use]
    pub const fn zero_block(&self) -> Option<u64> {
        if self.dczid & 1 << 4 == 0 { Some(4 << (self.dczid & 0xf)) } else { None }
    }

    /// Whether ASIDs have 16 bits (ID_AA64MMFR0_EL1.ASIDBits).
    #[must_use]
    pub const fn wide_asids(&self) -> bool {
        field(self.mmfr0, 4) == 2
    }
}

const fn field(register: u64, lowest: u32) -> u64 {
    register >> lowest & 0xf
}

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
    (PhysicalAddress(value & 0x0000_ffff_ffff_fffe), Asid((value >> 48 & 0xffff) as u16))
}

/// Points TTBR0_EL1 of this CPU to `root`, tagged with `asid`.
///
/// # Safety
///
/// Nothing that the CPU still uses is mapped only by the old tables, and `root` is a table that stays in
/// place while TTBR0_EL1 points to it.
pub unsafe fn set_user_root(root: PhysicalAddress, asid: Asid) {
    barriers::sequence_publish_descriptor();
    TTBR0_EL1.set(root.0 | u64::from(asid.0) << 48);
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
    read_register!("S3_0_C4_C2_3") >> 22 & 1 != 0
}

/// Reads DAIF: what this CPU does not take.
#[must_use]
pub fn masks() -> u64 {
    read_register!("daif")
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
