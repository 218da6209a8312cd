//! What each CPU keeps for itself; TPIDR_EL1 points to its record.

pub use super::cpu_index::{CpuIndex, MAX_CPUS};
use super::lock::Lock;
use super::mailbox::Mailbox;
use super::probe_state::ProbeState;
use super::thread::ThreadState;
use super::unexpected::UnexpectedSlot;
use arrayvec::ArrayString;
use core::arch::asm;
use core::mem::offset_of;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// The text of a panic, as much as is kept of it.
pub type PanicText = ArrayString<256>;

/// One CPU's record. Only that CPU writes it once it runs, except for the mailbox; atomics stand in for
/// cells, since a handler on the same CPU reads what a case wrote.
#[derive(Debug)]
#[repr(C)]
pub struct PerCpu {
    /// Top of the stack that threads and cases run on.
    pub stack: AtomicU64,
    /// Top of the stack that exceptions are taken on.
    pub exception_stack: AtomicU64,
    /// Top of the stack for a fault of a handler.
    pub emergency_stack: AtomicU64,
    /// The place in [`ALL`].
    index: AtomicU32,
    /// What keeps this CPU's work from being abandoned: the locks that it holds, and work that it has placed.
    pub pins: AtomicU32,
    /// How many of them are outside of the innermost guarded work, and so do not keep it.
    pub pins_outside: AtomicU32,
    /// Stack pointer to go back to when what runs is abandoned, or 0 (see `guard`).
    pub guard: AtomicU64,
    /// Where the vectors go on, nothing saved, while a lean access is made; 0 otherwise (see `lean`).
    lean_resume: AtomicU64,
    /// Ticks of its timer that it has taken.
    pub ticks: AtomicU32,
    /// Wake-ups that it has taken.
    pub wakes: AtomicU32,
    /// The probe that may fault here.
    pub probe: ProbeState,
    /// The litmus test's thread that runs here.
    pub thread: ThreadState,
    /// The last exception that nobody expected.
    pub unexpected: UnexpectedSlot,
    /// The last panic that ended work here and not the run, as text.
    pub panic: Lock<PanicText>,
    /// Work for this CPU.
    pub mailbox: Mailbox,
}

/// For the boot code: where `stack` stands.
pub const STACK_OFFSET: usize = offset_of!(PerCpu, stack);
/// For the boot code: where `exception_stack` stands.
pub const EXCEPTION_STACK_OFFSET: usize = offset_of!(PerCpu, exception_stack);
/// For the vectors: where `emergency_stack` stands.
pub const EMERGENCY_STACK_OFFSET: usize = offset_of!(PerCpu, emergency_stack);
/// For the vectors: where `lean_resume` stands.
pub const LEAN_RESUME_OFFSET: usize = offset_of!(PerCpu, lean_resume);

/// Every CPU's record, by index.
pub static ALL: [PerCpu; MAX_CPUS] = [const { PerCpu::new() }; MAX_CPUS];

impl PerCpu {
    const fn new() -> Self {
        Self {
            stack: AtomicU64::new(0),
            exception_stack: AtomicU64::new(0),
            emergency_stack: AtomicU64::new(0),
            index: AtomicU32::new(0),
            pins: AtomicU32::new(0),
            pins_outside: AtomicU32::new(0),
            guard: AtomicU64::new(0),
            lean_resume: AtomicU64::new(0),
            ticks: AtomicU32::new(0),
            wakes: AtomicU32::new(0),
            probe: ProbeState::new(),
            thread: ThreadState::new(),
            unexpected: UnexpectedSlot::new(),
            panic: Lock::new(ArrayString::new_const()),
            mailbox: Mailbox::new(),
        }
    }

    /// Ends a lean access that something other than its own exception has cut short.
    pub fn end_lean(&self) {
        self.lean_resume.store(0, Relaxed);
    }

    /// Tells whether a lean access is being made.
    pub fn is_lean(&self) -> bool {
        self.lean_resume.load(Relaxed) != 0
    }

    /// Returns the CPU's index.
    #[must_use]
    pub fn index(&self) -> CpuIndex {
        CpuIndex(self.index.load(Relaxed) as usize)
    }
}

/// Gives the CPU of `index` its stacks, before it starts.
pub fn prepare(index: CpuIndex, stack: u64, exception_stack: u64, emergency_stack: u64) -> &'static PerCpu {
    let cpu = &ALL[index.0];
    cpu.index.store(u32::try_from(index.0).expect("few CPUs"), Relaxed);
    cpu.stack.store(stack, Relaxed);
    cpu.exception_stack.store(exception_stack, Relaxed);
    cpu.emergency_stack.store(emergency_stack, Relaxed);
    cpu
}

/// Returns the record of the CPU that asks.
#[must_use]
pub fn this_cpu() -> &'static PerCpu {
    let record: *const PerCpu;
    // SAFETY: reading TPIDR_EL1 has no side effect; the kernel is at EL1.
    unsafe { asm!("mrs {}, tpidr_el1", out(reg) record, options(nomem, nostack, preserves_flags)) };
    // SAFETY: the boot code sets TPIDR_EL1 to an element of `ALL`, which is static, before any Rust runs on
    // the CPU, and nothing writes it afterwards.
    unsafe { &*record }
}

/// Returns the index of the CPU that asks.
#[must_use]
pub fn this_index() -> CpuIndex {
    this_cpu().index()
}
