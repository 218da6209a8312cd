//! Where the machine finds descriptors and addresses: arithmetic of its own, apart from that of the library.

use afdbm::geometry::Geometry;

/// The format of a tree of tables: what TCR_EL1 or VTCR_EL2 says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    /// log2 of the bytes of a page.
    pub(crate) page: u32,
    /// Bits of the input address.
    pub(crate) input: u32,
    /// Bits of the output address.
    pub(super) output: u32,
    /// The level of the first table.
    pub(crate) start: i8,
    /// Where a descriptor holds the bits of an address from 48 on.
    pub(super) high: High,
}

/// Where a descriptor holds the bits of an address from 48 on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum High {
    /// Nowhere.
    None,
    /// Bits 51:48 in 15:12 (64K).
    Low,
    /// Bits 49:48 in their place, 51:50 in 9:8 (DS=1).
    Split,
}

impl Format {
    /// Reads what the registers say.
    pub(crate) fn of(geometry: Geometry) -> Self {
        let (page, input) = (geometry.granule().bits(), u32::from(geometry.input_bits()));
        let tables = (input - page).div_ceil(page - 3) - u32::from(geometry.first_tables() > 1);
        let high = match (geometry.has_shareability_field(), geometry.address_field() & 0xf000 != 0) {
            (false, _) => High::Split,
            (true, true) if page == 16 => High::Low,
            (true, _) => High::None,
        };
        let start = 4 - i8::try_from(tables).expect("at most five levels");
        Self { page, input, output: geometry.output_bits().into(), start, high }
    }

    /// log2 of what an entry of `level` spans.
    pub(crate) fn shift(&self, level: i8) -> u32 {
        self.page + (self.page - 3) * u32::try_from(3 - level).expect("level 3 is the last")
    }

    /// The address of the entry for `address` in the table of `level` at `base`.
    pub(crate) fn cell(&self, level: i8, base: u64, address: u64) -> u64 {
        let most = if level == self.start { self.input } else { self.shift(level) + self.page - 3 };
        base + 8 * ((address & ((1 << most) - 1)) >> self.shift(level))
    }

    /// The address that a descriptor holds.
    pub(crate) fn address(&self, descriptor: u64) -> u64 {
        let bits = |from: u32, count: u32, to: u32| (descriptor >> from & ((1 << count) - 1)) << to;
        bits(self.page, 48 - self.page, self.page)
            | match self.high {
                High::None => 0,
                High::Low => bits(12, 4, 48),
                High::Split => bits(48, 2, 48) | bits(8, 2, 50),
            }
    }

    /// Tells whether `level` has Blocks.
    pub(super) fn has_block(&self, level: i8) -> bool {
        match level {
            2 => true,
            1 => self.page == 12 || self.high != High::None,
            0 => self.page == 12 && self.high != High::None,
            _ => false,
        }
    }

    /// How many entries a contiguous group of `level` has.
    pub(crate) fn group(&self, level: i8) -> u64 {
        match (self.page, level) {
            (12, 1..) => 16,
            (14, 3) => 128,
            (14, 2) | (16, 2..) => 32,
            _ => 1,
        }
    }
}
