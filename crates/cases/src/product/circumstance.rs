//! What is particular about a combination, one thing at a time: the digit that is `Plain` for most.

use core::fmt;

/// One thing that is not as usual.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Circumstance {
    /// Everything is as usual: Normal memory, aligned, valid tables, no tag.
    Plain,
    /// PSTATE.UAO = 1.
    UserAccessOverride,
    /// TCR_EL1.E0PD0 = 1.
    UnprivilegedRefused,
    /// The address has a top byte, and TCR_EL1.TBI0 = 1.
    TopByteIgnored,
    /// The address has a top byte, and TCR_EL1.TBI0 = 0.
    TopByteChecked,
    /// SCTLR_EL1.EPAN = 1.
    ExecutableAccessNever,
    /// TCR_EL1.EPD0 = 1.
    WalksDisabled,
    /// The leaf's output address is too large.
    OutputTooLarge,
    /// The address of the last table is too large.
    TableTooLarge,
    /// The descriptor of the last table is invalid.
    TableInvalid,
    /// A descriptor has a reserved encoding: the leaf at level 3, else that of level 0.
    Reserved,
    /// The leaf is Device memory.
    Device,
    /// The leaf is Device memory and the address is not aligned.
    DeviceMisaligned,
    /// The address is not aligned.
    Misaligned,
    /// The address is not aligned, and SCTLR_EL1.A = 1.
    AlignmentChecked,
}

impl Circumstance {
    /// Every circumstance, in the order of the product (version 1).
    pub const ALL: [Self; 15] = [
        Self::Plain,
        Self::UserAccessOverride,
        Self::UnprivilegedRefused,
        Self::TopByteIgnored,
        Self::TopByteChecked,
        Self::ExecutableAccessNever,
        Self::WalksDisabled,
        Self::OutputTooLarge,
        Self::TableTooLarge,
        Self::TableInvalid,
        Self::Reserved,
        Self::Device,
        Self::DeviceMisaligned,
        Self::Misaligned,
        Self::AlignmentChecked,
    ];

    /// Tells whether the access goes to an address that is not aligned.
    #[must_use]
    pub const fn is_misaligned(self) -> bool {
        matches!(self, Self::DeviceMisaligned | Self::Misaligned | Self::AlignmentChecked)
    }

    /// Tells whether the leaf is Device memory.
    #[must_use]
    pub const fn is_device(self) -> bool {
        matches!(self, Self::Device | Self::DeviceMisaligned)
    }

    /// Tells whether the address has a top byte.
    #[must_use]
    pub const fn has_top_byte(self) -> bool {
        matches!(self, Self::TopByteIgnored | Self::TopByteChecked)
    }
}

impl fmt::Display for Circumstance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Plain => "plain",
            Self::UserAccessOverride => "UAO=1",
            Self::UnprivilegedRefused => "E0PD0=1",
            Self::TopByteIgnored => "TBI0=1 with a tag",
            Self::TopByteChecked => "TBI0=0 with a tag",
            Self::ExecutableAccessNever => "EPAN=1",
            Self::WalksDisabled => "EPD0=1",
            Self::OutputTooLarge => "output too large",
            Self::TableTooLarge => "table too large",
            Self::TableInvalid => "table invalid",
            Self::Reserved => "reserved encoding",
            Self::Device => "Device",
            Self::DeviceMisaligned => "Device, misaligned",
            Self::Misaligned => "misaligned",
            Self::AlignmentChecked => "misaligned, SCTLR_EL1.A=1",
        })
    }
}
