//! From the first instruction to Rust: the Image header, the first tables, the MMU.
//!
//! Until the MMU is on this is assembly, PC-relative, without atomics and without Rust: memory is then
//! Device-nGnRnE or Non-cacheable to the CPU (Arm ARM D8.2.9), and what is written must reach the Point of
//! Coherency before a cacheable walk may read it. The boot protocol is that of an arm64 Linux Image.

use super::entry::SCTLR_OFF;
use super::{layout, per_cpu, vectors};
use aarch64_cpu::registers::{SCTLR_EL1, TCR_EL1};
use afdbm::descriptor::{AccessPermission, Descriptor, LeafAttributes, MemoryType, TableAttributes};
use afdbm::geometry::{Geometry, Level};
use core::arch::global_asm;

/// Bytes of the stack that the first CPU boots on.
const BOOT_STACK_SIZE: usize = 48 << 10;
/// Bytes of the stack that the first CPU takes exceptions on until it has a guarded one, and of the one for a
/// fault of a handler.
const BOOT_EXCEPTION_STACK_SIZE: usize = 16 << 10;

/// The shape of the tables that this makes: the kernel's have it too, but for the size of the input address.
const GEOMETRY: Geometry = layout::IDENTITY.geometry;

/// Text: EL1 executes, nobody writes.
pub const TEXT: u64 = page(LeafAttributes {
    permission: AccessPermission::PrivilegedReadOnly,
    privileged_execute_never: false,
    ..LeafAttributes::KERNEL_DATA
});
/// Constants: EL1 reads.
pub const RODATA: u64 =
    page(LeafAttributes { permission: AccessPermission::PrivilegedReadOnly, ..LeafAttributes::KERNEL_DATA });
/// Data: EL1 reads and writes.
pub const DATA: u64 = page(LeafAttributes::KERNEL_DATA);
/// A Table descriptor without restrictions.
const TABLE: u64 = TableAttributes::NONE.bits() | Descriptor::VALID | Descriptor::TABLE_OR_PAGE;

const fn page(attributes: LeafAttributes) -> u64 {
    attributes.bits() | Descriptor::VALID | Descriptor::TABLE_OR_PAGE
}

/// What runs the kernel: MMU, caches, stack alignment checks; EL0 may use DC ZVA, WFI, WFE, CTR_EL0 and cache
/// maintenance. SPAN stays 1 (an exception leaves PSTATE.PAN alone) and EPAN stays 0, for every case; A and
/// WXN are 0.
const SCTLR_ON: u64 = SCTLR_OFF
    | SCTLR_EL1::M::SET.value
    | SCTLR_EL1::C::SET.value
    | SCTLR_EL1::SA::SET.value
    | SCTLR_EL1::SA0::SET.value
    | SCTLR_EL1::I::SET.value
    | SCTLR_EL1::DZE::SET.value
    | SCTLR_EL1::UCT::SET.value
    | SCTLR_EL1::NTWI::SET.value
    | SCTLR_EL1::NTWE::SET.value
    | SCTLR_EL1::UCI::SET.value;

/// TCR_EL1 for both ranges: 4K granules; tables in Write-Back Read- and Write-Allocate Inner Shareable
/// memory, which hardware updates need (row G01, Arm ARM R_WLTNL); HA and HD off.
const TCR_BASE: u64 = TCR_EL1::T1SZ.val(layout::KERNEL.geometry.size_field()).value
    | TCR_EL1::TG1::KiB_4.value
    | TCR_EL1::IRGN1::WriteBack_ReadAlloc_WriteAlloc_Cacheable.value
    | TCR_EL1::ORGN1::WriteBack_ReadAlloc_WriteAlloc_Cacheable.value
    | TCR_EL1::SH1::Inner.value
    | TCR_EL1::T0SZ.val(GEOMETRY.size_field()).value
    | TCR_EL1::TG0::KiB_4.value
    | TCR_EL1::IRGN0::WriteBack_ReadAlloc_WriteAlloc_Cacheable.value
    | TCR_EL1::ORGN0::WriteBack_ReadAlloc_WriteAlloc_Cacheable.value
    | TCR_EL1::SH0::Inner.value;

global_asm!(
    r#"
    .section .boot.header, "ax"
    .global _head
_head:
    ccmp    x18, #0, #0xd, pl           // code0: does nothing, and reads "MZ"
    b       _start                      // code1
    .quad   0                           // text_offset: any 4 KiB boundary will do
    .quad   _image_size                 // image_size, .bss included
    .quad   0b1010                      // little-endian, 4K pages, anywhere in memory
    .quad   0
    .quad   0
    .quad   0
    .ascii  "ARM\x64"
    .long   pe_header - _head           // where a UEFI finds out that this is an application of its own

    .section .boot.text, "ax"

    // Maps the image's pages from \start to \end in the table at x22.
    .macro  map_segment start, end, attributes
    adrp    x9, \start
    ldr     x10, =\start
    ldr     x11, =\end
    ldr     x12, =\attributes
1:  cmp     x10, x11
    b.hs    2f
    ubfx    x13, x10, #{page_shift}, #{stride}
    orr     x14, x9, x12
    str     x14, [x22, x13, lsl #3]
    add     x9, x9, #{page_size}
    add     x10, x10, #{page_size}
    b       1b
2:
    .endm

    // Stores a Table descriptor for \next (a page from adrp) in entry \index of \table.
    .macro  link_table table, index, next
    orr     x9, \next, #{table}
    str     x9, [\table, \index, lsl #3]
    .endm

    // Invalidates the tables' cache lines to the Point of Coherency: what stands in a cache is older than
    // what the CPU writes past it with the MMU off (Arm ARM D7.5.9, B2.10).
invalidate_tables:
    mrs     x9, ctr_el0
    ubfx    x9, x9, #16, #4             // DminLine
    mov     x10, #4
    lsl     x10, x10, x9
    adrp    x11, _boot_tables_start
    adrp    x12, _boot_tables_end
1:  dc      ivac, x11
    add     x11, x11, x10
    cmp     x11, x12
    b.lo    1b
    dsb     sy
    ret

    .global _start
_start:
    mov     x20, x0                     // the device tree, or 0
    bl      drop_to_el1
    bl      invalidate_tables
    adrp    x9, _boot_tables_start
    adrp    x10, _boot_tables_end
1:  stp     xzr, xzr, [x9], #16
    cmp     x9, x10
    b.lo    1b

    // The image, below the root of TTBR1 (level 1).
    adrp    x22, boot_image_l3
    map_segment _image_start, _text_end, {text}
    map_segment _text_end, _rodata_end, {rodata}
    map_segment _rodata_end, _image_end, {data}
    ldr     x13, =_image_start
    adrp    x10, boot_image_l2
    ubfx    x14, x13, #{level_2_shift}, #{stride}
    link_table x10, x14, x22
    adrp    x11, boot_root
    ubfx    x14, x13, #{level_1_shift}, #{stride}
    link_table x11, x14, x10

    // This page at its own address, below TTBR0 (level 0).
    adrp    x13, _boot_text_start
    adrp    x10, boot_identity_l3
    ldr     x12, ={text}
    orr     x12, x13, x12
    ubfx    x14, x13, #{page_shift}, #{stride}
    str     x12, [x10, x14, lsl #3]
    adrp    x11, boot_identity_l2
    ubfx    x14, x13, #{level_2_shift}, #{stride}
    link_table x11, x14, x10
    adrp    x10, boot_identity_l1
    ubfx    x14, x13, #{level_1_shift}, #{stride}
    link_table x10, x14, x11
    adrp    x11, boot_identity_l0
    ubfx    x14, x13, #{level_0_shift}, #{stride}
    link_table x11, x14, x10

    dsb     sy
    bl      invalidate_tables
    bl      enable_mmu
    adrp    x21, _image_start           // where the image stands, while the PC tells
    ldr     x9, =first_cpu
    br      x9

    // Where PSCI CPU_ON enters; x0 is the virtual address of the CPU's own record.
    .global secondary_entry
secondary_entry:
    mov     x20, x0
    bl      drop_to_el1
    bl      enable_mmu
    ldr     x9, =next_cpu
    br      x9

    // Sets up the translation regime and turns the MMU on, with what drop_to_el1 left in x23; returns to the identity
    // mapping.
enable_mmu:
    ldr     x9, ={mair}
    mrs     x10, ID_AA64PFR1_EL1
    ubfx    x10, x10, #8, #4            // MTE: the Tagged memory type needs FEAT_MTE2
    cmp     x10, #2
    b.lo    1f
    ldr     x9, ={mair_tagged}
1:  msr     mair_el1, x9
    ldr     x9, ={tcr}
    mrs     x10, ID_AA64MMFR0_EL1
    and     x11, x10, #0xf              // PARange
    cmp     x11, #5                     // 48 bits; more needs FEAT_LPA or LPA2 descriptors
    mov     x12, #5
    csel    x11, x11, x12, lo
    bfi     x9, x11, #32, #3            // IPS
    ubfx    x11, x10, #4, #4            // ASIDBits
    cmp     x11, #2
    b.ne    2f
    orr     x9, x9, #(1 << 36)          // AS: 16 bits
2:  msr     tcr_el1, x9
    mrs     x10, S3_0_C0_C7_3           // ID_AA64MMFR3_EL1
    tst     x10, #0x0f                  // TCRX: permission indirection and the like, UNKNOWN after a reset
    b.eq    3f
    msr     S3_0_C2_C0_3, xzr           // TCR2_EL1
3:  tst     x10, #0xf0                  // SCTLRX
    b.eq    4f
    msr     S3_0_C1_C0_3, xzr           // SCTLR2_EL1
4:
    adrp    x9, boot_identity_l0
    msr     ttbr0_el1, x9
    adrp    x9, boot_root
    msr     ttbr1_el1, x9
    mov     x9, #(0b11 << 20)           // CPACR_EL1.FPEN
    cbz     x23, 5f                     // no SVE
    orr     x9, x9, #(0b11 << 16)       // ZEN
    msr     cpacr_el1, x9
    isb
    msr     S3_0_C1_C2_0, xzr           // ZCR_EL1: vectors of 128 bits, which every CPU has
5:  msr     cpacr_el1, x9
    msr     mdscr_el1, xzr
    dsb     sy                          // the tables' stores, before any walk
    isb
    tlbi    vmalle1
    ic      iallu
    dsb     nsh
    isb
    ldr     x9, ={sctlr_on}
    mrs     x10, S3_0_C0_C6_2           // ID_AA64ISAR2_EL1
    ubfx    x10, x10, #16, #4           // MOPS
    cbz     x10, 6f
    orr     x9, x9, #(1 << 33)          // MSCEn: EL0 copies and sets memory
6:  msr     sctlr_el1, x9
    isb
    ret

    .ltorg

    .section .text.boot_high, "ax"
first_cpu:
    ldr     x9, ={vectors}
    msr     vbar_el1, x9
    ldr     x9, ={per_cpu}
    msr     tpidr_el1, x9
    isb
    ldr     x9, =boot_exception_stack_top
    mov     sp, x9                      // SP_EL1: exceptions
    msr     spsel, #0
    ldr     x9, =boot_stack_top
    mov     sp, x9                      // SP_EL0: all else
    ldr     x9, =_bss_start
    ldr     x10, =_bss_end
1:  stp     xzr, xzr, [x9], #16
    cmp     x9, x10
    b.lo    1b
    ldr     x9, =boot_emergency_stack_top
    mrs     x10, tpidr_el1
    str     x9, [x10, #{emergency_stack}]
    mov     x0, x20
    mov     x1, x19
    mov     x2, x21
    mov     x29, xzr
    mov     x30, xzr
    b       start_first_cpu             // of the kernel above, by name

next_cpu:
    ldr     x9, ={vectors}
    msr     vbar_el1, x9
    msr     tpidr_el1, x20
    isb
    ldr     x9, [x20, #{exception_stack}]
    mov     sp, x9
    msr     spsel, #0
    ldr     x9, [x20, #{stack}]
    mov     sp, x9
    mov     x0, x20
    mov     x29, xzr
    mov     x30, xzr
    b       start_next_cpu
    .ltorg

    .section .boot.tables, "aw", @nobits
    .balign {page_size}
    .global boot_root
boot_root:          .space {page_size}
boot_image_l2:      .space {page_size}
boot_image_l3:      .space {page_size}
boot_identity_l0:   .space {page_size}
boot_identity_l1:   .space {page_size}
boot_identity_l2:   .space {page_size}
boot_identity_l3:   .space {page_size}

    .section .bss.boot_stacks, "aw", @nobits
    .balign 16
                    .space {stack_size}
boot_stack_top:
                    .space {exception_stack_size}
boot_exception_stack_top:
                    .space {exception_stack_size}
boot_emergency_stack_top:
    "#,
    sctlr_on = const SCTLR_ON,
    tcr = const TCR_BASE,
    mair = const MemoryType::mair(false),
    mair_tagged = const MemoryType::mair(true),
    text = const TEXT,
    rodata = const RODATA,
    data = const DATA,
    table = const TABLE,
    stride = const GEOMETRY.granule().stride(),
    page_size = const layout::PAGE_SIZE,
    page_shift = const GEOMETRY.shift(Level::L3),
    level_2_shift = const GEOMETRY.shift(Level::L2),
    level_1_shift = const GEOMETRY.shift(Level::L1),
    level_0_shift = const GEOMETRY.shift(Level::L0),
    vectors = sym vectors::exception_vectors,
    per_cpu = sym per_cpu::ALL,
    stack = const per_cpu::STACK_OFFSET,
    emergency_stack = const per_cpu::EMERGENCY_STACK_OFFSET,
    exception_stack = const per_cpu::EXCEPTION_STACK_OFFSET,
    stack_size = const BOOT_STACK_SIZE,
    exception_stack_size = const BOOT_EXCEPTION_STACK_SIZE,
);
