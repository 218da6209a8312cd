//! The CPUs: how they start, and the one way to place work on them.

use super::calls::{Abandoned, guarded};
use super::controls::{Controls, Settings};
use super::lock::Pin;
use super::mailbox::Phase;
pub use super::mailbox::{Placement, Work};
use super::per_cpu::{ALL, CpuIndex, MAX_CPUS, this_cpu, this_index};
use super::registers::{Identification, MaskedInterrupts};
use super::{barriers, interrupts, watchdog};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use spin::Once;

/// How many CPUs run, the first among them.
static ONLINE: AtomicUsize = AtomicUsize::new(1);
/// The identification registers of each CPU, read on it.
static IDENTIFICATIONS: [Once<Identification>; MAX_CPUS] = [const { Once::new() }; MAX_CPUS];

/// Returns how many CPUs run; their indices are those below.
#[must_use]
pub fn online() -> usize {
    ONLINE.load(Ordering::Relaxed)
}

/// Returns the identification registers of a CPU that runs.
///
/// # Panics
///
/// If the CPU does not run.
#[must_use]
pub fn identification(cpu: CpuIndex) -> Identification {
    *IDENTIFICATIONS[cpu.0].get().expect("a CPU that runs has read its ID registers")
}

/// Records this CPU's identification registers.
pub fn identify() {
    IDENTIFICATIONS[this_index().0].call_once(Identification::read);
}

/// A CPU whose ID registers differ from those of the first.
#[derive(Clone, Debug)]
pub struct Unlike {
    own: Box<Identification>,
    first: Box<Identification>,
}

impl fmt::Display for Unlike {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { own, first } = self;
        write!(
            formatter,
            "it is unlike CPU 0, and a case is for CPUs of one class: {own:x?}, CPU 0: {first:x?}"
        )
    }
}

/// Checks that this CPU has the ID registers of the first: what one case says of the machine holds for every CPU that takes part.
///
/// # Errors
///
/// [`Unlike`].
pub fn require_likeness() -> Result<(), Unlike> {
    let (own, first) = (Identification::read(), identification(CpuIndex(0)));
    if own.is_like(&first) {
        return Ok(());
    }
    Err(Unlike { own: Box::new(own), first: Box::new(first) })
}

/// Tells whether a CPU that was started has come up.
#[must_use]
pub fn is_up(cpu: CpuIndex) -> bool {
    ALL[cpu.0].mailbox.state() != Phase::Off
}

/// Sets how many CPUs run, once they have all come up.
pub fn set_online(count: usize) {
    ONLINE.store(count, Ordering::Relaxed);
}

/// Waits for work, for ever: what every CPU but the first does.
pub fn serve() -> ! {
    let mailbox = &this_cpu().mailbox;
    mailbox.set(Phase::Idle);
    loop {
        sleep_unless(|| mailbox.state() == Phase::Posted);
        if mailbox.state() != Phase::Posted {
            continue;
        }
        // SAFETY: `on_each` keeps its placements until the state says that the work is over, and posts the
        // pointer before the state.
        let placement = unsafe { &*mailbox.placement.load(Ordering::Acquire) };
        let ended = perform(placement);
        // Whoever posted the work reads descriptors that this CPU's accesses made hardware update (row E10).
        barriers::sequence_complete_updates();
        mailbox.set(match ended {
            Ok(()) => Phase::Returned,
            Err(Abandoned) => Phase::Abandoned,
        });
        barriers::sequence_before_signal();
        interrupts::send_wake(CpuIndex(0));
    }
}

/// Runs a placement on this CPU.
fn perform(placement: &Placement<'_>) -> Result<(), Abandoned> {
    let ended = guarded(|| {
        let _controls = Controls::apply(&placement.settings);
        (placement.work)();
    });
    if ended.is_err() {
        put_to_rest();
        // Whoever waits for what this work would have done waits in vain.
        watchdog::give_up();
    }
    ended
}

/// Puts this CPU back to what it is between two pieces of work, after one that was abandoned.
pub fn put_to_rest() {
    this_cpu().probe.disarm();
    this_cpu().thread.disarm();
    Controls::reset();
}

/// Places work on CPUs, each once, runs the first CPU's own share, and waits for all.
///
/// Only the first CPU calls this, and not from within work.
///
/// # Panics
///
/// If a CPU is named twice or does not run.
pub fn on_each(placements: &[Placement<'_>]) -> Vec<Result<(), Abandoned>> {
    assert!(this_index() == CpuIndex(0), "work is placed by CPU 0, not by {}", this_index());
    // The others work with what stands on this CPU's stack: it stays until all of them are done.
    let _pin = Pin::new();
    for placement in placements.iter().filter(|placement| placement.cpu != CpuIndex(0)) {
        let mailbox = &ALL[placement.cpu.0].mailbox;
        assert!(mailbox.state() == Phase::Idle, "{} has work already, or does not run", placement.cpu);
        mailbox.placement.store(core::ptr::from_ref(placement).cast_mut().cast(), Ordering::Release);
        mailbox.set(Phase::Posted);
        barriers::sequence_before_signal();
        interrupts::send_wake(placement.cpu);
    }
    let mut own: Vec<_> = placements
        .iter()
        .map(|placement| if placement.cpu == CpuIndex(0) { perform(placement) } else { Ok(()) })
        .collect();
    for (placement, ended) in placements.iter().zip(&mut own) {
        if placement.cpu != CpuIndex(0) {
            *ended = wait_for(placement.cpu);
        }
    }
    own
}

/// Places one piece of work.
///
/// # Errors
///
/// [`Abandoned`] if an exception ended it.
pub fn on(cpu: CpuIndex, settings: Settings, work: Work<'_>) -> Result<(), Abandoned> {
    on_each(&[Placement { cpu, settings, work }]).pop().expect("each placement comes to an end")
}

/// Waits until the work of `cpu` is over; if it never is, the watchdog ends the run.
fn wait_for(cpu: CpuIndex) -> Result<(), Abandoned> {
    let mailbox = &ALL[cpu.0].mailbox;
    let over = || matches!(mailbox.state(), Phase::Returned | Phase::Abandoned);
    watchdog::awaiting(Some(cpu));
    while !over() {
        sleep_unless(over);
    }
    watchdog::awaiting(None);
    let ended = if mailbox.state() == Phase::Abandoned { Err(Abandoned) } else { Ok(()) };
    mailbox.set(Phase::Idle);
    ended
}

/// Sleeps until an interrupt, unless `ready` says that there is no need; the interrupt is taken before this
/// returns. Masked in between, so that the wake-up cannot slip in before the sleep.
pub fn sleep_unless(ready: impl Fn() -> bool) {
    let _masked = MaskedInterrupts::new();
    if !ready() {
        aarch64_cpu::asm::wfi();
    }
}
