//! The permissions of stage 2: direct ones, or indirect ones by VTCR_EL2.S2PIE and S2PIR_EL2.

use crate::product::Values;
use core::fmt;

/// What selects the permissions of stage 2's leaves.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Permissions {
    /// S2AP and XN.
    Direct,
    /// S2PIR_EL2. Its fields are the sixteen permissions in a row, turned by so many places, but for the index that is kept.
    Indirect(u8),
}

impl Permissions {
    /// How many permissions a field may name.
    const PERMISSIONS: u16 = 16;
    /// The index of leaves that grant everything by direct permissions, the kernel's own among them: bit 6 alone is set. It grants
    /// everything in each setting.
    const KEPT: u64 = 0b0001;
    /// Reads and writes, and both Exception levels execute (Arm ARM R_CXFCS).
    const EVERYTHING: u64 = 0b1111;

    /// Returns the indirect permissions that a random number chooses.
    pub(super) fn indirect(random: u64) -> Self {
        Self::at(1 + u16::try_from(random % u64::from(Self::PERMISSIONS)).expect("below the count"))
    }

    /// Returns S2PIR_EL2, where permissions are indirect.
    #[must_use]
    pub fn register(self) -> Option<u64> {
        let Self::Indirect(turn) = self else { return None };
        let field = |index| match index {
            Self::KEPT => Self::EVERYTHING,
            _ => (index + u64::from(turn)) % u64::from(Self::PERMISSIONS),
        };
        Some((0..16).fold(0, |register, index| register | field(index) << (4 * index)))
    }
}

/// Direct permissions, then each permission for each index that is not kept.
impl Values for Permissions {
    const COUNT: u16 = 1 + Self::PERMISSIONS;

    fn digit(self) -> u16 {
        match self {
            Self::Direct => 0,
            Self::Indirect(turn) => 1 + u16::from(turn),
        }
    }

    fn at(digit: u16) -> Self {
        match digit.checked_sub(1) {
            None => Self::Direct,
            Some(turn) => Self::Indirect(u8::try_from(turn).expect("a digit below the count")),
        }
    }
}

/// Shows `, S2PIR_EL2 0x...`, and nothing of direct permissions.
impl fmt::Display for Permissions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.register() {
            None => Ok(()),
            Some(register) => write!(formatter, ", S2PIR_EL2 {register:#018x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Permissions;
    use crate::product::Values;
    use std::collections::BTreeSet;
    extern crate std;

    #[test]
    fn each_index_grants_each_permission_but_the_one_that_is_kept() {
        let registers = || (1..Permissions::COUNT).filter_map(|digit| Permissions::at(digit).register());
        for index in 0..16 {
            let granted: BTreeSet<_> = registers().map(|register| register >> (4 * index) & 0xf).collect();
            let expected = if index == Permissions::KEPT {
                BTreeSet::from([Permissions::EVERYTHING])
            } else {
                (0..16).collect()
            };
            assert_eq!(granted, expected, "{index}");
        }
        assert_eq!(Permissions::at(0).register(), None);
    }
}
