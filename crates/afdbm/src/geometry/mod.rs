//! Geometry of translation tables: what the granule and the sizes of addresses decide, for every regime and stage.

mod granule;
mod level;
mod tlbi;

pub use granule::Granule;
pub use level::Level;

use crate::address::{PhysicalAddress, VirtualAddress};

/// The shape of a tree of tables: its granule, the size of its input and output addresses, and the address format of
/// its descriptors, VMSAv8-64.
///
/// ```
/// use afdbm::geometry::{Geometry, Granule, Level};
///
/// let geometry = Geometry::new(Granule::Size16K, 47, 48, false).expect("sizes of the 16K granule");
/// assert_eq!(geometry.start_level(), Level::L1);
/// assert_eq!(geometry.size(Level::L2), 32 << 20);
/// assert_eq!(geometry.contiguous_entries(Level::L3), Some(128));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Geometry {
    granule: Granule,
    input_bits: u8,
    output_bits: u8,
    wide: bool,
    concatenated: bool,
}

impl Geometry {
    /// The 4K granule with 48 bits of input and of output address.
    pub const SIZE_4K: Self =
        Self { granule: Granule::Size4K, input_bits: 48, output_bits: 48, wide: false, concatenated: false };

    /// The most entries that a contiguous group has, in any geometry: 128, at level 3 of the 16K granule.
    pub const CONTIGUOUS_ENTRIES_AT_MOST: usize = 128;

    /// Makes a geometry, or `None` where the architecture has none.
    ///
    /// `input_bits` is 64 - TCR_ELx.TnSZ: 25 to 48 without FEAT_TTST, to 52 where `wide` (pseudocode
    /// `AArch64.S1MinTxSZ`, `AArch64.MaxTxSZ`). `output_bits` is the lesser of TCR_ELx.(I)PS and what the PE
    /// implements: 32 to 48, to 52 where `wide`. `wide` tells that descriptors hold output addresses of 52 bits:
    /// TCR_ELx.DS is 1 (FEAT_LPA2), or with 64K granules, FEAT_LPA is implemented.
    #[must_use]
    pub const fn new(granule: Granule, input_bits: u8, output_bits: u8, wide: bool) -> Option<Self> {
        let most = if wide { 52 } else { 48 };
        if input_bits < 25 || input_bits > most || output_bits < 32 || output_bits > most {
            return None;
        }
        Some(Self { granule, input_bits, output_bits, wide, concatenated: false })
    }

    /// Returns the same for stage 2 with walks that start one level later, in tables that lie side by side; `None` where the
    /// later level would need more than 16 of them, or does not exist (Arm ARM D8.2.9, concatenated translation tables).
    #[must_use]
    pub const fn with_concatenated_tables(self) -> Option<Self> {
        let start = self.start_level();
        let is_small = self.input_bits as u32 <= self.shift(start) + 4;
        if self.concatenated || !is_small || start.next().is_none() {
            return None;
        }
        Some(Self { concatenated: true, ..self })
    }

    /// Returns how many tables lie side by side where a walk starts: 1, or at stage 2 up to 16.
    #[must_use]
    pub const fn first_tables(self) -> u64 {
        let start = self.shift(self.start_level()) + self.granule.stride();
        if self.concatenated { 1 << (self.input_bits as u32 - start) } else { 1 }
    }

    /// Returns the same with `input_bits` of input address, or `None` as [`Geometry::new`].
    #[must_use]
    pub const fn with_input_bits(self, input_bits: u8) -> Option<Self> {
        Self::new(self.granule, input_bits, self.output_bits, self.wide)
    }

    /// Returns the same with `output_bits` of output address, or `None` as [`Geometry::new`].
    #[must_use]
    pub const fn with_output_bits(self, output_bits: u8) -> Option<Self> {
        Self::new(self.granule, self.input_bits, output_bits, self.wide)
    }

    /// Returns the granule.
    #[inline]
    #[must_use]
    pub const fn granule(self) -> Granule {
        self.granule
    }

    /// Returns the bits of an input address.
    #[inline]
    #[must_use]
    pub const fn input_bits(self) -> u8 {
        self.input_bits
    }

    /// Returns the bits of an output address that may be used; beyond them a walk takes an Address size fault.
    #[inline]
    #[must_use]
    pub const fn output_bits(self) -> u8 {
        self.output_bits
    }

    /// Returns TCR_ELx.TnSZ.
    #[inline]
    #[must_use]
    pub const fn size_field(self) -> u64 {
        64 - self.input_bits as u64
    }

    /// Returns the bytes of a page.
    #[inline]
    #[must_use]
    pub const fn page_size(self) -> u64 {
        self.granule.page_size()
    }

    /// Returns the level at which a walk starts (pseudocode `AArch64.S1StartLevel`; where tables are concatenated, one level
    /// later).
    #[inline]
    #[must_use]
    pub const fn start_level(self) -> Level {
        // Levels below the first one: each resolves a stride, and the page resolves the rest.
        let below = (self.input_bits as u32 - 1 - self.granule.bits()) / self.granule.stride();
        match below - self.concatenated as u32 {
            0 => Level::L3,
            1 => Level::L2,
            2 => Level::L1,
            3 => Level::L0,
            _ => Level::Minus1,
        }
    }

    /// Returns log2 of the bytes that one entry of `level` spans.
    #[inline]
    #[must_use]
    pub const fn shift(self, level: Level) -> u32 {
        self.granule.bits() + self.granule.stride() * level.levels_below()
    }

    /// Returns the bytes that one entry of `level` spans.
    #[inline]
    #[must_use]
    pub const fn size(self, level: Level) -> u64 {
        1 << self.shift(level)
    }

    /// Returns the offset of `address` in what one entry of `level` spans.
    #[inline]
    #[must_use]
    pub const fn offset(self, level: Level, address: u64) -> u64 {
        address & (self.size(level) - 1)
    }

    /// Returns the index that a walk takes in its table of `level`. Bits above the input address are not part of it:
    /// the table of the first level may have fewer entries than the others, and concatenated ones are one of more.
    #[inline]
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "at most 17 bits are left")]
    pub const fn index(self, level: Level, address: u64) -> usize {
        let input = address & ((1 << self.input_bits) - 1);
        let index = (input >> self.shift(level)) as usize;
        if self.concatenated && level as i8 == self.start_level() as i8 {
            index
        } else {
            index & (self.granule.entries() - 1)
        }
    }

    /// Returns the first level of the walks of two addresses at which they take different entries; level 3 where that is
    /// so of no level above it. Entries of the levels before it are the same cells.
    #[must_use]
    pub const fn first_unshared_level(self, one: VirtualAddress, other: VirtualAddress) -> Level {
        let mut level = self.start_level();
        while one.0 >> self.shift(level) == other.0 >> self.shift(level) {
            match level.next() {
                Some(next) => level = next,
                None => break,
            }
        }
        level
    }

    /// Tells whether a leaf exists at `level`: a Page at level 3, a Block where the granule has one (pseudocode
    /// `AArch64.BlockDescSupported`).
    #[inline]
    #[must_use]
    pub const fn has_leaf(self, level: Level) -> bool {
        match (level, self.granule) {
            (Level::L3 | Level::L2, _) | (Level::L1, Granule::Size4K) => true,
            (Level::L1, _) | (Level::L0, Granule::Size4K) => self.wide,
            (Level::L0 | Level::Minus1, _) => false,
        }
    }

    /// Returns the entries of a contiguous group at `level`, or `None` where the level has no Contiguous bit (Arm ARM
    /// D8.7.1; pseudocode `AArch64.ContiguousSize`).
    #[inline]
    #[must_use]
    pub const fn contiguous_entries(self, level: Level) -> Option<usize> {
        match (self.granule, level) {
            (Granule::Size4K, Level::L1 | Level::L2 | Level::L3) => Some(16),
            (Granule::Size16K, Level::L2) | (Granule::Size64K, Level::L2 | Level::L3) => Some(32),
            (Granule::Size16K, Level::L3) => Some(128),
            _ => None,
        }
    }

    /// Tells whether bits 9:8 of a leaf hold its shareability; with TCR_ELx.DS they are address bits, and the
    /// shareability is TCR_ELx.SHn's (Arm ARM D8.3.1).
    #[inline]
    #[must_use]
    pub const fn has_shareability_field(self) -> bool {
        !self.wide || matches!(self.granule, Granule::Size64K)
    }

    /// Returns the bits of a descriptor that hold an address: that of a table, or of a page at level 3.
    #[inline]
    #[must_use]
    pub const fn address_field(self) -> u64 {
        let low = ((1 << 48) - 1) & !(self.page_size() - 1);
        match (self.wide, self.granule) {
            (false, _) => low,
            (true, Granule::Size64K) => low | 0b1111 << 12,
            (true, Granule::Size4K | Granule::Size16K) => low | 0b11 << 48 | 0b11 << 8,
        }
    }

    /// Reads the address of the next table out of a descriptor (pseudocode `AArch64.NextTableBase`).
    #[inline]
    #[must_use]
    pub const fn table_address(self, descriptor: u64) -> PhysicalAddress {
        PhysicalAddress(self.decode_address(descriptor))
    }

    /// Reads the output address of a leaf at `level` out of a descriptor (pseudocode `AArch64.LeafBase`).
    #[inline]
    #[must_use]
    pub const fn output_address(self, level: Level, descriptor: u64) -> PhysicalAddress {
        PhysicalAddress(self.decode_address(descriptor)).align_down(self.size(level))
    }

    const fn decode_address(self, descriptor: u64) -> u64 {
        let low = descriptor & ((1 << 48) - 1) & !(self.page_size() - 1);
        match (self.wide, self.granule) {
            (false, _) => low,
            (true, Granule::Size64K) => low | (descriptor >> 12 & 0b1111) << 48,
            (true, Granule::Size4K | Granule::Size16K) => {
                low | (descriptor >> 48 & 0b11) << 48 | (descriptor >> 8 & 0b11) << 50
            }
        }
    }

    /// Returns `address` as it stands in a descriptor; bits that have no place there are dropped.
    #[inline]
    #[must_use]
    pub const fn encode_address(self, address: PhysicalAddress) -> u64 {
        let low = address.0 & ((1 << 48) - 1) & !(self.page_size() - 1);
        match (self.wide, self.granule) {
            (false, _) => low,
            (true, Granule::Size64K) => low | (address.0 >> 48 & 0b1111) << 12,
            (true, Granule::Size4K | Granule::Size16K) => {
                low | (address.0 >> 48 & 0b11) << 48 | (address.0 >> 50 & 0b11) << 8
            }
        }
    }

    /// Tells whether a leaf at `level` can hold `address`: it is a multiple of what the leaf spans, and small enough
    /// for the descriptor.
    #[inline]
    #[must_use]
    pub const fn is_output(self, level: Level, address: PhysicalAddress) -> bool {
        let most = if self.wide { 52 } else { 48 };
        address.0 >> most == 0 && address.is_aligned(self.size(level))
    }

    /// Tells whether `address` has more bits than an output address may use.
    #[inline]
    #[must_use]
    pub const fn is_oversized(self, address: PhysicalAddress) -> bool {
        address.0 >> self.output_bits != 0
    }
}

#[cfg(test)]
mod tests;
