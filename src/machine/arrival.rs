//! The proof that interrupts arrive, before anything relies on them: without it a timer that is dead, or a GIC that is not
//! where the device tree says, would leave every later hang without an end.

use super::per_cpu::{ALL, CpuIndex, this_cpu};
use super::relax::relax;
use super::{interrupts, timer};
use core::fmt;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use core::time::Duration;
use platform::device_tree::InterruptId;

/// How long an interrupt may take that is due at once.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the counter may be read without a change: it makes a million steps a second or more, and a read takes far
/// more than a nanosecond.
const STILL: u32 = 1 << 24;
/// How many interrupts of each kind are awaited: the second one comes only if the GIC has taken the end of the first.
const ENOUGH: u32 = 2;

/// Which interrupt does not arrive, or why none can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoInterrupt {
    /// The counter does not count.
    Counter {
        /// What it says.
        value: u64,
    },
    /// The virtual timer's.
    Timer {
        /// The CPU that awaits it.
        cpu: CpuIndex,
        /// Its number.
        interrupt: InterruptId,
        /// How many came before.
        before: u32,
    },
    /// The software-generated one that wakes a CPU up.
    Wake {
        /// The CPU that sends it.
        from: CpuIndex,
        /// The CPU that awaits it.
        to: CpuIndex,
        /// How many came before.
        before: u32,
    },
}

impl fmt::Display for NoInterrupt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = PATIENCE.as_secs();
        match self {
            Self::Counter { value } => {
                write!(formatter, "the counter stands still: CNTVCT_EL0 stays {value:#x}")
            }
            Self::Timer { cpu, interrupt, before } => write!(
                formatter,
                "{cpu}: the virtual timer's interrupt, {interrupt}, does not arrive within {seconds} s, {before} did"
            ),
            Self::Wake { from, to, before } => write!(
                formatter,
                "{to}: a software-generated interrupt of {from} does not arrive within {seconds} s, {before} did"
            ),
        }
    }
}

impl core::error::Error for NoInterrupt {}

/// Awaits wake-ups that this CPU sends itself, and ticks of its timer. Interrupts are unmasked.
///
/// # Errors
///
/// [`NoInterrupt`], within a few seconds.
pub fn await_own() -> Result<(), NoInterrupt> {
    let cpu = this_cpu();
    for before in 0..ENOUGH {
        await_wake(cpu.index(), cpu.index(), before)?;
        let count = cpu.ticks.load(Relaxed);
        timer::arm(Duration::ZERO);
        let interrupt = interrupts::timer();
        await_next(&cpu.ticks, count, NoInterrupt::Timer { cpu: cpu.index(), interrupt, before })?;
    }
    Ok(())
}

/// Sends another CPU that runs a wake-up, and awaits its arrival there.
///
/// # Errors
///
/// [`NoInterrupt`], within a few seconds.
pub fn await_other(cpu: CpuIndex) -> Result<(), NoInterrupt> {
    await_wake(this_cpu().index(), cpu, 0)
}

fn await_wake(from: CpuIndex, to: CpuIndex, before: u32) -> Result<(), NoInterrupt> {
    let count = ALL[to.0].wakes.load(Relaxed);
    interrupts::send_wake(to);
    await_next(&ALL[to.0].wakes, count, NoInterrupt::Wake { from, to, before })
}

/// Awaits that `count` goes beyond `before`.
fn await_next(count: &AtomicU32, before: u32, missing: NoInterrupt) -> Result<(), NoInterrupt> {
    let mut last = timer::now();
    let deadline = last.saturating_add(timer::ticks(PATIENCE));
    let mut still = 0;
    while count.load(Relaxed) == before {
        let now = timer::now();
        still = if now == last { still + 1 } else { 0 };
        last = now;
        if still == STILL {
            return Err(NoInterrupt::Counter { value: now });
        }
        if now > deadline {
            return Err(missing);
        }
        relax();
    }
    Ok(())
}
