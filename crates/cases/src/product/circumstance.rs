//! What is particular about a combination, one thing at a time: the digit that is `Plain` for most.

use super::machine::{FIRST_LEVEL, GEOMETRY};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, Level, MemoryType};
use core::fmt;
use oracle::{LeafPlace, Query};

/// The top byte of a tagged address. Bit 55 is 0: the range stays that of TTBR0_EL1.
const TAG: u64 = 0x5a << 56;

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

    /// Makes of a query that is plain what the circumstance makes of it.
    pub(super) fn bring_about(self, query: &mut Query) {
        let Query { controls, access, paths, .. } = query;
        let too_large =
            || GEOMETRY.encode_address(PhysicalAddress(1 << controls.range.geometry.output_bits()));
        let path = &mut paths[LeafPlace::FIRST];
        let level = path.leaf_level;
        let last_table = level.position() - 1;
        match self {
            Self::Plain | Self::Misaligned => {}
            Self::UserAccessOverride => controls.user_access_override = true,
            Self::UnprivilegedRefused => controls.range.unprivileged_refused = true,
            Self::TopByteIgnored => {
                controls.range.top_byte_ignored = true;
                access.address = VirtualAddress(access.address.0 | TAG);
            }
            Self::TopByteChecked => access.address = VirtualAddress(access.address.0 | TAG),
            Self::ExecutableAccessNever => controls.executable_access_never = true,
            Self::WalksDisabled => controls.range.walks_disabled = true,
            Self::OutputTooLarge => *path.at(level) = path.leaf().with(too_large()),
            Self::TableTooLarge => {
                path.descriptors[last_table] = path.descriptors[last_table].with(too_large());
            }
            Self::TableInvalid => {
                path.descriptors[last_table] = path.descriptors[last_table].without(Descriptor::VALID);
            }
            Self::Reserved => {
                let reserved = path.at(if level == Level::L3 { level } else { FIRST_LEVEL });
                *reserved = reserved.without(Descriptor::TABLE_OR_PAGE);
            }
            Self::Device | Self::DeviceMisaligned => {
                let device = (MemoryType::Device as u64) << Descriptor::ATTRIBUTE_INDEX.trailing_zeros();
                *path.at(level) = path.leaf().with(device);
            }
            Self::AlignmentChecked => controls.alignment_checked = true,
        }
        // An access that crosses into another page is not aligned as it is.
        if self.is_misaligned() && !access.kind.is_crossing() {
            access.address = access.address.offset(1);
        }
    }
}

impl fmt::Display for Circumstance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(Self::LABELS[*self as usize])
    }
}
