//! The way in from a UEFI: the image is an application of it, by a PE/COFF header, and leaves it at once.
//!
//! What the firmware knows and nobody else does is written down first: where the device tree is, which memory is free,
//! and the options, of its command line or of a file. Then the boot services are left, MMU and caches are turned off, and it goes on as after any boot
//! loader. The offsets are those of the UEFI Specification 2.10, sections 4.3, 4.4, 9.1, 13.4 and 13.5.

use super::efi::{MAP_BYTES, OPTION_BYTES};
use core::arch::global_asm;

global_asm!(
    r#"
    .section .boot.pe_header, "a"
    .balign 8
    .global pe_header
pe_header:
    .ascii  "PE\0\0"
    .short  0xaa64                      // AArch64
    .short  2                           // sections
    .long   0, 0, 0
    .short  1f - 0f                     // bytes of the optional header
    .short  0x206                       // an executable without line numbers and symbols
0:  .short  0x20b                       // PE32+
    .byte   0, 0
    .long   _pe_constant_size           // code
    .long   _pe_data_size               // initialized data
    .long   0
    .long   _pe_entry
    .long   4096                        // where the code begins
    .quad   0                           // wherever it is loaded
    .long   4096                        // alignment of sections in memory
    .long   512                         // and in the file
    .short  0, 0, 0, 0, 0, 0
    .long   0
    .long   _image_size
    .long   4096                        // bytes of the headers
    .long   0
    .short  10                          // an application of UEFI
    .short  0x100                       // no section is both written and executed
    .quad   0, 0, 0, 0
    .long   0
    .long   6                           // directories, all empty: nothing is relocated
    .quad   0, 0, 0, 0, 0, 0
1:  .ascii  ".text\0\0\0"
    .long   _pe_constant_size, 4096, _pe_constant_size, 4096
    .long   0, 0, 0
    .long   0x60000020                  // code: read and executed
    .ascii  ".data\0\0\0"
    .long   _pe_data_size, _pe_data_offset, _pe_data_in_file, _pe_data_offset
    .long   0, 0, 0
    .long   0xc0000040                  // data: read and written

    .section .text.efi, "ax"
    // x0 is the image's handle, x1 the system table; returns with a status where it cannot go on, and says why.
    .global efi_entry
efi_entry:
    stp     x29, x30, [sp, #-112]!
    mov     x29, sp
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    mov     x19, x0
    ldr     x22, [x1, #96]              // boot services
    str     x1, [sp, #96]

    // The device tree and ACPI's root, among the configuration tables.
    mov     x21, #0
    mov     x24, #0
    ldr     x9, [x1, #104]
    ldr     x10, [x1, #112]
    ldr     x11, =0x41a5f19cb1b621d5    // b1b621d5-f19c-41a5-830b-d9152c69aae0
    ldr     x12, =0xe0aa692c15d90b83
    ldr     x16, =0x11d3e4f18868e871    // 8868e871-e4f1-11d3-bc22-0080c73c8881
    ldr     x17, =0x81883cc7800022bc
1:  cbz     x9, 2f
    sub     x9, x9, #1
    ldp     x13, x14, [x10], #16
    ldr     x15, [x10], #8
    cmp     x13, x11
    ccmp    x14, x12, #0, eq
    csel    x21, x15, x21, eq
    cmp     x13, x16
    ccmp    x14, x17, #0, eq
    csel    x24, x15, x24, eq
    b       1b
2:  adrp    x9, efi_handover
    add     x9, x9, :lo12:efi_handover
    str     x24, [x9, #32]
    cbnz    x21, 4f
    adrp    x1, EFI_NO_DESCRIPTION
    add     x1, x1, :lo12:EFI_NO_DESCRIPTION
    cbz     x24, 14f

    // ACPI alone: without a console in its SPCR that is driven nobody would hear the kernel, so it is said here. The
    // tables are looked at no more than that takes; they are checked when they are read.
    adrp    x1, EFI_NO_CONSOLE
    add     x1, x1, :lo12:EFI_NO_CONSOLE
    ldp     w9, w10, [x24, #24]         // the XSDT
    orr     x9, x9, x10, lsl #32
    cbz     x9, 14f
    ldr     w10, [x9, #4]               // its bytes
    cmp     x10, #0x1000
    b.hi    14f
    add     x10, x9, x10
    add     x9, x9, #36                 // its entries
3:  add     x11, x9, #8
    cmp     x11, x10
    b.hi    14f
    ldp     w12, w13, [x9], #8
    orr     x12, x12, x13, lsl #32
    cbz     x12, 3b
    ldr     w13, [x12]
    ldr     w14, =0x52435053            // SPCR
    cmp     w13, w14
    b.ne    3b
    ldp     w13, w14, [x12, #44]        // where its UART stands
    orr     w13, w13, w14
    cbz     w13, 14f
    ldrb    w13, [x12, #36]             // and what it is
    mov     w14, #0x600b                // 0, 1, 3, 0xd, 0xe
    movk    w14, #0x4, lsl #16          // 0x12
    cmp     w13, #31
    b.hi    14f
    lsr     w14, w14, w13
    tbz     w14, #0, 14f
4:
    // The options that the application was started with.
    mov     x0, x19
    adr     x1, loaded_image
    add     x2, sp, #64
    ldr     x9, [x22, #152]             // HandleProtocol
    blr     x9
    cbnz    x0, 11f
    ldr     x9, [sp, #64]
    ldr     w10, [x9, #48]
    ldr     x9, [x9, #56]
    mov     x11, #{option_bytes}
    cmp     x10, x11
    csel    x10, x10, x11, lo
    adrp    x11, efi_options
    add     x11, x11, :lo12:efi_options
    adrp    x12, efi_handover
    add     x12, x12, :lo12:efi_handover
    str     x10, [x12, #16]
3:  cbz     x10, 4f
    sub     x10, x10, #1
    ldrb    w13, [x9], #1
    strb    w13, [x11], #1
    b       3b

    // And those of a file beside it, if there is one: volume, file, content.
4:  ldr     x9, [sp, #64]
    ldr     x0, [x9, #24]               // the device
    adr     x1, file_system
    add     x2, sp, #64
    ldr     x9, [x22, #152]             // HandleProtocol
    blr     x9
    cbnz    x0, 11f
    ldr     x0, [sp, #64]
    add     x1, sp, #64
    ldr     x9, [x0, #8]                // OpenVolume
    blr     x9
    cbnz    x0, 11f
    ldr     x0, [sp, #64]
    add     x1, sp, #64
    adr     x2, file_name
    mov     x3, #1                      // to read
    mov     x4, #0
    ldr     x9, [x0, #8]                // Open
    blr     x9
    cbnz    x0, 11f
    mov     x9, #{option_bytes}
    str     x9, [sp, #72]
    ldr     x0, [sp, #64]
    add     x1, sp, #72
    adrp    x2, efi_file
    add     x2, x2, :lo12:efi_file
    ldr     x9, [x0, #32]               // Read
    blr     x9
    cbnz    x0, 11f
    ldr     x9, [sp, #72]
    adrp    x12, efi_handover
    add     x12, x12, :lo12:efi_handover
    str     x9, [x12, #24]
11:
    // The memory's map, whose key lets go; to ask for it may change it, so that it is asked for again.
    mov     x23, #8
5:  adrp    x20, efi_handover
    add     x20, x20, :lo12:efi_handover
    mov     x9, #{map_bytes}
    str     x9, [sp, #64]
    add     x0, sp, #64                 // its size
    adrp    x1, efi_map
    add     x1, x1, :lo12:efi_map
    add     x2, sp, #72                 // its key
    add     x3, sp, #80                 // the size of a descriptor
    add     x4, sp, #88
    ldr     x9, [x22, #56]              // GetMemoryMap
    blr     x9
    cbnz    x0, 6f
    ldr     x9, [sp, #64]
    ldr     x10, [sp, #80]
    stp     x9, x10, [x20]
    mov     x0, x19
    ldr     x1, [sp, #72]
    ldr     x9, [x22, #232]             // ExitBootServices
    blr     x9
    cbz     x0, 7f
6:  subs    x23, x23, #1
    b.ne    5b
    adrp    x1, EFI_NOT_LEFT
    add     x1, x1, :lo12:EFI_NOT_LEFT
14: ldr     x9, [sp, #96]
    ldr     x0, [x9, #64]               // ConOut
    cbz     x0, 15f
    ldr     x9, [x0, #8]                // OutputString
    blr     x9
15: mov     x0, #3                      // EFI_UNSUPPORTED
    orr     x0, x0, #(1 << 63)
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x29, x30, [sp], #112
    ret

    // Nobody else is there. What was written must be in memory before the caches are off (Arm ARM D7.5.9).
7:  msr     daifset, #0b1111
    mrs     x9, ctr_el0
    ubfx    x9, x9, #16, #4             // DminLine
    mov     x10, #4
    lsl     x10, x10, x9
    adrp    x11, _image_start
    adrp    x12, _image_end
8:  dc      civac, x11
    add     x11, x11, x10
    cmp     x11, x12
    b.lo    8b
    dsb     sy
    mov     x10, #0b101                 // SCTLR_ELx.M and C
    orr     x10, x10, #(1 << 12)        // and I
    mrs     x9, CurrentEL
    tbz     x9, #3, 9f
    mrs     x9, sctlr_el2
    bic     x9, x9, x10
    msr     sctlr_el2, x9
    b       10f
9:  mrs     x9, sctlr_el1
    bic     x9, x9, x10
    msr     sctlr_el1, x9
10: isb
    ic      iallu
    dsb     sy
    isb
    mov     x0, x21
    b       _start

    .balign 8
loaded_image:                           // 5b1b31a1-9562-11d2-8e3f-00a0c969723b
    .quad   0x11d295625b1b31a1, 0x3b7269c9a0003f8e
file_system:                            // 964e5b22-6459-11d2-8e39-00a0c969723b
    .quad   0x11d26459964e5b22, 0x3b7269c9a000398e
file_name:                              // of 16-bit characters
    .short  0x5c, 0x61, 0x66, 0x64, 0x62, 0x6d, 0x2e, 0x74, 0x78, 0x74, 0
    .balign 8
    .ltorg

    // Bytes of the map, of a descriptor, of the options, and of the file with more, and ACPI's root: 0 unless a UEFI has
    // started this.
    .section .data.efi, "aw"
    .balign 16
    .global efi_handover
efi_handover:
    .quad   0, 0, 0, 0, 0, 0

    .section .handover, "aw", @nobits
    .balign 16
    .global efi_map
efi_map:    .space {map_bytes}
    .global efi_options
efi_options: .space {option_bytes}
    .global efi_file
efi_file:   .space {option_bytes}
    "#,
    map_bytes = const MAP_BYTES,
    option_bytes = const OPTION_BYTES,
);
