//! What stays at EL2: its vectors, and what EL1 may call there by HVC.
//!
//! It has no stack and uses no memory: what a call hands over and what comes of it is in registers, so that the MMU and the
//! caches of EL2 may be off, and nothing has to be made coherent. SP_EL2 keeps x0 while it looks what to do, and TPIDR_EL2
//! says what it is about: bit 0, a probe runs; bit 1, an exception of EL1 or EL0 was handed to EL1; bit 2, the entry passes by
//! an instruction that the CPU may lack.
//!
//! An exception that belongs to no probe is handed to EL1 as if EL1 had taken it: ESR, FAR, ELR and SPSR are those of EL2,
//! and the handler there decodes it as any other.

use super::super::entry::SCTLR_EL2_OFF;
use super::stage_2::{HCR_PTW, HCR_VM, VTCR_S2PIE};
use core::arch::global_asm;

/// HVC of a probe at EL2 or EL2&0.
pub(super) const CALL_PROBE: u16 = 0xaf0;
/// HVC that asks whether an exception was handed to EL1 since it was asked last, with HPFAR_EL2.
pub(super) const CALL_HANDED: u16 = 0xaf1;
/// HVC that sets stage 2 of the EL1&0 regime.
pub(super) const CALL_STAGE_2: u16 = 0xaf2;
/// HVC that makes the resident part fault, to see that it is told.
pub(super) const CALL_BREAK: u16 = 0xaf3;
/// HVC that invalidates stage 2 by address.
pub(super) const CALL_INVALIDATE: u16 = 0xaf4;
/// HVC that translates an address of EL1&0 by both stages.
pub(super) const CALL_TRANSLATE: u16 = 0xaf5;

/// CPTR_EL2 where E2H is 0: SVE and SME trap, floating point does not.
const CPTR: u64 = 0x33ff;
/// CPTR_EL2.FPEN where E2H is 1.
const CPTR_HOST: u64 = 0b11 << 20;

global_asm!(
    r#"
    .section .resident, "ax"

    .macro  slot target
    .balign 128
    b       \target
    .endm

    .balign 2048
    .global resident_vectors
resident_vectors:
    .rept   4                           // from EL2 on SP_EL0: never
    slot    resident_hand
    .endr
    slot    resident_synchronous
    .rept   3
    slot    resident_asynchronous
    .endr
    slot    resident_synchronous        // from EL1 and EL0
    .rept   3
    slot    resident_asynchronous
    .endr
    .rept   4                           // from AArch32 state: never
    slot    resident_hand
    .endr

    // Hands the exception to EL1: the registers of EL1 by their names here.
    .macro  hand esr, far, elr, spsr, vbar
    mrs     x0, esr_el2
    msr     \esr, x0
    mrs     x0, far_el2
    msr     \far, x0
    mrs     x0, elr_el2
    msr     \elr, x0
    mrs     x0, spsr_el2
    msr     \spsr, x0
    mrs     x0, \vbar
    cbz     x0, resident_park           // EL1 has no vectors yet: nobody could be told
    msr     elr_el2, x0
    mrs     x0, spsr_el2
    tbnz    x0, #3, 2f                  // from EL2: as from EL1t, which has called
    tbz     x0, #2, 1f                  // from EL0
    tbz     x0, #0, 2f                  // from EL1t
    mrs     x0, elr_el2
    add     x0, x0, #0x200
    msr     elr_el2, x0
    b       2f
1:  mrs     x0, elr_el2
    add     x0, x0, #0x400
    msr     elr_el2, x0
2:
    .endm

resident_hand:
    mov     sp, x0
3:  mrs     x0, hcr_el2
    tbnz    x0, #34, 4f
    hand    esr_el1, far_el1, elr_el1, spsr_el1, vbar_el1
    b       5f
4:  hand    S3_5_C5_C2_0, S3_5_C6_C0_0, S3_5_C4_C0_1, S3_5_C4_C0_0, S3_5_C12_C0_0
5:  mov     x0, #0b10
    msr     tpidr_el2, x0
    mrs     x0, spsr_el2
    and     x0, x0, #(1 << 22)          // PAN stays, since SPAN is 1
    orr     x0, x0, #0x3c0              // EL1h, all masked
    orr     x0, x0, #0b100
    orr     x0, x0, #0b001
    msr     spsr_el2, x0
    mov     x0, sp
    eret

resident_synchronous:
    mov     sp, x0
    mrs     x0, tpidr_el2
    tbnz    x0, #0, resident_taken
    tbnz    x0, #2, resident_passed_by
    mrs     x0, esr_el2
    lsr     x0, x0, #26
    cmp     x0, #0x16                   // HVC from AArch64 state
    b.ne    3b
    mrs     x0, esr_el2
    and     x0, x0, #0xffff
    cmp     x0, #{call_probe}
    b.eq    resident_probe
    cmp     x0, #{call_handed}
    b.eq    resident_handed
    cmp     x0, #{call_stage_2}
    b.eq    resident_stage_2
    cmp     x0, #{call_invalidate}
    b.eq    resident_invalidate
    cmp     x0, #{call_translate}
    b.eq    resident_translate
    cmp     x0, #{call_break}
    b.ne    3b
    brk     #0

resident_passed_by:
    mrs     x0, elr_el2
    add     x0, x0, #4
    msr     elr_el2, x0
    mov     x0, sp
    eret

resident_asynchronous:
    mov     sp, x0
    mrs     x0, tpidr_el2
    tbz     x0, #0, 3b
    mov     x8, #2
    b       resident_over

    // x0 out: whether an exception was handed to EL1, x1: HPFAR_EL2.
resident_handed:
    mrs     x0, tpidr_el2
    mrs     x1, hpfar_el2
    msr     tpidr_el2, xzr
    eret

    // In: x0 VTTBR_EL2, x1 VTCR_EL2, x2 which of HCR_EL2.VM and PTW are set. The TLB holds nothing of the regime afterwards.
    // Out: x0 PAR_EL1 of where EL1 goes on; with bit 0 set, stage 2 is off again.
resident_stage_2:
    mov     x0, sp
    msr     vttbr_el2, x0
    msr     vtcr_el2, x1
    tbz     x1, #{indirect}, 1f
    msr     S3_4_C10_C2_5, x3           // S2PIR_EL2
1:  isb
    mrs     x0, hcr_el2
    bic     x0, x0, #{virtual_machine}
    bic     x0, x0, #{protected_walk}
    orr     x0, x0, x2
    msr     hcr_el2, x0
    isb
    tlbi    vmalls12e1
    dsb     nsh
    isb
    mrs     x1, elr_el2                 // could EL1 go on?
    at      s12e1r, x1
    isb
    dmb     sy                          // Cortex-A77's erratum 1508412
    mrs     x0, par_el1
    dmb     sy
    tbz     x0, #0, 10f
    mrs     x1, hcr_el2
    bic     x1, x1, #{virtual_machine}
    msr     hcr_el2, x1
    isb
    tlbi    vmalls12e1
    dsb     nsh
    isb
10: eret

    // In: x0 to x2 operands of IPAS2E1, x3 whether on every PE; the entries that join both stages are for EL1 to invalidate.
resident_invalidate:
    mov     x0, sp
    dsb     ish
    cbnz    x3, 15f
    tlbi    ipas2e1, x0
    tlbi    ipas2e1, x1
    tlbi    ipas2e1, x2
    dsb     ish
    eret
15: tlbi    ipas2e1is, x0
    tlbi    ipas2e1is, x1
    tlbi    ipas2e1is, x2
    dsb     ish
    eret

    // In: x0 an address, x1 which AT it is: bit 0 a write, bit 1 with EL0's permissions. Out: x0 PAR_EL1.
resident_translate:
    mov     x0, sp
    tbnz    x1, #1, 12f
    tbnz    x1, #0, 11f
    at      s12e1r, x0
    b       14f
11: at      s12e1w, x0
    b       14f
12: tbnz    x1, #0, 13f
    at      s12e0r, x0
    b       14f
13: at      s12e0w, x0
14: isb                                 // makes PAR_EL1 readable (Arm ARM D8.15.2)
    dmb     sy                          // Cortex-A77's erratum 1508412
    mrs     x0, par_el1
    dmb     sy
    eret

    // In: x0 where to go, x1 SPSR_EL2 for there, x2 TTBR0_EL2, x3 TCR_EL2, x4 MAIR_EL2, x5 SCTLR_EL2, x6 HCR_EL2, x7 whether
    // the TLB is emptied, x8 x30 for there, or 0 to come back here, x10 to x16 are x0 to x6 there.
    // Out: x8 0 where it came back, 1 by a synchronous exception, 2 by another; x9 ESR_EL2, x10 FAR_EL2, x11 HPFAR_EL2.
resident_probe:
    mov     x0, sp
    mrs     x19, hcr_el2
    mrs     x20, elr_el2
    mrs     x21, spsr_el2
    mrs     x22, cptr_el2
    mov     x17, #1
    msr     tpidr_el2, x17
    msr     hcr_el2, x6
    isb
    tbnz    x6, #34, 6f
    mov     x17, #{cptr}
    b       7f
6:  mov     x17, #{cptr_host}
    msr     S3_4_C2_C0_1, x2            // TTBR1_EL2; TCR_EL2.EPD1 keeps walks out of it
7:  msr     cptr_el2, x17
    msr     ttbr0_el2, x2
    msr     tcr_el2, x3
    msr     mair_el2, x4
    isb
    cbz     x7, 8f
    dsb     ish
    tlbi    alle2
    dsb     nsh
    isb
8:  msr     sctlr_el2, x5
    isb
    msr     elr_el2, x0
    msr     spsr_el2, x1
    adr     x30, resident_returned
    cmp     x8, #0
    csel    x30, x30, x8, eq
    mov     x0, x10
    mov     x1, x11
    mov     x2, x12
    mov     x3, x13
    mov     x4, x14
    mov     x5, x15
    mov     x6, x16
    eret

resident_returned:
    mov     x8, #0
    b       resident_over
resident_taken:
    mov     x8, #1
resident_over:
    mrs     x9, esr_el2
    mrs     x10, far_el2
    mrs     x11, hpfar_el2
    mov     x12, #{sctlr_low}
    movk    x12, #{sctlr_high}, lsl #16
    msr     sctlr_el2, x12
    isb
    msr     hcr_el2, x19
    isb
    msr     cptr_el2, x22
    msr     tpidr_el2, xzr
    msr     elr_el2, x20
    msr     spsr_el2, x21
    eret

resident_park:
    wfi
    b       resident_park
    "#,
    call_probe = const CALL_PROBE,
    call_handed = const CALL_HANDED,
    call_break = const CALL_BREAK,
    call_stage_2 = const CALL_STAGE_2,
    call_invalidate = const CALL_INVALIDATE,
    call_translate = const CALL_TRANSLATE,
    indirect = const VTCR_S2PIE.trailing_zeros(),
    virtual_machine = const HCR_VM,
    protected_walk = const HCR_PTW,
    cptr = const CPTR,
    cptr_host = const CPTR_HOST,
    sctlr_low = const SCTLR_EL2_OFF & 0xffff,
    sctlr_high = const SCTLR_EL2_OFF >> 16,
);
