//! What the vectors save of an interrupted context, and what SPSR_EL1 holds of it.

/// The mode field of SPSR_EL1.
pub const STATE_MODE: u64 = 0b1111;
/// EL1 on SP_EL0, in that field.
pub const STATE_EL1T: u64 = 0b0100;
/// EL2 on SP_EL2, in that field: the exception was handed to EL1.
pub const STATE_EL2H: u64 = 0b1001;
/// SPSR_EL1 for EL0t with debug and FIQ masked, IRQ and SError taken.
pub const USER_STATE: u64 = 0b10_0100_0000;
/// PSTATE.PAN in SPSR_EL1.
pub const STATE_PAN: u64 = 1 << 22;

/// The registers of the interrupted context.
#[derive(Debug)]
#[repr(C, align(16))]
pub struct Frame {
    /// x0 to x30.
    pub registers: [u64; 31],
    /// SP_EL0.
    pub stack_pointer: u64,
    /// ELR_EL1.
    pub return_address: u64,
    /// SPSR_EL1.
    pub saved_state: u64,
}

/// Which vector was taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Vector {
    /// Synchronous, from the kernel's threads (EL1t).
    ThreadSynchronous = 0,
    /// IRQ, from the kernel's threads.
    ThreadInterrupt = 1,
    /// SError, from the kernel's threads.
    ThreadError = 2,
    /// Anything, from a handler (EL1h).
    Handler = 3,
    /// Synchronous, from EL0.
    UserSynchronous = 4,
    /// IRQ, from EL0.
    UserInterrupt = 5,
    /// SError, from EL0.
    UserError = 6,
    /// FIQ, or anything from AArch32 state: nothing of ours causes it.
    Unused = 7,
}
