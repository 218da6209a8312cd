//! What the indexes of indirect permissions grant: PIR_EL1 and PIRE0_EL1.

use crate::product::Values;
use oracle::PermissionScheme;

/// A setting of both registers: the fields of each are the sixteen permissions in a row, turned by some places, so that no two
/// indexes but those of [`Granted::KEPT`] grant the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Granted(u8);

/// An index with what it grants in every setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kept {
    /// The index.
    pub index: u32,
    /// Its field of PIR_EL1.
    pub privileged: u64,
    /// Its field of PIRE0_EL1.
    pub unprivileged: u64,
}

/// The permissions that kept indexes have (Arm ARM R_LLZDZ).
const NOTHING: u64 = 0b0000;
const READ_EXECUTE: u64 = 0b0011;
const READ_WRITE: u64 = 0b0101;

impl Granted {
    /// The indexes that a kernel's own leaves have, whose meaning stays: code that EL0 executes, code, data. They are what
    /// direct permissions give the bits UXN, PXN, DBM and AP\[1\] of such leaves.
    pub const KEPT: [Kept; 3] = [
        Kept { index: 0b0101, privileged: NOTHING, unprivileged: READ_EXECUTE },
        Kept { index: 0b1000, privileged: READ_EXECUTE, unprivileged: NOTHING },
        Kept { index: 0b1100, privileged: READ_WRITE, unprivileged: NOTHING },
    ];

    /// How many settings there are: each pair of permissions for each index that is not kept.
    pub const COUNT: u16 = <Self as Values>::COUNT;

    /// Returns what an index grants the privileged Exception level and EL0.
    #[must_use]
    pub fn fields(self, index: u32) -> (u64, u64) {
        if let Some(kept) = Self::KEPT.iter().find(|kept| kept.index == index) {
            return (kept.privileged, kept.unprivileged);
        }
        let (turn, user_turn) = (u32::from(self.0 >> 4), u32::from(self.0 & 0xf));
        // Steps of five, so that EL0's permissions do not follow those of the privileged level.
        (u64::from((index + turn) % 16), u64::from((5 * index + user_turn) % 16))
    }

    /// Returns the registers.
    #[must_use]
    pub fn scheme(self) -> PermissionScheme {
        let (mut privileged, mut unprivileged) = (0, 0);
        for index in 0..16 {
            let (field, user_field) = self.fields(index);
            privileged |= field << (4 * index);
            unprivileged |= user_field << (4 * index);
        }
        PermissionScheme::Indirect { privileged, unprivileged }
    }
}

impl Values for Granted {
    const COUNT: u16 = 256;

    fn digit(self) -> u16 {
        u16::from(self.0)
    }

    fn at(digit: u16) -> Self {
        Self(u8::try_from(digit).expect("a digit below the count"))
    }
}
