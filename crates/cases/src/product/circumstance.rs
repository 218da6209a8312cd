//! What is particular about a combination, one thing at a time: the digit that is `Plain` for most.

use core::fmt;

macro_rules! circumstances {
    ($($(#[$documentation:meta])* $name:ident: $label:literal;)*) => {
        /// One thing that is not as usual.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Circumstance {
            $($(#[$documentation])* $name,)*
        }

        impl Circumstance {
            /// Every circumstance, in the order of the product.
            pub const ALL: [Self; [$(Self::$name,)*].len()] = [$(Self::$name,)*];

            /// How each reads in a log.
            pub const LABELS: [&'static str; Self::ALL.len()] = [$($label,)*];
        }
    };
}

circumstances! {
    /// Everything is as usual: Normal memory, aligned, valid tables, no tag.
    Plain: "plain";
    /// PSTATE.UAO = 1.
    UserAccessOverride: "UAO=1";
    /// TCR_EL1.E0PD0 = 1.
    UnprivilegedRefused: "E0PD0=1";
    /// The address has a top byte, and TCR_EL1.TBI0 = 1.
    TopByteIgnored: "TBI0=1 with a tag";
    /// The address has a top byte, and TCR_EL1.TBI0 = 0.
    TopByteChecked: "TBI0=0 with a tag";
    /// SCTLR_EL1.EPAN = 1.
    ExecutableAccessNever: "EPAN=1";
    /// TCR_EL1.EPD0 = 1.
    WalksDisabled: "EPD0=1";
    /// The leaf's output address is too large.
    OutputTooLarge: "output too large";
    /// The address of the last table is too large.
    TableTooLarge: "table too large";
    /// The descriptor of the last table is invalid.
    TableInvalid: "table invalid";
    /// A descriptor has a reserved encoding: the leaf at level 3, else that of level 0.
    Reserved: "reserved encoding";
    /// The leaf is Device memory.
    Device: "Device";
    /// The leaf is Device memory and the address is not aligned.
    DeviceMisaligned: "Device, misaligned";
    /// The address is not aligned.
    Misaligned: "misaligned";
    /// The address is not aligned, and SCTLR_EL1.A = 1.
    AlignmentChecked: "misaligned, SCTLR_EL1.A=1";
}

impl Circumstance {
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
        formatter.write_str(Self::LABELS[*self as usize])
    }
}
