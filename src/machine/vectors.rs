//! The exception vectors.
//!
//! The kernel runs at EL1t: threads and cases on SP_EL0, exceptions on SP_EL1. So the vector itself tells a
//! fault of a case (current EL, SP_EL0) from a fault of a handler (current EL, SP_ELx), and a handler never
//! runs on a stack that the case has used up.

use super::exceptions;
use super::frame::{Frame, Vector};
use core::arch::global_asm;
use core::mem::offset_of;

global_asm!(
    r#"
    .macro  vector kind
    .balign 128
    sub     sp, sp, #{frame_size}
    stp     x0, x1, [sp, #0]
    mov     x0, #\kind
    b       save_and_handle
    .endm

    // A synchronous exception: a lean access goes on at once, x0 lost.
    .macro  vector_synchronous kind
    .balign 128
    msr     tpidrro_el0, x0
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #{lean_resume}]
    cbz     x0, 1f
    br      x0
1:  mrs     x0, tpidrro_el0
    sub     sp, sp, #{frame_size}
    stp     x0, x1, [sp, #0]
    mov     x0, #\kind
    b       save_and_handle
    .endm

    // A fault of a handler: SP_EL1 may be what went wrong, so go to the CPU's last stack.
    .macro  vector_handler
    .balign 128
    msr     tpidrro_el0, x0
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #{emergency_stack}]
    mov     sp, x0
    mrs     x0, tpidrro_el0
    sub     sp, sp, #{frame_size}
    stp     x0, x1, [sp, #0]
    mov     x0, #{kind_handler}
    b       save_and_handle
    .endm

    .section .text.vectors, "ax"
    .balign 2048
    .global exception_vectors
exception_vectors:
    vector_synchronous {kind_thread_synchronous}
    vector  {kind_thread_interrupt}
    vector  {kind_unused}
    vector  {kind_thread_error}
    vector_handler
    vector_handler
    vector_handler
    vector_handler
    vector_synchronous {kind_user_synchronous}
    vector  {kind_user_interrupt}
    vector  {kind_unused}
    vector  {kind_user_error}
    vector  {kind_unused}
    vector  {kind_unused}
    vector  {kind_unused}
    vector  {kind_unused}

save_and_handle:
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x9, sp_el0
    stp     x30, x9, [sp, #240]
    mrs     x9, elr_el1
    mrs     x10, spsr_el1
    stp     x9, x10, [sp, #{return_address}]
    mov     x1, sp
    mov     x29, xzr
    bl      {handle}
    ldp     x9, x10, [sp, #{return_address}]
    msr     elr_el1, x9
    msr     spsr_el1, x10
    ldp     x30, x9, [sp, #240]
    msr     sp_el0, x9
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
    ldp     x0, x1, [sp, #0]
    add     sp, sp, #{frame_size}
    eret
    "#,
    frame_size = const size_of::<Frame>(),
    return_address = const offset_of!(Frame, return_address),
    emergency_stack = const super::per_cpu::EMERGENCY_STACK_OFFSET,
    lean_resume = const super::per_cpu::LEAN_RESUME_OFFSET,
    kind_thread_synchronous = const Vector::ThreadSynchronous as u64,
    kind_thread_interrupt = const Vector::ThreadInterrupt as u64,
    kind_thread_error = const Vector::ThreadError as u64,
    kind_handler = const Vector::Handler as u64,
    kind_user_synchronous = const Vector::UserSynchronous as u64,
    kind_user_interrupt = const Vector::UserInterrupt as u64,
    kind_user_error = const Vector::UserError as u64,
    kind_unused = const Vector::Unused as u64,
    handle = sym exceptions::handle_exception,
);

const _: () = assert!(offset_of!(Frame, stack_pointer) == 248 && offset_of!(Frame, return_address) == 256);

unsafe extern "C" {
    /// The table that VBAR_EL1 points to.
    pub safe static exception_vectors: u8;
}
