//! A bit for each page of a guest.

use crate::address::IntermediatePhysicalAddress;
use crate::geometry::Geometry;
use crate::hdbss::Dirtied;
use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// The dirty pages of a range of a guest's memory, which several harvests may mark at once.
#[derive(Clone, Copy, Debug)]
pub struct DirtyBitmap<'a> {
    words: &'a [AtomicU64],
    first: IntermediatePhysicalAddress,
    geometry: Geometry,
}

/// What became dirty lies, in part or whole, outside the range; what is inside is marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfRange(pub Dirtied);

impl fmt::Display for OutOfRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "a level {} leaf at {} is not all in the bitmap",
            self.0.level.number(),
            self.0.address
        )
    }
}

impl core::error::Error for OutOfRange {}

impl<'a> DirtyBitmap<'a> {
    /// Takes words for the pages from `first` on, 64 each.
    #[must_use]
    pub const fn new(words: &'a [AtomicU64], first: IntermediatePhysicalAddress, geometry: Geometry) -> Self {
        Self { words, first, geometry }
    }

    /// Marks every page of a Block or Page that became dirty.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`], where some of it has no bit.
    pub fn mark(&self, dirtied: Dirtied) -> Result<(), OutOfRange> {
        let page_size = self.geometry.page_size();
        let mut is_inside = true;
        for page in 0..self.geometry.size(dirtied.level) / page_size {
            is_inside &= self.mark_page(dirtied.address.offset(page * page_size));
        }
        if is_inside { Ok(()) } else { Err(OutOfRange(dirtied)) }
    }

    /// Marks one page; tells whether it has a bit.
    fn mark_page(&self, address: IntermediatePhysicalAddress) -> bool {
        let Some(bytes) = address.0.checked_sub(self.first.0) else { return false };
        let page = bytes / self.geometry.page_size();
        let word = usize::try_from(page / 64).ok().and_then(|index| self.words.get(index));
        if let Some(word) = word {
            word.fetch_or(1 << (page % 64), Relaxed);
        }
        word.is_some()
    }

    /// Tells whether the page of this number, counted from the first, is marked.
    #[must_use]
    pub fn is_marked(&self, page: usize) -> bool {
        self.words.get(page / 64).is_some_and(|word| word.load(Relaxed) >> (page % 64) & 1 == 1)
    }

    /// Returns how many pages are marked.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.load(Relaxed).count_ones())).sum()
    }
}
