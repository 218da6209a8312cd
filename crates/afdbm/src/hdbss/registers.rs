//! HDBSSBR_EL2 and HDBSSPROD_EL2.

use crate::address::PhysicalAddress;
use core::fmt;

/// HDBSSPROD_EL2: how far the structure is written (Arm ARM D24.2.65).
///
/// A value that was read after a DSB and a context synchronization event on the PE that runs the guest, out of the guest's
/// context (Arm ARM R_CGCHP, I_XXFYP).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Producer(pub u64);

/// Why entries were lost (HDBSSPROD_EL2.FSC).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum WriteFault {
    /// An External abort on a write to the structure.
    ExternalAbort,
    /// A Granule Protection Fault on a write to the structure.
    GranuleProtection,
    /// A reserved code.
    Reserved(u8),
}

impl Producer {
    /// An empty structure without a fault: what is written back after a harvest.
    pub const EMPTY: Self = Self(0);

    /// Returns INDEX, bits 18:0: the number of entries that are written.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        (self.0 & ((1 << 19) - 1)) as usize
    }

    /// Returns FSC, bits 31:26, or `None` where no write faulted.
    #[inline]
    #[must_use]
    pub const fn fault(self) -> Option<WriteFault> {
        match (self.0 >> 26 & 0b11_1111) as u8 {
            0 => None,
            0b01_0000 => Some(WriteFault::ExternalAbort),
            0b10_1000 => Some(WriteFault::GranuleProtection),
            code => Some(WriteFault::Reserved(code)),
        }
    }
}

/// The size of the structure: HDBSSBR_EL2.SZ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Size(u8);

impl Size {
    /// 4KB, 512 entries: the smallest.
    pub const SMALLEST: Self = Self(0);
    /// 2MB: the largest whose number of entries INDEX can hold, as it must where the structure is full.
    pub const LARGEST: Self = Self(9);

    /// Makes a size of 4KB << `field`; `None` above [`Size::LARGEST`].
    #[must_use]
    pub const fn new(field: u8) -> Option<Self> {
        if field <= Self::LARGEST.0 { Some(Self(field)) } else { None }
    }

    /// Returns the bytes, which are the alignment as well (Arm ARM I_SXBYL).
    #[inline]
    #[must_use]
    pub const fn bytes(self) -> u64 {
        4096 << self.0
    }

    /// Returns the entries, at which INDEX says that the structure is full (Arm ARM R_RXCMY).
    #[inline]
    #[must_use]
    pub const fn entries(self) -> usize {
        512 << self.0
    }
}

/// Why a structure cannot be where it should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BaseError {
    /// The address is not a multiple of the size.
    Misaligned(PhysicalAddress, Size),
    /// The address has more than 56 bits.
    TooHigh(PhysicalAddress),
}

impl fmt::Display for BaseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misaligned(base, size) => {
                write!(formatter, "{base} is not a multiple of {} bytes", size.bytes())
            }
            Self::TooHigh(base) => write!(formatter, "{base} has more than 56 bits"),
        }
    }
}

impl core::error::Error for BaseError {}

/// Returns HDBSSBR_EL2 for a structure of this size at `base` (Arm ARM D24.2.64).
///
/// # Errors
///
/// [`BaseError`], which names the address.
pub const fn base_register(base: PhysicalAddress, size: Size) -> Result<u64, BaseError> {
    if !base.is_aligned(size.bytes()) {
        return Err(BaseError::Misaligned(base, size));
    }
    if base.0 >> 56 != 0 {
        return Err(BaseError::TooHigh(base));
    }
    Ok(base.0 | size.0 as u64)
}
