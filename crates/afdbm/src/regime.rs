//! Translation regimes: whose accesses are translated, by which stages, and in which ranges of addresses.

use crate::geometry::Geometry;
use crate::stage::Stage;

/// A translation regime (Arm ARM D8.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Regime {
    /// EL1&0: accesses of EL1 and EL0.
    El10,
    /// EL2 with HCR_EL2.E2H=0: accesses of EL2 alone.
    El2,
    /// EL2&0, with HCR_EL2.E2H=1 and TGE=1: accesses of EL2 and EL0.
    El20,
}

impl Regime {
    /// Returns the Exception level whose registers control the regime and to which its faults go, of stage 1.
    #[inline]
    #[must_use]
    pub const fn exception_level(self) -> u8 {
        match self {
            Self::El10 => 1,
            Self::El2 | Self::El20 => 2,
        }
    }

    /// Tells whether the regime translates accesses of EL0 too. One that does not has a single privilege: its
    /// descriptors hold no permissions of EL0, and bit 54 of a leaf is XN (Arm ARM D8.4.1.2).
    #[inline]
    #[must_use]
    pub const fn has_user(self) -> bool {
        matches!(self, Self::El10 | Self::El20)
    }
}

/// Which of the ranges of a regime, that is, which table base register (Arm ARM D8.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Range {
    /// TTBR0_ELx: the upper bits are zero.
    Lower,
    /// TTBR1_ELx: the upper bits are one.
    Upper,
}

/// What all descriptors of one tree of tables have in common: regime, stage and geometry.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Translation {
    /// The regime.
    pub regime: Regime,
    /// The stage of it that the tables serve.
    pub stage: Stage,
    /// The shape of the tables.
    pub geometry: Geometry,
}

impl Translation {
    /// Stage 1 of the EL1&0 regime in [`Geometry::SIZE_4K`].
    pub const EL10_4K: Self = Self::stage_1(Regime::El10, Geometry::SIZE_4K);

    /// Stage 1 of `regime`, in this geometry.
    #[must_use]
    pub const fn stage_1(regime: Regime, geometry: Geometry) -> Self {
        Self { regime, stage: Stage::One, geometry }
    }
}
