//! Addresses as types: a virtual address is never passed for a physical one.

use core::fmt;

macro_rules! address {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// Returns the address `bytes` further, wrapping at the end of the 64-bit space.
            #[must_use]
            pub const fn offset(self, bytes: u64) -> Self {
                Self(self.0.wrapping_add(bytes))
            }

            /// Rounds down to a multiple of `alignment`, a power of two.
            #[must_use]
            pub const fn align_down(self, alignment: u64) -> Self {
                Self(self.0 & !(alignment - 1))
            }

            /// Rounds up to a multiple of `alignment`, a power of two; wraps above the last multiple.
            #[inline]
            #[must_use]
            pub const fn align_up(self, alignment: u64) -> Self {
                Self(self.0.wrapping_add(alignment - 1) & !(alignment - 1))
            }

            /// Tells whether the address is a multiple of `alignment`, a power of two.
            #[must_use]
            pub const fn is_aligned(self, alignment: u64) -> bool {
                self.0 & (alignment - 1) == 0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{:#018x}", self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{:#018x}", self.0)
            }
        }
    };
}

address! {
    /// A virtual address of a translation regime, of either range.
    VirtualAddress
}

address! {
    /// A physical address; without a stage 2, also an intermediate physical address.
    PhysicalAddress
}

address! {
    /// An intermediate physical address: what stage 1 of a guest gives, and stage 2 translates.
    IntermediatePhysicalAddress
}

/// An address space identifier, 8 or 16 bits wide by TCR_ELx.AS (Arm ARM D8.16).
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Asid(pub u16);

/// A virtual machine identifier, 8 or 16 bits wide by VTCR_EL2.VS (Arm ARM D8.16).
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Vmid(pub u16);

#[cfg(test)]
mod tests {
    use super::{PhysicalAddress, VirtualAddress};
    extern crate std;
    use std::format;

    #[test]
    fn rounds_to_alignment() {
        assert_eq!(VirtualAddress(0x1fff).align_down(0x1000), VirtualAddress(0x1000));
        assert_eq!(VirtualAddress(0x1001).align_up(0x1000), VirtualAddress(0x2000));
        assert!(PhysicalAddress(0x4000).is_aligned(0x1000));
        assert!(!PhysicalAddress(0x4008).is_aligned(0x1000));
    }

    #[test]
    fn prints_all_sixteen_digits() {
        assert_eq!(format!("{}", PhysicalAddress(0x4020_0000)), "0x0000000040200000");
    }
}
