//! Where tables live.

use crate::address::PhysicalAddress;
use crate::geometry::Granule;
use core::sync::atomic::AtomicU64;

/// Descriptors in a table of the 4K granule.
const ENTRIES: usize = Granule::Size4K.entries();

/// A translation table of the 4K granule: live descriptors, aligned to its size (Arm ARM R_KBLCR).
#[repr(C, align(4096))]
#[derive(Debug)]
pub struct Table([AtomicU64; ENTRIES]);

impl Table {
    /// Makes a table of invalid descriptors.
    #[must_use]
    pub const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; ENTRIES])
    }

    /// Returns the cell of this index.
    ///
    /// # Panics
    ///
    /// Where `index` is not below [`Granule::entries`].
    #[must_use]
    pub const fn cell(&self, index: usize) -> &AtomicU64 {
        &self.0[index]
    }

    /// Returns every cell, in the order of the addresses they translate.
    #[must_use]
    pub const fn cells(&self) -> &[AtomicU64; ENTRIES] {
        &self.0
    }
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

/// Memory for tables, of the granule of the tree that they belong to.
pub trait Frames {
    /// Hands out a table whose descriptors are all zero, or `None` when memory is exhausted. It is as large as a
    /// page, aligned to its size, and its address fits a descriptor.
    fn allocate(&self) -> Option<PhysicalAddress>;

    /// Returns the descriptors of the table at `address`, or `None` where this memory holds no table that it handed
    /// out.
    fn table(&self, address: PhysicalAddress) -> Option<&[AtomicU64]>;
}

impl<F: Frames + ?Sized> Frames for &F {
    fn allocate(&self) -> Option<PhysicalAddress> {
        (**self).allocate()
    }

    fn table(&self, address: PhysicalAddress) -> Option<&[AtomicU64]> {
        (**self).table(address)
    }
}
