//! Where tables live.

use crate::address::PhysicalAddress;
use core::sync::atomic::AtomicU64;

/// Descriptors in one table of the 4K granule.
pub const ENTRIES: usize = 512;

/// One translation table: 512 live descriptors, 4 KiB, aligned to its size (Arm ARM R_KBLCR).
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
    /// Where `index` is 512 or more.
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

/// Memory for tables.
pub trait Frames {
    /// Hands out a table whose descriptors are all zero, or `None` when memory is exhausted. The address is
    /// 4 KiB aligned and below 2^48.
    fn allocate(&self) -> Option<PhysicalAddress>;

    /// Returns the table at `address`, or `None` where this memory holds no table that it handed out.
    fn table(&self, address: PhysicalAddress) -> Option<&Table>;
}

impl<F: Frames + ?Sized> Frames for &F {
    fn allocate(&self) -> Option<PhysicalAddress> {
        (**self).allocate()
    }

    fn table(&self, address: PhysicalAddress) -> Option<&Table> {
        (**self).table(address)
    }
}
