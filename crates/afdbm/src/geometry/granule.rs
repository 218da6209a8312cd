//! Translation granules.

/// A translation granule: the size of a page and of a full table (Arm ARM D8.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Granule {
    /// 4 KiB.
    Size4K = 12,
    /// 16 KiB.
    Size16K = 14,
    /// 64 KiB.
    Size64K = 16,
}

impl Granule {
    /// Every granule, from the smallest.
    pub const ALL: [Self; 3] = [Self::Size4K, Self::Size16K, Self::Size64K];

    /// Returns log2 of the bytes in a page: 12, 14 or 16 (pseudocode `TGxGranuleBits`).
    #[inline]
    #[must_use]
    pub const fn bits(self) -> u32 {
        self as u32
    }

    /// Returns the bytes in a page and in a full table.
    #[inline]
    #[must_use]
    pub const fn page_size(self) -> u64 {
        1 << self.bits()
    }

    /// Returns the bits of an address that one level of a walk resolves: 9, 11 or 13.
    #[inline]
    #[must_use]
    pub const fn stride(self) -> u32 {
        self.bits() - 3
    }

    /// Returns the descriptors in a full table: 512, 2048 or 8192.
    #[inline]
    #[must_use]
    pub const fn entries(self) -> usize {
        1 << self.stride()
    }
}
