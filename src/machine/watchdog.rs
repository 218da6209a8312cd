//! Budgets: how long a case may take, watched by the timer of every CPU.
//!
//! A case that overruns has its armed probes ended; whatever else runs is told through [`expired`]. A CPU that
//! does not come back within a grace after that is lost, and the run ends with a verdict that says so.
//! Whoever waits for a CPU notices first; should the first CPU itself be stuck, its own timer does, and should
//! it have interrupts masked, another CPU's.

use super::per_cpu::{CpuIndex, this_index};
use super::timer;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use core::time::Duration;
use spin::Once;

/// How often a CPU's timer looks.
pub const PERIOD: Duration = Duration::from_millis(50);
/// No budget runs.
const NEVER: u64 = u64::MAX;

/// The counter's value at which the budget is spent, or [`NEVER`].
static DEADLINE: AtomicU64 = AtomicU64::new(NEVER);
/// Ticks that a CPU has to come back after that.
static GRACE: AtomicU64 = AtomicU64::new(0);
/// The CPU that somebody waits for, or `usize::MAX`.
static AWAITED: AtomicUsize = AtomicUsize::new(usize::MAX);
/// Ends the run: a CPU is lost.
static ON_LOST: Once<fn(CpuIndex) -> !> = Once::new();

/// Sets what is to happen when a CPU is lost; it may be called on any CPU, from its timer interrupt.
pub fn on_lost(end: fn(CpuIndex) -> !) {
    ON_LOST.call_once(|| end);
}

/// Starts this CPU's timer.
pub fn watch() {
    timer::arm(PERIOD);
}

/// Starts a budget, with the grace that follows it.
pub fn start(budget: Duration, grace: Duration) {
    GRACE.store(timer::ticks(grace), Relaxed);
    awaiting(None);
    DEADLINE.store(timer::now().saturating_add(timer::ticks(budget)), Relaxed);
}

/// Ends the budget.
pub fn stop() {
    DEADLINE.store(NEVER, Relaxed);
}

/// Spends what is left of the budget: work was abandoned, and the case is not going to be what it claims.
pub fn give_up() {
    DEADLINE.fetch_min(timer::now(), Relaxed);
}

/// Tells whether the budget is spent: a bounded loop that sees it gives up.
#[must_use]
pub fn expired() -> bool {
    overrun() > 0
}

/// Says that this CPU waits for `cpu`, to be blamed if it never comes.
pub fn awaiting(cpu: Option<CpuIndex>) {
    AWAITED.store(cpu.map_or(usize::MAX, |cpu| cpu.0), Relaxed);
}

/// Looks at the budget from a timer interrupt and arms the timer again; returns whether the budget is spent.
pub fn tick() -> bool {
    timer::arm(PERIOD);
    let overrun = overrun();
    let grace = GRACE.load(Relaxed);
    let patience = if this_index() == CpuIndex(0) { 1 } else { 2 };
    if overrun > grace.saturating_mul(patience) {
        let awaited = AWAITED.load(Relaxed);
        let lost = CpuIndex(if awaited == usize::MAX { 0 } else { awaited });
        if let Some(end) = ON_LOST.get() {
            end(lost);
        }
    }
    overrun > 0
}

/// Ticks by which the budget is overrun; 0 within it.
fn overrun() -> u64 {
    match DEADLINE.load(Relaxed) {
        NEVER => 0,
        deadline => timer::now().saturating_sub(deadline),
    }
}
