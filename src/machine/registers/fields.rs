//! The system registers and fields that the crate `aarch64-cpu` does not have, as typed as those that it has.

use aarch64_cpu::registers::{
    ID_AA64ISAR0_EL1, ID_AA64ISAR1_EL1, ID_AA64MMFR1_EL1, ID_AA64MMFR2_EL1, ID_AA64PFR1_EL1, SCTLR_EL1,
    TCR_EL1,
};
use core::arch::asm;
use tock_registers::fields::Field;
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_bitfields;

/// TCR_EL1.HPD0: the attributes of Table descriptors in TTBR0's range are ignored (FEAT_HPDS).
pub const TCR_HPD0: Field<u64, TCR_EL1::Register> = Field::new(1, 41);
/// TCR_EL1.E0PD0: unprivileged accesses to TTBR0's range fault (FEAT_E0PD).
pub const TCR_E0PD0: Field<u64, TCR_EL1::Register> = Field::new(1, 55);
/// TCR_EL1.DS: descriptors of 4K and 16K hold 52 bits of address (FEAT_LPA2).
pub const TCR_DS: Field<u64, TCR_EL1::Register> = Field::new(1, 59);
/// SCTLR_EL1.EPAN: PAN covers what EL0 may only execute (FEAT_PAN3).
pub const SCTLR_EPAN: Field<u64, SCTLR_EL1::Register> = Field::new(1, 57);
/// ID_AA64ISAR0_EL1.Atomic: 2 and above FEAT_LSE.
pub const ISAR0_ATOMIC: Field<u64, ID_AA64ISAR0_EL1::Register> = Field::new(0xf, 20);
/// ID_AA64ISAR0_EL1.TLB: 1 and above FEAT_TLBIOS, 2 and above FEAT_TLBIRANGE.
pub const ISAR0_TLB: Field<u64, ID_AA64ISAR0_EL1::Register> = Field::new(0xf, 56);
/// ID_AA64ISAR1_EL1.XS: TLBI and DSB with nXS (FEAT_XS).
pub const ISAR1_XS: Field<u64, ID_AA64ISAR1_EL1::Register> = Field::new(0xf, 56);
/// ID_AA64MMFR2_EL1.TTL: the level in the operand of a TLBI (FEAT_TTL).
pub const MMFR2_TTL: Field<u64, ID_AA64MMFR2_EL1::Register> = Field::new(0xf, 48);
/// ID_AA64ISAR1_EL1.LRCPC: LDAPR (FEAT_LRCPC).
pub const ISAR1_LRCPC: Field<u64, ID_AA64ISAR1_EL1::Register> = Field::new(0xf, 20);
/// ID_AA64ISAR1_EL1.DPB: 1 FEAT_DPB, 2 FEAT_DPB2.
pub const ISAR1_DPB: Field<u64, ID_AA64ISAR1_EL1::Register> = Field::new(0xf, 0);
/// ID_AA64MMFR1_EL1.LO (FEAT_LOR).
pub const MMFR1_LO: Field<u64, ID_AA64MMFR1_EL1::Register> = Field::new(0xf, 16);
/// ID_AA64MMFR1_EL1.ETS: enhanced translation synchronization.
pub const MMFR1_ETS: Field<u64, ID_AA64MMFR1_EL1::Register> = Field::new(0xf, 36);
/// ID_AA64PFR1_EL1.THE: RCW instructions (FEAT_THE).
pub const PFR1_THE: Field<u64, ID_AA64PFR1_EL1::Register> = Field::new(0xf, 48);

register_bitfields! {u64,
    /// Cache Type Register (Arm ARM D24.2.34).
    pub CTR_EL0 [
        /// The smallest line of a data cache: the logarithm of its words of four bytes.
        DminLine OFFSET(16) NUMBITS(4) []
    ],
    /// Data Cache Zero ID register.
    pub DCZID_EL0 [
        /// DC ZVA is prohibited.
        DZP OFFSET(4) NUMBITS(1) [],
        /// The block of DC ZVA: the logarithm of its words of four bytes.
        BS OFFSET(0) NUMBITS(4) []
    ],
    /// PSTATE.PAN as MRS reads it.
    pub PAN [
        /// The field itself.
        PAN OFFSET(22) NUMBITS(1) []
    ],
    /// Memory Model Feature register 3 (Arm ARM D24.2, ID_AA64MMFR3_EL1).
    pub ID_AA64MMFR3_EL1 [
        /// TCR2_EL1 is there.
        TCRX OFFSET(0) NUMBITS(4) []
    ],
    /// Extended Translation Control Register (Arm ARM D24.2, TCR2_EL1).
    pub TCR2_EL1 [
        /// Permissions are indirect (FEAT_S1PIE).
        PIE OFFSET(1) NUMBITS(1) [],
        /// Hardware manages the Access flag of Table descriptors, where TCR_EL1.HA is 1 (FEAT_HAFT).
        HAFT OFFSET(11) NUMBITS(1) []
    ],
    /// Performance Monitors Control Register.
    pub PMCR_EL0 [
        /// How many event counters there are.
        N OFFSET(11) NUMBITS(5) [],
        /// The counters count.
        E OFFSET(0) NUMBITS(1) []
    ],
    /// Performance Monitors Common Event Identification register 0: a bit for each event that can be counted.
    pub PMCEID0_EL0 [
        /// INST_RETIRED: an instruction is architecturally executed.
        INST_RETIRED OFFSET(8) NUMBITS(1) []
    ],
    /// Performance Monitors Event Type register of counter 0.
    pub PMEVTYPER0_EL0 [
        /// What the counter counts.
        evtCount OFFSET(0) NUMBITS(16) [
            /// An instruction that is architecturally executed (Arm ARM D13.12.3).
            INST_RETIRED = 0x08
        ]
    ],
    /// Performance Monitors Count Enable Set register, and the one that clears.
    pub PMCNTEN [
        /// Event counter 0.
        P0 OFFSET(0) NUMBITS(1) []
    ]
}

/// Makes a register readable, and with `write` writable, by its assembler name.
///
/// Neither access is `nomem`: the compiler keeps loads and stores where they stand, so that a count is that of the code
/// between two readings.
macro_rules! register {
    ($(#[$documentation:meta])* $name:ident: $fields:ty, $assembler:literal, read) => {
        $(#[$documentation])*
        #[allow(non_camel_case_types, reason = "the architecture's name")]
        pub struct $name;

        impl Readable for $name {
            type T = u64;
            type R = $fields;

            fn get(&self) -> u64 {
                let value: u64;
                // SAFETY: reading one of the registers below has no side effect at EL1. On a CPU without it the
                // instruction is UNDEFINED or traps, and ends as an exception that nobody expected.
                unsafe { asm!(concat!("mrs {}, ", $assembler), out(reg) value, options(nostack, preserves_flags)) };
                value
            }
        }
    };
    ($(#[$documentation:meta])* $name:ident: $fields:ty, $assembler:literal, write) => {
        register!($(#[$documentation])* $name: $fields, $assembler, read);

        impl Writeable for $name {
            type T = u64;
            type R = $fields;

            fn set(&self, value: u64) {
                // SAFETY: only registers of the performance monitors are writable here, which change nothing but
                // what is counted.
                unsafe { asm!(concat!("msr ", $assembler, ", {}"), in(reg) value, options(nostack, preserves_flags)) };
            }
        }
    };
}

register! {
    /// ID_AA64MMFR3_EL1, by its encoding: an unallocated ID register reads as zero (Arm ARM D23.3.1).
    MemoryModel3: ID_AA64MMFR3_EL1::Register, "S3_0_C0_C7_3", read
}
register! {
    /// ID_AA64MMFR4_EL1, likewise.
    MemoryModel4: (), "S3_0_C0_C7_4", read
}
register! {
    /// ID_AA64ISAR2_EL1, likewise.
    InstructionSet2: (), "S3_0_C0_C6_2", read
}
register! {
    /// CTR_EL0.
    CacheType: CTR_EL0::Register, "ctr_el0", read
}
register! {
    /// DCZID_EL0.
    ZeroBlock: DCZID_EL0::Register, "dczid_el0", read
}
register! {
    /// PAN; only with FEAT_PAN.
    PrivilegedAccessNever: PAN::Register, "S3_0_C4_C2_3", read
}
register! {
    /// PMCR_EL0; this and the following only with performance monitors of the architecture.
    MonitorsControl: PMCR_EL0::Register, "pmcr_el0", write
}
register! {
    /// PMCEID0_EL0.
    MonitorsEvents: PMCEID0_EL0::Register, "pmceid0_el0", read
}
register! {
    /// PMEVTYPER0_EL0.
    Counter0Event: PMEVTYPER0_EL0::Register, "pmevtyper0_el0", write
}
register! {
    /// PMEVCNTR0_EL0.
    Counter0: (), "pmevcntr0_el0", read
}
register! {
    /// PMCNTENSET_EL0: counters of which a 1 is written count.
    CountersOn: PMCNTEN::Register, "pmcntenset_el0", write
}
register! {
    /// PMCNTENCLR_EL0: counters of which a 1 is written do not.
    CountersOff: PMCNTEN::Register, "pmcntenclr_el0", write
}
