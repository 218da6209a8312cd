//! A combination: one value for each dimension, and the number that names it.

use super::{COMBINATIONS, Combination, Digits, RADICES, TablePlace};
use afdbm::regime::Regime;
use core::fmt;
use oracle::{AccessKind, ExceptionLevel};

impl Combination {
    /// Returns the combination's number, below [`COMBINATIONS`].
    #[must_use]
    pub fn index(&self) -> u64 {
        self.digits()
            .iter()
            .zip(RADICES)
            .fold(0, |index, (digit, radix)| index * u64::from(radix) + u64::from(*digit))
    }

    /// Returns the combination with an access of the product's, if it has none: for all that does not look at the access.
    #[must_use]
    pub(super) const fn stand_in(&self) -> Self {
        let kind = if self.kind.is_in_product() { self.kind } else { AccessKind::Load };
        Self { kind, ..*self }
    }

    /// Returns where the combination stands among others, accesses that are none of the product's last.
    pub(super) fn order(&self) -> (Option<AccessKind>, u64) {
        ((!self.kind.is_in_product()).then_some(self.kind), self.stand_in().index())
    }

    /// Returns the combination of this number, or `None` from [`COMBINATIONS`] on.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a remainder is below its radix")]
    pub fn from_index(index: u64) -> Option<Self> {
        if index >= COMBINATIONS {
            return None;
        }
        let mut digits: Digits = [0; RADICES.len()];
        let mut rest = index;
        for (digit, radix) in digits.iter_mut().zip(RADICES).rev() {
            *digit = (rest % u64::from(radix)) as u16;
            rest /= u64::from(radix);
        }
        Some(Self::from_digits(&digits))
    }
}

/// A combination, or one that is varied, as it reads of an access in a regime.
#[derive(Clone, Copy, Debug)]
pub struct InRegime<'a, T>(pub &'a T, pub Regime);

impl fmt::Display for Combination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        InRegime(self, Regime::El10).fmt(formatter)
    }
}

impl fmt::Display for InRegime<'_, Combination> {
    /// Shows every digit: `store EL1 level 3, HA=1 HD=1 HPD0=0 WXN=0 PAN=0, plain, leaf ..., tables ..., cold`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self(combination, regime), bit) = (*self, u8::from);
        write!(
            formatter,
            "{} EL{} level {}, HA={} HD={} HPD0={} WXN={} PAN={}, {}, leaf {}",
            combination.kind.name(),
            if combination.exception_level == ExceptionLevel::El0 { 0 } else { regime.exception_level() },
            combination.level,
            bit(combination.hardware_access_flag),
            bit(combination.hardware_dirty_state),
            bit(combination.hierarchy_disabled),
            bit(combination.write_execute_never),
            bit(combination.privileged_access_never),
            combination.circumstance,
            afdbm::descriptor::Descriptor(combination.leaf.bits()),
        )?;
        if combination.kind.is_crossing() {
            write!(formatter, ", second {}", afdbm::descriptor::Descriptor(combination.second.bits()))?;
        }
        let tables = combination.table.attributes();
        write!(
            formatter,
            ", APTable[1]={} APTable[0]={} UXNTable={} PXNTable={} ({}), {}",
            bit(tables.read_only),
            bit(tables.no_user),
            bit(tables.user_execute_never),
            bit(tables.privileged_execute_never),
            if combination.place == TablePlace::ReadOnlyFirst { "first" } else { "last" },
            combination.tlb
        )
    }
}
