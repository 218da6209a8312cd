//! What is varied around combinations beyond the product's own dimensions: the leaf's other bits, the byte that is
//! accessed, the CPU. The oracle judges a varied combination as any other: it sees the query alone.

use super::{Combination, InRegime};
use afdbm::descriptor::Descriptor;
use core::fmt;
use oracle::{LeafPlace, Query};

/// What varies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variation {
    /// The CPU: each makes every combination in turn, whatever it is like.
    Cpus,
    /// The entry that each table of the walk is left by, on the first CPU.
    Entries(&'static [u64]),
    /// The query, on the first CPU.
    Queries(&'static [Variant]),
}

/// One way to vary a query.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Variant {
    /// How it reads in a log.
    pub label: &'static str,
    /// Bits that are set in the first leaf, and in the other members of its contiguous group.
    pub set: u64,
    /// Bits that are cleared in them before.
    pub clear: u64,
    /// How many bytes behind its place the access begins.
    pub offset: u64,
}

/// Bits 63:59: page-based hardware attributes, or ignored (Arm ARM D8.3.1.2, with TCR_EL1.HWUnnn = 0 and TCR2_EL1 = 0).
const UPPER: u64 = 0b1_1111 << 59;
/// Bit 50, GP: a guarded page, for fetches alone.
const GUARDED: u64 = 1 << 50;

impl Variant {
    /// As the product has it.
    pub const PLAIN: Self = Self { label: "plain", set: 0, clear: 0, offset: 0 };

    /// The bits of a leaf that variants may change and the product's leaf bits have not. Two are left out: NS, which
    /// chooses another memory where the kernel is Secure software (no register of EL1 tells), and nT, with which an
    /// access to a Block may take a Translation fault (Arm ARM D8.16.1).
    pub const LEAF: u64 = Descriptor::ATTRIBUTE_INDEX
        | Descriptor::SHAREABILITY
        | Descriptor::NG
        | GUARDED
        | Descriptor::SOFTWARE
        | UPPER;

    /// Sets bits of the leaf.
    const fn setting(label: &'static str, set: u64) -> Self {
        Self { label, set, ..Self::PLAIN }
    }

    /// Puts a value in the place of a field of the leaf.
    const fn with_field(label: &'static str, field: u64, value: u64) -> Self {
        Self { label, set: value << field.trailing_zeros(), clear: field, ..Self::PLAIN }
    }

    const fn behind(label: &'static str, offset: u64) -> Self {
        Self { label, offset, ..Self::PLAIN }
    }

    /// Every bit and field of [`Variant::LEAF`] by itself, then the bits together.
    pub const LEAVES: [Self; 15] = [
        Self::with_field("SH=0b00", Descriptor::SHAREABILITY, 0b00),
        Self::with_field("SH=0b10", Descriptor::SHAREABILITY, 0b10),
        Self::with_field("Non-cacheable", Descriptor::ATTRIBUTE_INDEX, 2),
        Self::setting("nG=1", Descriptor::NG),
        Self::setting("GP=1", GUARDED),
        Self::setting("bit 55", 1 << 55),
        Self::setting("bit 56", 1 << 56),
        Self::setting("bit 57", 1 << 57),
        Self::setting("bit 58", 1 << 58),
        Self::setting("bit 59", 1 << 59),
        Self::setting("bit 60", 1 << 60),
        Self::setting("bit 61", 1 << 61),
        Self::setting("bit 62", 1 << 62),
        Self::setting("bit 63", 1 << 63),
        Self::setting("nG, GP and bits 63:55", Descriptor::NG | GUARDED | Descriptor::SOFTWARE | UPPER),
    ];

    /// Every byte of a doubleword, and one far on: 64 bytes around an access are looked at.
    pub const OFFSETS: [Self; 9] = [
        Self::PLAIN,
        Self::behind("1 byte on", 1),
        Self::behind("2 bytes on", 2),
        Self::behind("3 bytes on", 3),
        Self::behind("4 bytes on", 4),
        Self::behind("5 bytes on", 5),
        Self::behind("6 bytes on", 6),
        Self::behind("7 bytes on", 7),
        Self::behind("40 bytes on", 40),
    ];

    /// Changes a query.
    ///
    /// # Panics
    ///
    /// Panics for an access across two pages that is to begin elsewhere.
    pub fn apply(&self, query: &mut Query) {
        assert!(
            self.offset == 0 || !query.access.kind.is_crossing(),
            "an access across pages begins where it must"
        );
        query.access.address = query.access.address.offset(self.offset);
        let path = &mut query.paths[LeafPlace::FIRST];
        let leaf = path.at(path.leaf_level);
        *leaf = leaf.without(self.clear).with(self.set);
    }
}

// Neither bits that the product varies nor those of an address.
const _: () = {
    let mut place = 0;
    while place < Variant::LEAVES.len() {
        let Variant { set, clear, .. } = Variant::LEAVES[place];
        assert!((set | clear) & !Variant::LEAF == 0, "a variant changes other bits");
        place += 1;
    }
};

/// A combination with its variant, as a log names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Varied {
    /// The combination.
    pub combination: Combination,
    /// The variant.
    pub variant: Variant,
}

impl fmt::Display for InRegime<'_, Varied> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Varied { combination, variant }, regime) = self;
        write!(formatter, "combination {}: {}", combination.index(), InRegime(combination, *regime))?;
        if *variant == Variant::PLAIN { Ok(()) } else { write!(formatter, ", {}", variant.label) }
    }
}
