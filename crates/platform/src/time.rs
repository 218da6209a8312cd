//! Time as the generic timer counts it: how many ticks a duration is, and the other way round.

use core::{fmt, num::NonZeroU64, time::Duration};

/// Nanoseconds in a second.
const NANOSECONDS: u128 = 1_000_000_000;
/// Microseconds in a second.
const MICROSECONDS: u128 = 1_000_000;

/// The frequency of the system counter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frequency(NonZeroU64);

impl Frequency {
    /// The least that a system counter has (Arm ARM, "The system counter": typically 1 MHz to 50 MHz). Where less is stated than it
    /// has, every delay is over at once.
    pub const LEAST: u64 = 1_000_000;

    /// Returns the frequency of `hertz` ticks in a second, or `None` below [`LEAST`](Self::LEAST): so for 0, which
    /// CNTFRQ_EL0 may hold while no firmware has written it (Arm ARM, CNTFRQ_EL0: UNKNOWN after reset, set by software).
    #[must_use]
    pub const fn from_hertz(hertz: u64) -> Option<Self> {
        match NonZeroU64::new(hertz) {
            Some(hertz) if hertz.get() >= Self::LEAST => Some(Self(hertz)),
            _ => None,
        }
    }

    /// Returns the ticks in a second.
    #[must_use]
    pub const fn hertz(self) -> u64 {
        self.0.get()
    }

    /// Returns the whole ticks in `duration`, `u64::MAX` where they do not fit.
    #[must_use]
    pub fn ticks(self, duration: Duration) -> u64 {
        // A product beyond 128 bits, divided by less than 2^30, is beyond 64 bits too.
        duration
            .as_nanos()
            .checked_mul(u128::from(self.hertz()))
            .and_then(|product| u64::try_from(product / NANOSECONDS).ok())
            .unwrap_or(u64::MAX)
    }

    /// Returns the whole microseconds in `ticks`, `u64::MAX` where they do not fit.
    #[must_use]
    pub fn microseconds(self, ticks: u64) -> u64 {
        let microseconds = u128::from(ticks) * MICROSECONDS / u128::from(self.hertz());
        u64::try_from(microseconds).unwrap_or(u64::MAX)
    }

    /// Returns `ticks` as a duration, in whole microseconds.
    #[must_use]
    pub fn duration(self, ticks: u64) -> Duration {
        Duration::from_micros(self.microseconds(ticks))
    }
}

impl fmt::Display for Frequency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} Hz", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Frequency;
    use core::time::Duration;

    #[test]
    fn converts_both_ways() {
        let qemu = Frequency::from_hertz(62_500_000).unwrap();
        assert_eq!(qemu.microseconds(62_500_000), 1_000_000);
        assert_eq!(qemu.microseconds(62), 0);
        assert_eq!(qemu.ticks(Duration::from_secs(5)), 312_500_000);
        assert_eq!(qemu.ticks(Duration::from_nanos(31)), 1);
        assert_eq!(qemu.duration(62_500), Duration::from_millis(1));
    }

    #[test]
    fn saturates_where_a_result_does_not_fit() {
        let qemu = Frequency::from_hertz(62_500_000).unwrap();
        assert_eq!(qemu.microseconds(u64::MAX), 295_147_905_179_352_825);
        assert_eq!(qemu.ticks(Duration::MAX), u64::MAX);
        let slow = Frequency::from_hertz(Frequency::LEAST).unwrap();
        assert_eq!(slow.microseconds(u64::MAX), u64::MAX);
        let fast = Frequency::from_hertz(u64::MAX).unwrap();
        assert_eq!(fast.ticks(Duration::from_secs(2)), u64::MAX);
        assert_eq!(fast.ticks(Duration::MAX), u64::MAX);
    }

    #[test]
    fn a_frequency_that_no_counter_has_is_none() {
        for hertz in [0, 1, 100, Frequency::LEAST - 1] {
            assert_eq!(Frequency::from_hertz(hertz), None);
        }
    }
}
