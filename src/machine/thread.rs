//! A thread of a litmus test: code of the case's own, run at EL1 or EL0 with registers of its own.
//!
//! What it does wrong ends the thread, or is what the test is about: the faults are kept as a list. The thread ends where
//! its code leaves by the frame that [`call_thread`] puts on the stack, by SVC at EL0, or by a fault.

use super::frame::{Frame, STATE_EL1T, STATE_MODE, USER_STATE};
use super::per_cpu::this_cpu;
use super::probe_state::ExceptionLevel;
use super::relax::relax;
use super::watchdog;
use afdbm::address::VirtualAddress;
use afdbm::fault::{ExceptionClass, Fault, Syndrome};
use core::arch::global_asm;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use litmus::OnFault;
use litmus::assembly::{FRAME_EXCEPTION, FRAME_RESUME};

/// Registers of a thread, X0 to X29.
pub const REGISTERS: usize = 30;
/// The most faults of one run that are kept.
pub const FAULTS: usize = 6;
/// SPSR_EL1 for EL1t with everything masked.
const MASKED_STATE: u64 = 0b11_1100_0000 | STATE_EL1T;

global_asm!(
    r#"
    .section .text.thread, "ax"

    .macro  load_registers
    ldp     x2, x3, [x0, #16]
    ldp     x4, x5, [x0, #32]
    ldp     x6, x7, [x0, #48]
    ldp     x8, x9, [x0, #64]
    ldp     x10, x11, [x0, #80]
    ldp     x12, x13, [x0, #96]
    ldp     x14, x15, [x0, #112]
    ldp     x16, x17, [x0, #128]
    ldp     x18, x19, [x0, #144]
    ldp     x20, x21, [x0, #160]
    ldp     x22, x23, [x0, #176]
    ldp     x24, x25, [x0, #192]
    ldp     x26, x27, [x0, #208]
    ldp     x28, x29, [x0, #224]
    ldp     x0, x1, [x0]
    .endm

    // x0: the registers at first; x1: where they are put at the end; x2: the code; x3: SPSR_EL1 for EL0, or 0 for EL1.
    .global call_thread
call_thread:
    sub     sp, sp, #144
    stp     x19, x20, [sp, #48]
    stp     x21, x22, [sp, #64]
    stp     x23, x24, [sp, #80]
    stp     x25, x26, [sp, #96]
    stp     x27, x28, [sp, #112]
    stp     x29, x30, [sp, #128]
    adr     x9, leave_thread
    str     x1, [sp]
    str     x9, [sp, #{resume}]
    mrs     x9, daif
    str     x9, [sp, #32]
    cbnz    x3, 1f
    mov     x30, x2
    load_registers
    br      x30
1:  msr     daifset, #0b1111
    msr     elr_el1, x2
    msr     spsr_el1, x3
    load_registers
    eret
    // Behind an exception, with everything masked. A thread that ends by itself at EL1 has changed no mask, and a write
    // to DAIF is slow under an emulator.
    .global resume_thread
resume_thread:
    ldr     x30, [sp, #32]
    msr     daif, x30
leave_thread:
    ldr     x30, [sp]
    stp     x0, x1, [x30]
    stp     x2, x3, [x30, #16]
    stp     x4, x5, [x30, #32]
    stp     x6, x7, [x30, #48]
    stp     x8, x9, [x30, #64]
    stp     x10, x11, [x30, #80]
    stp     x12, x13, [x30, #96]
    stp     x14, x15, [x30, #112]
    stp     x16, x17, [x30, #128]
    stp     x18, x19, [x30, #144]
    stp     x20, x21, [x30, #160]
    stp     x22, x23, [x30, #176]
    stp     x24, x25, [x30, #192]
    stp     x26, x27, [x30, #208]
    stp     x28, x29, [x30, #224]
    ldp     x19, x20, [sp, #48]
    ldp     x21, x22, [sp, #64]
    ldp     x23, x24, [sp, #80]
    ldp     x25, x26, [sp, #96]
    ldp     x27, x28, [sp, #112]
    ldp     x29, x30, [sp, #128]
    add     sp, sp, #144
    ret
    "#,
    resume = const FRAME_RESUME,
);

const _: () = assert!(FRAME_RESUME == 8 && FRAME_EXCEPTION == 16);

unsafe extern "C" {
    fn call_thread(first: &[u64; REGISTERS], last: &mut [u64; REGISTERS], code: u64, state: u64);
    safe static resume_thread: u8;
}

/// A fault that a thread has taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadFault {
    /// Where the instruction stands.
    pub link: VirtualAddress,
    /// Syndrome and fault address.
    pub fault: Fault,
}

/// A thread's code, as it is mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Program {
    /// The Exception level that executes it.
    pub level: ExceptionLevel,
    /// Its first instruction, and one past the last.
    pub range: (VirtualAddress, VirtualAddress),
    /// Its fault handler, if it has one.
    pub handler: Option<VirtualAddress>,
    /// What a fault does that no handler takes.
    pub on_fault: OnFault,
}

/// One CPU's thread.
#[derive(Debug)]
pub struct ThreadState {
    /// 0, or the Exception level of the thread that runs.
    armed: AtomicU8,
    start: AtomicU64,
    end: AtomicU64,
    /// 0 if there is none.
    handler: AtomicU64,
    on_fault: AtomicU8,
    /// Faults that were taken, kept or not.
    taken: AtomicUsize,
    /// Link, syndrome and address of each that is kept.
    faults: [[AtomicU64; 3]; FAULTS],
    timed_out: AtomicBool,
}

impl ThreadState {
    /// No thread.
    pub const fn new() -> Self {
        Self {
            armed: AtomicU8::new(0),
            start: AtomicU64::new(0),
            end: AtomicU64::new(0),
            handler: AtomicU64::new(0),
            on_fault: AtomicU8::new(0),
            taken: AtomicUsize::new(0),
            faults: [const { [const { AtomicU64::new(0) }; 3] }; FAULTS],
            timed_out: AtomicBool::new(false),
        }
    }

    /// Says that no thread runs, after one that was cut short.
    pub fn disarm(&self) {
        self.armed.store(0, Relaxed);
    }

    /// Tells whether a thread runs at `level` and `link` lies in its code.
    pub fn owns(&self, level: ExceptionLevel, link: u64) -> bool {
        self.armed.load(Relaxed) == level as u8
            // Behind an SVC at its very end the thread has not gone on, and its link is one past the last instruction.
            && (self.start.load(Relaxed)..=self.end.load(Relaxed)).contains(&link)
    }

    /// Takes an exception of the thread.
    pub fn take(&self, fault: Fault, level: ExceptionLevel, frame: &mut Frame) {
        if level == ExceptionLevel::El0 && fault.syndrome.class() == ExceptionClass::SupervisorCall {
            return finish(frame);
        }
        let repeats = self.on_fault.load(Relaxed) == OnFault::Repeat as u8;
        // One that is made again may fault often, and then in other ways; herd's model has the first of them.
        if !(repeats && self.last_link() == Some(frame.return_address)) {
            self.keep(&fault, frame.return_address);
        }
        let handler = self.handler.load(Relaxed);
        if handler != 0 && frame.return_address < handler {
            keep_for_handler(frame);
            frame.return_address = handler;
            frame.saved_state = MASKED_STATE;
            return;
        }
        match self.on_fault.load(Relaxed) {
            _ if repeats && handler == 0 => {
                if watchdog::expired() {
                    return self.time_out(frame);
                }
                relax();
            }
            skip if skip == OnFault::Skip as u8 && handler == 0 => frame.return_address += 4,
            _ => finish(frame),
        }
    }

    /// Adds a fault to the list, where there is room.
    fn keep(&self, fault: &Fault, link: u64) {
        let taken = self.taken.load(Relaxed);
        self.taken.store(taken + 1, Relaxed);
        if let Some(kept) = self.faults.get(taken) {
            let words = [link, fault.syndrome.0, fault.address.0];
            kept.iter().zip(words).for_each(|(place, word)| place.store(word, Relaxed));
        }
    }

    /// Where the last fault was taken.
    fn last_link(&self) -> Option<u64> {
        let last = self.taken.load(Relaxed).checked_sub(1)?;
        self.faults.get(last).map(|kept| kept[0].load(Relaxed))
    }

    /// Ends a thread that has overrun its case's budget.
    pub fn time_out(&self, frame: &mut Frame) {
        self.timed_out.store(true, Relaxed);
        finish(frame);
    }
}

/// Makes the thread go on behind [`call_thread`], its registers as they are.
fn finish(frame: &mut Frame) {
    frame.return_address = (&raw const resume_thread) as u64;
    frame.saved_state = frame.saved_state & !STATE_MODE & !MASKED_STATE | MASKED_STATE;
}

/// Puts ELR_EL1 and SPSR_EL1 where the handler's entry looks for them, and before them where a thread goes on whose handler
/// ends it: everything is masked there.
fn keep_for_handler(frame: &Frame) {
    let place = (frame.stack_pointer + FRAME_RESUME as u64) as *mut [u64; 3];
    let resume = (&raw const resume_thread) as u64;
    // SAFETY: a thread that has a handler runs at EL1 with the stack pointer as `call_thread` left it (no test has an
    // instruction that names it): there stand these three words of its frame, for this purpose.
    unsafe { place.write([resume, frame.return_address, frame.saved_state]) };
}

/// Runs a thread on this CPU from its `first` registers, and puts its `last` ones there. Returns whether it came to its
/// end within the case's budget.
///
/// # Safety
///
/// The code is one that `litmus` lets a test execute, mapped for the level as `program` says, in the range of TTBR0, and
/// the addresses in the first registers are those of pages and descriptors of the case.
pub unsafe fn run(program: &Program, first: &[u64; REGISTERS], last: &mut [u64; REGISTERS]) -> bool {
    let cpu = this_cpu();
    let state = &cpu.thread;
    state.start.store(program.range.0.0, Relaxed);
    state.end.store(program.range.1.0, Relaxed);
    state.handler.store(program.handler.map_or(0, |handler| handler.0), Relaxed);
    state.on_fault.store(program.on_fault as u8, Relaxed);
    state.taken.store(0, Relaxed);
    state.timed_out.store(false, Relaxed);
    state.armed.store(program.level as u8, Relaxed);
    let spsr = if program.level == ExceptionLevel::El0 { USER_STATE } else { 0 };
    // SAFETY: the caller vouches for the code; it keeps SP, and every other register is saved by `call_thread`.
    unsafe { call_thread(first, last, program.range.0.0, spsr) };
    state.disarm();
    !state.timed_out.load(Relaxed)
}

/// Returns the faults of the last thread that ran on this CPU.
pub fn faults() -> impl Iterator<Item = ThreadFault> {
    let state = &this_cpu().thread;
    state.faults.iter().take(state.taken.load(Relaxed)).map(|words| {
        let [link, syndrome, address] = words.each_ref().map(|word| word.load(Relaxed));
        let fault = Fault { syndrome: Syndrome(syndrome), address: VirtualAddress(address) };
        ThreadFault { link: VirtualAddress(link), fault }
    })
}

/// Loads a word of a page that is mapped for EL1, so that this CPU's TLB has it.
///
/// # Safety
///
/// The address is mapped, readable at EL1 and young.
pub unsafe fn preload(address: VirtualAddress) {
    // SAFETY: the caller says that the load cannot fault; its value is dropped.
    unsafe {
        core::arch::asm!("ldr xzr, [{}]", in(reg) address.0, options(nostack, preserves_flags, readonly));
    }
}
