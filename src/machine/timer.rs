//! The generic timer: the counter, and one virtual timer for each CPU.
//!
//! The virtual timer works at EL1 under every hypervisor, and on bare metal with CNTVOFF_EL2 = 0 counts as
//! the physical one does.

use super::barriers::sequence_synchronize_context;
use super::relax::Yield;
use aarch64_cpu::registers::{CNTFRQ_EL0, CNTV_CTL_EL0, CNTV_CVAL_EL0, CNTVCT_EL0, Readable, Writeable};
use core::fmt;
use core::time::Duration;
use platform::time::Frequency;
use spin::once::Once;

/// The counter's frequency, the same on every CPU.
static FREQUENCY: Once<Frequency, Yield> = Once::new();

/// What the counter's frequency is said to be cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrequencyError {
    /// CNTFRQ_EL0, where the device tree states none.
    Register {
        /// What it holds.
        hertz: u64,
    },
    /// The device tree's.
    Stated {
        /// What it states.
        hertz: u32,
    },
}

impl fmt::Display for FrequencyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Register { hertz } => {
                write!(
                    formatter,
                    "CNTFRQ_EL0 is {hertz}, and the device tree's timer has no clock-frequency"
                )?;
            }
            Self::Stated { hertz } => {
                write!(formatter, "the device tree's timer has a clock-frequency of {hertz} Hz")?;
            }
        }
        write!(formatter, "; {} Hz or more expected", Frequency::LEAST)
    }
}

/// Learns the counter's frequency; one that the device tree states goes before CNTFRQ_EL0, which it is there
/// to correct.
///
/// # Errors
///
/// [`FrequencyError`] if it is none that a counter has.
pub fn init(stated: Option<u32>) -> Result<Frequency, FrequencyError> {
    let learn = || match stated {
        Some(hertz) => Frequency::from_hertz(hertz.into()).ok_or(FrequencyError::Stated { hertz }),
        None => {
            let hertz = CNTFRQ_EL0.get();
            Frequency::from_hertz(hertz).ok_or(FrequencyError::Register { hertz })
        }
    };
    FREQUENCY.try_call_once(learn).copied()
}

/// Returns the counter's frequency.
///
/// # Panics
///
/// If [`init`] has not learnt it.
#[must_use]
pub fn frequency() -> Frequency {
    *FREQUENCY.get().expect("timer::init comes before the timer is used")
}

/// Returns the virtual count, in ticks: read after everything before it in program order has been executed
/// (Arm ARM, CNTVCT_EL0: without an ISB the read may come early).
#[must_use]
pub fn now() -> u64 {
    sequence_synchronize_context();
    CNTVCT_EL0.get()
}

/// Returns the ticks in `duration`, rounded down.
///
/// # Panics
///
/// If [`init`] has not learnt the frequency.
#[must_use]
pub fn ticks(duration: Duration) -> u64 {
    frequency().ticks(duration)
}

/// Arms this CPU's timer: one interrupt once `delay` has passed, asserted until the timer is armed again or
/// disarmed.
///
/// # Panics
///
/// If [`init`] has not learnt the frequency.
pub fn arm(delay: Duration) {
    CNTV_CVAL_EL0.set(now().saturating_add(ticks(delay)));
    CNTV_CTL_EL0.write(CNTV_CTL_EL0::ENABLE::SET + CNTV_CTL_EL0::IMASK::CLEAR);
    // The interrupt is withdrawn before what follows, the end of the interrupt among it.
    sequence_synchronize_context();
}
