//! From the Exception level that the boot loader leaves a CPU at to EL1, with every control above it known. At EL2 the
//! resident part stays.
//!
//! Registers of EL2 are UNKNOWN after a reset (Arm ARM D24.2): each one that can trap or change what EL1 does is
//! written, where the ID registers say that it exists.

use core::arch::global_asm;

/// SCTLR_EL1 with the MMU and the caches off: the bits that are RES1 or that keep to the ARMv8.0 behaviour
/// (Arm ARM D24.2.175): LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS, ITD and SED as they come.
pub(super) const SCTLR_OFF: u64 = 1 << 29 | 1 << 28 | 1 << 23 | 1 << 22 | 1 << 20 | 1 << 11;
/// SCTLR_EL2 with the MMU and the caches off: the bits that are RES1 where HCR_EL2.E2H is 0 (Arm ARM D24.2.176).
pub(super) const SCTLR_EL2_OFF: u64 =
    1 << 29 | 1 << 28 | 1 << 23 | 1 << 22 | 1 << 18 | 1 << 16 | 1 << 11 | 1 << 5 | 1 << 4;

global_asm!(
    r#"
    .section .boot.text, "ax"

    // Returns at EL1h, with the MMU off and a PSTATE that is known (PAN, UAO, SSBS and the like 0, all masked),
    // from EL1 too; the Exception level of entry is left in x19, and ID_AA64PFR0_EL1.SVE in x23. From EL3 it is Secure EL1, where Rust says that
    // it refuses: no firmware would be left to power off or to start CPUs.
    .global drop_to_el1
drop_to_el1:
    msr     daifset, #0b1111
    mrs     x19, CurrentEL
    lsr     x19, x19, #2
    mrs     x23, ID_AA64PFR0_EL1
    ubfx    x23, x23, #32, #4           // SVE
    ldr     x11, ={sctlr_off}
    cmp     x19, #2
    b.eq    1f
    msr     sctlr_el1, x11              // EOS=1: the ERET synchronizes
    isb
    mov     x10, #0x3c5                 // EL1h, all masked
    b.hi    0f
    msr     spsr_el1, x10
    msr     elr_el1, x30
    eret
0:  mrs     x11, mpidr_el1              // without firmware every CPU comes here; one is enough to refuse
    tst     x11, #0xffffff
    b.ne    park
    mov     x11, #0x430                 // SCR_EL3: RW, RES1; Secure, so that EL2 has no say
    msr     scr_el3, x11
    cmp     x23, #0
    cset    x11, ne
    lsl     x11, x11, #8                // CPTR_EL3.EZ
    msr     cptr_el3, x11
    msr     mdcr_el3, xzr
    msr     spsr_el3, x10
    msr     elr_el3, x30
    eret
1:  ldr     x10, ={sctlr_el2}           // EOS=1 here too, and little-endian
    msr     sctlr_el2, x10
    adrp    x10, resident_vectors       // from here on, whatever is taken to EL2 is the resident part's
    add     x10, x10, :lo12:resident_vectors
    msr     vbar_el2, x10
    msr     tpidr_el2, xzr
    isb
    mov     x9, #1
    lsl     x10, x9, #31                // HCR_EL2.RW
    mrs     x11, ID_AA64PFR1_EL1
    ubfx    x11, x11, #8, #4            // MTE
    cmp     x11, #2
    b.lo    1f
    orr     x10, x10, x9, lsl #56       // HCR_EL2.ATA: allocation tags at EL1 and EL0
1:  msr     hcr_el2, x10
    isb
    mrs     x10, hcr_el2
    ldr     x11, ={sctlr_off}
    tbnz    x10, #34, 2f                // E2H is RES1 on a CPU without FEAT_E2H0
    msr     sctlr_el1, x11
    msr     vbar_el1, xzr               // no vectors yet
    mov     x10, #0b11                  // CNTHCTL_EL2: EL1PCTEN, EL1PCEN
    msr     cnthctl_el2, x10
    mov     x10, #0x33ff                // CPTR_EL2: SVE and SME trap, FP does not
    bic     x11, x10, #(1 << 8)         // TZ
    b       8f
2:  msr     S3_5_C1_C0_0, x11           // SCTLR_EL12
    msr     S3_5_C12_C0_0, xzr          // VBAR_EL12
    mov     x10, #(0b11 << 10)          // CNTHCTL_EL2: EL1PTEN, EL1PCTEN
    msr     cnthctl_el2, x10
    mov     x10, #(0b11 << 20)          // CPTR_EL2.FPEN
    orr     x11, x10, #(0b11 << 16)     // ZEN
8:  cmp     x23, #0                     // x11 where there is SVE
    csel    x10, x10, x11, eq
    msr     cptr_el2, x10
    cbz     x23, 3f
    isb
    msr     S3_4_C1_C2_0, xzr           // ZCR_EL2: vectors of 128 bits
3:  msr     cntvoff_el2, xzr
    msr     vttbr_el2, xzr
    msr     hstr_el2, xzr
    mrs     x10, midr_el1
    msr     vpidr_el2, x10
    mrs     x10, mpidr_el1
    msr     vmpidr_el2, x10
    mov     x10, #0
    mrs     x11, ID_AA64DFR0_EL1
    ubfx    x11, x11, #8, #4            // PMUVer
    cbz     x11, 4f
    cmp     x11, #0xf
    b.eq    4f
    mrs     x10, pmcr_el0
    ubfx    x10, x10, #11, #5           // MDCR_EL2.HPMN = PMCR_EL0.N: every counter is EL1's
4:  msr     mdcr_el2, x10
    mrs     x10, ID_AA64PFR0_EL1
    ubfx    x10, x10, #24, #4           // GIC system registers
    cbz     x10, 5f
    mov     x10, #0b100                 // QEMU's a64fx has the field, and the registers with a GICv3 alone
    msr     tpidr_el2, x10
    mov     x10, #-1
    mrs     x10, S3_4_C12_C9_5          // ICC_SRE_EL2: SRE, Enable
    msr     tpidr_el2, xzr
    cmn     x10, #1
    b.eq    5f
    orr     x10, x10, #0b0001
    orr     x10, x10, #0b1000
    msr     S3_4_C12_C9_5, x10
    isb
    mrs     x10, S3_4_C12_C9_5          // SRE is 0 for good where EL3 keeps to the memory-mapped interface
    tbz     x10, #0, 5f
    msr     S3_4_C12_C11_0, xzr         // ICH_HCR_EL2
5:  mrs     x10, ID_AA64MMFR0_EL1
    ubfx    x10, x10, #56, #4           // FGT
    cbz     x10, 6f
    mrs     x10, S3_0_C0_C7_3           // ID_AA64MMFR3_EL1
    tst     x10, #0xf00                 // S1PIE: nPIR_EL1 and nPIRE0_EL1, which trap where they are 0
    mov     x11, #(0b11 << 57)
    csel    x11, x11, xzr, ne
    msr     S3_4_C1_C1_4, x11           // HFGRTR_EL2
    msr     S3_4_C1_C1_5, x11           // HFGWTR_EL2
    msr     S3_4_C1_C1_6, xzr           // HFGITR_EL2
    msr     S3_4_C3_C1_4, xzr           // HDFGRTR_EL2
    msr     S3_4_C3_C1_5, xzr           // HDFGWTR_EL2
6:  mrs     x10, ID_AA64MMFR1_EL1
    ubfx    x10, x10, #40, #4           // HCX
    cbz     x10, 8f
    mov     x11, #0
    mrs     x10, S3_0_C0_C6_2           // ID_AA64ISAR2_EL1
    ubfx    x10, x10, #16, #4           // MOPS
    cbz     x10, 7f
    mov     x11, #(1 << 11)             // HCRX_EL2.MSCEn: memory copy and set at EL1 and EL0
7:  mrs     x10, S3_0_C0_C7_3           // ID_AA64MMFR3_EL1
    tst     x10, #0x0f                  // TCRX: HCRX_EL2.TCR2En, since TCR2_EL1 is EL1's
    mov     x12, #(1 << 14)
    csel    x12, x12, xzr, ne
    orr     x11, x11, x12
    tst     x10, #0xf0                  // SCTLRX: HCRX_EL2.SCTLR2En, likewise
    mov     x12, #(1 << 15)
    csel    x12, x12, xzr, ne
    orr     x11, x11, x12
    msr     S3_4_C1_C2_2, x11           // HCRX_EL2
8:  mov     x10, #0x3c5                 // EL1h, all masked
    msr     spsr_el2, x10
    msr     elr_el2, x30
    eret

park:
    wfi
    b       park
    .ltorg
    "#,
    sctlr_off = const SCTLR_OFF,
    sctlr_el2 = const SCTLR_EL2_OFF,
);
