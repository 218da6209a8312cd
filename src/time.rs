//! Time as the generic timer counts it: ticks, and what they are in microseconds.

use core::{fmt, num::NonZeroU64, ops::Sub};

/// Microseconds in a second.
const MICROSECONDS: u64 = 1_000_000;

/// A number of ticks of the system counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Ticks(pub u64);

/// A moment, as the system counter shows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Instant(pub u64);

/// The frequency of the system counter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frequency(NonZeroU64);

impl Instant {
    /// Returns the moment `ticks` later, or the last one that the counter can show.
    #[must_use]
    pub const fn after(self, ticks: Ticks) -> Self {
        Self(self.0.saturating_add(ticks.0))
    }
}

impl Sub for Instant {
    type Output = Ticks;

    /// Returns the ticks from `earlier` to this moment; none if it is not earlier.
    fn sub(self, earlier: Self) -> Ticks {
        Ticks(self.0.saturating_sub(earlier.0))
    }
}

impl Frequency {
    /// Returns the frequency of `hertz` ticks in a second, or `None` for 0: CNTFRQ_EL0 that no firmware has
    /// written (Arm ARM, CNTFRQ_EL0: UNKNOWN after reset, set by software).
    #[must_use]
    pub const fn from_hertz(hertz: u64) -> Option<Self> {
        match NonZeroU64::new(hertz) {
            Some(hertz) => Some(Self(hertz)),
            None => None,
        }
    }

    /// Returns the ticks in a second.
    #[must_use]
    pub const fn hertz(self) -> u64 {
        self.0.get()
    }

    /// Returns whole microseconds, rounded down; `u64::MAX` where they do not fit.
    #[must_use]
    pub const fn to_microseconds(self, ticks: Ticks) -> u64 {
        scale(ticks.0, MICROSECONDS, self.0)
    }

    /// Returns the ticks of `microseconds`, rounded down; `u64::MAX` where they do not fit.
    #[must_use]
    pub const fn to_ticks(self, microseconds: u64) -> Ticks {
        const PER_SECOND: NonZeroU64 = NonZeroU64::new(MICROSECONDS).unwrap();
        Ticks(scale(microseconds, self.0.get(), PER_SECOND))
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} Hz", self.0)
    }
}

/// Returns `value * numerator / denominator`, rounded down, with nothing lost in between.
const fn scale(value: u64, numerator: u64, denominator: NonZeroU64) -> u64 {
    let result = value as u128 * numerator as u128 / denominator.get() as u128;
    if result > u64::MAX as u128 {
        u64::MAX
    } else {
        #[allow(clippy::cast_possible_truncation, reason = "compared with the limit above")]
        {
            result as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Frequency, Instant, Ticks};

    #[test]
    fn converts_both_ways_without_overflow() {
        let qemu = Frequency::from_hertz(62_500_000).unwrap();
        assert_eq!(qemu.to_microseconds(Ticks(62_500_000)), 1_000_000);
        assert_eq!(qemu.to_microseconds(Ticks(62)), 0);
        assert_eq!(qemu.to_ticks(5_000_000), Ticks(312_500_000));
        assert_eq!(qemu.to_microseconds(Ticks(u64::MAX)), 295_147_905_179_352_825);
        assert_eq!(qemu.to_ticks(u64::MAX), Ticks(u64::MAX));
        let slow = Frequency::from_hertz(1).unwrap();
        assert_eq!(slow.to_microseconds(Ticks(u64::MAX)), u64::MAX);
    }

    #[test]
    fn a_frequency_of_zero_is_none() {
        assert_eq!(Frequency::from_hertz(0), None);
    }

    #[test]
    fn a_moment_that_is_not_earlier_leaves_no_ticks() {
        assert_eq!(Instant(7) - Instant(3), Ticks(4));
        assert_eq!(Instant(3) - Instant(7), Ticks(0));
        assert_eq!(Instant(3).after(Ticks(u64::MAX)), Instant(u64::MAX));
    }
}
