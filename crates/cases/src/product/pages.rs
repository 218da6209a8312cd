//! The bits of leaves and tables that the product varies, each set as one digit.

use afdbm::descriptor::{Descriptor, TableAttributes};
use afdbm::stage::Stage;

/// The bits of the leaf, a digit of 256: bit 0 valid, then AF, AP\[1\], AP\[2\], DBM, UXN, PXN, Contiguous.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct LeafBits(pub u8);

/// The descriptor's bit for each bit of [`LeafBits`].
pub const LEAF_BITS: [u64; 8] = [
    Descriptor::VALID,
    Descriptor::AF,
    Descriptor::AP1,
    Stage::One.dirty_bit().mask(),
    Descriptor::DBM,
    Descriptor::UXN,
    Descriptor::PXN,
    Descriptor::CONTIGUOUS,
];

/// The bits of [`LeafBits`] that stand for VALID, for UXN and PXN, and for Contiguous.
const VALID: u8 = 1 << 0;
const EXECUTE_NEVER: u8 = 0b11 << 5;
const CONTIGUOUS: u8 = 1 << 7;

impl LeafBits {
    /// How many there are.
    pub const COUNT: u16 = 1 << LEAF_BITS.len();

    /// Returns the bits in their places of the descriptor.
    #[must_use]
    pub const fn bits(self) -> u64 {
        WORDS[self.0 as usize]
    }

    /// Tells whether the leaf is valid.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 & VALID != 0
    }

    /// Returns the leaf without its execute-never bits.
    #[must_use]
    pub const fn executable(self) -> Self {
        Self(self.0 & !EXECUTE_NEVER)
    }

    /// Tells whether the leaf is one of a contiguous group.
    #[must_use]
    pub const fn is_contiguous(self) -> bool {
        self.0 & CONTIGUOUS != 0
    }

    /// Returns the bit alone that asks for other memory: Contiguous.
    #[must_use]
    pub const fn shape(self) -> Self {
        Self(self.0 & CONTIGUOUS)
    }
}

/// The bits of each value of [`LeafBits`]: the product asks for them once or twice a combination.
const WORDS: [u64; LeafBits::COUNT as usize] = {
    let mut words = [0; LeafBits::COUNT as usize];
    let mut value = 0;
    while value < words.len() {
        let mut place = 0;
        while place < LEAF_BITS.len() {
            if value >> place & 1 != 0 {
                words[value] |= LEAF_BITS[place];
            }
            place += 1;
        }
        value += 1;
    }
    words
};

/// The bits of the second page's leaf, a digit of 32: bit 0 valid, then AF, AP\[1\], AP\[2\], DBM. Always a level 3
/// page of Normal memory under tables without attributes, execute-never, not Contiguous.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SecondPage(pub u8);

impl SecondPage {
    /// How many there are.
    pub const COUNT: u8 = 32;

    /// The eight states of the covering set: invalid though it looks clean; read-write, read-only and clean, young and
    /// old, for EL0 too; clean for EL1 alone.
    pub const CHOSEN: [Self; 8] = [
        Self(0b11100),
        Self(0b00111),
        Self(0b01111),
        Self(0b11111),
        Self(0b11101),
        Self(0b00101),
        Self(0b11011),
        Self(0b01101),
    ];

    /// Returns the bits in their places of the descriptor.
    #[must_use]
    pub const fn bits(self) -> u64 {
        LeafBits(self.0 & 0x1f).bits() | Descriptor::PXN | Descriptor::UXN
    }
}

/// The attributes of the Table descriptors on the path, a digit of 16: bit 0 APTable\[1\], then APTable\[0\], UXNTable,
/// PXNTable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct TableBits(pub u8);

impl TableBits {
    /// How many there are.
    pub const COUNT: u8 = 16;

    /// The seven values of the covering set: none, each by itself, both of APTable, all.
    pub const CHOSEN: [Self; 7] = [Self(0), Self(1), Self(2), Self(3), Self(4), Self(8), Self(15)];

    /// Returns the attributes.
    #[must_use]
    pub const fn attributes(self) -> TableAttributes {
        TableAttributes {
            read_only: self.0 & 1 != 0,
            no_user: self.0 & 2 != 0,
            user_execute_never: self.0 & 4 != 0,
            privileged_execute_never: self.0 & 8 != 0,
        }
    }
}

/// Which Table descriptors carry the attributes: always two different ones where the path has two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(u8)]
pub enum TablePlace {
    /// APTable\[1\] and UXNTable in the first Table descriptor, APTable\[0\] and PXNTable in the last.
    #[default]
    ReadOnlyFirst,
    /// APTable\[1\] and UXNTable in the last, APTable\[0\] and PXNTable in the one before it.
    ReadOnlyLast,
}

impl TablePlace {
    /// Both, in the order of the product.
    pub const ALL: [Self; 2] = [Self::ReadOnlyFirst, Self::ReadOnlyLast];

    /// How each reads in a log.
    pub const LABELS: [&'static str; 2] = ["APTable[1] in the first", "APTable[1] in the last"];

    /// Returns the bits of each Table descriptor, from level 0, of a path with `tables` of them (1 to 3).
    #[must_use]
    pub const fn distribute(self, tables: usize, bits: TableBits) -> [u64; 3] {
        let all = bits.attributes();
        let one = TableAttributes { no_user: false, privileged_execute_never: false, ..all }.bits();
        let other = TableAttributes { read_only: false, user_execute_never: false, ..all }.bits();
        let last = tables - 1;
        let before_last = if last == 0 { 0 } else { last - 1 };
        let mut places = [0; 3];
        match self {
            Self::ReadOnlyFirst => {
                places[0] |= one;
                places[last] |= other;
            }
            Self::ReadOnlyLast => {
                places[last] |= one;
                places[before_last] |= other;
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::{LeafBits, TableBits, TablePlace};
    use afdbm::descriptor::{Descriptor, TableAttributes};
    use afdbm::stage::Stage;

    #[test]
    fn every_bit_has_its_place() {
        assert_eq!(
            LeafBits(0b1000_1001).bits(),
            Descriptor::VALID | Stage::One.dirty_bit().clean() | Descriptor::CONTIGUOUS
        );
        assert_eq!(LeafBits(0xff).bits().count_ones(), 8);
    }

    #[test]
    fn attributes_stand_in_two_tables_where_there_are_two() {
        let all = TableBits(15);
        for place in TablePlace::ALL {
            for tables in 1..=3 {
                let placed = place.distribute(tables, all);
                assert_eq!(placed.iter().fold(0, |sum, bits| sum | bits), all.attributes().bits());
                assert_eq!(
                    placed.iter().filter(|bits| **bits != 0).count(),
                    tables.min(2),
                    "{place:?} {tables}"
                );
                assert!(placed[tables..].iter().all(|bits| *bits == 0));
            }
        }
        let read_only = TableAttributes { read_only: true, ..TableAttributes::NONE }.bits();
        assert_eq!(TablePlace::ReadOnlyFirst.distribute(3, TableBits(1)), [read_only, 0, 0]);
        assert_eq!(TablePlace::ReadOnlyLast.distribute(3, TableBits(1)), [0, 0, read_only]);
    }
}
