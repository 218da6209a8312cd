//! Which combinations are run: all of them, the covering set, or a sample.

use super::{
    Axis, Circumstance, Combination, Derivation, Digit, RADICES, SecondPage, Slice, TableBits, access_digit,
};
use oracle::AccessKind;

/// The chosen table attributes, as digits.
pub(super) const CHOSEN_TABLES: [u16; TableBits::CHOSEN.len()] = {
    let mut digits = [0; TableBits::CHOSEN.len()];
    let mut place = 0;
    while place < digits.len() {
        digits[place] = TableBits::CHOSEN[place].0 as u16;
        place += 1;
    }
    digits
};

/// Every access, with the chosen second pages, as digits.
const CHOSEN_ACCESSES: [u16; 30 + 2 * SecondPage::CHOSEN.len()] = {
    let mut digits = [0; 30 + 2 * SecondPage::CHOSEN.len()];
    let mut place = 0;
    while place < 30 {
        digits[place] = AccessKind::ALL[place] as u16;
        place += 1;
    }
    let mut second = 0;
    while second < SecondPage::CHOSEN.len() {
        digits[30 + second] = access_digit(AccessKind::LoadCrossing, SecondPage::CHOSEN[second]);
        let store = access_digit(AccessKind::StoreCrossing, SecondPage::CHOSEN[second]);
        digits[30 + SecondPage::CHOSEN.len() + second] = store;
        second += 1;
    }
    digits
};

/// The circumstances other than `Plain`, as digits.
const PARTICULAR: [u16; Circumstance::ALL.len() - 1] = {
    let mut digits = [0; Circumstance::ALL.len() - 1];
    let mut place = 0;
    while place < digits.len() {
        digits[place] = Circumstance::ALL[place + 1] as u16;
        place += 1;
    }
    digits
};

/// Returns the slice of the whole product.
#[must_use]
pub const fn full() -> Slice {
    Slice { axes: [Axis::All; RADICES.len()], derivation: Derivation::None }
}

/// Returns the slices of the covering set, some 19 million combinations before the filter.
///
/// The first has all leaf bits with all controls, all accesses (crossing ones with 8 second pages), 7 table attributes
/// and all states of the TLB; the level turns so that each leaf meets each level with all of the rest but the pair
/// of table attributes and TLB. The second has every particular circumstance with all leaf bits, HA, HD, Exception
/// level, PAN and accesses, under tables without attributes; level and TLB turn.
#[must_use]
pub const fn covering() -> [Slice; 2] {
    let mut plain = [Axis::All; RADICES.len()];
    plain[Digit::Circumstance as usize] = Axis::One(Circumstance::Plain as u16);
    plain[Digit::Access as usize] = Axis::Listed(&CHOSEN_ACCESSES);
    plain[Digit::Level as usize] = Axis::Derived;
    plain[Digit::TablePlace as usize] = Axis::Derived;
    plain[Digit::Table as usize] = Axis::Listed(&CHOSEN_TABLES);
    let mut particular = plain;
    particular[Digit::Circumstance as usize] = Axis::Listed(&PARTICULAR);
    particular[Digit::Hierarchy as usize] = Axis::One(0);
    particular[Digit::WriteExecuteNever as usize] = Axis::One(0);
    particular[Digit::TablePlace as usize] = Axis::One(0);
    particular[Digit::Table as usize] = Axis::One(0);
    particular[Digit::Tlb as usize] = Axis::Derived;
    [
        Slice { axes: plain, derivation: Derivation::LevelAndPlace },
        Slice { axes: particular, derivation: Derivation::LevelAndTlb },
    ]
}

/// A sample of the product, drawn with a seed: half of it plain, all kinds alike, the slow controls in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// The seed.
    pub seed: u64,
    /// How many combinations, before the filter.
    pub size: u64,
}

/// Sebastiano Vigna's splitmix64, as a function of the position.
const fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

impl Sample {
    /// Returns the combination at `ordinal`, or `None` from the size on.
    #[must_use]
    pub fn combination(&self, ordinal: u64) -> Option<Combination> {
        const CIRCUMSTANCES: u64 = 2 * PARTICULAR.len() as u64;
        const SLOW: u64 = 4 * CIRCUMSTANCES * 2 * 2;
        if ordinal >= self.size {
            return None;
        }
        // 128 bits, so that no size overflows.
        let slow = u64::try_from(u128::from(ordinal) * u128::from(SLOW) / u128::from(self.size)).unwrap_or(0);
        let circumstance = slow / 4 % CIRCUMSTANCES;
        let digit = |value: u64| u16::try_from(value).unwrap_or(0);
        let mut bits = mix(self.seed.wrapping_add(mix(ordinal + 1)));
        let mut draw = |count: u64| {
            let value = bits % count;
            bits = mix((bits / count) ^ self.seed.rotate_left(17));
            value
        };
        let kind = AccessKind::ALL[usize::try_from(draw(AccessKind::ALL.len() as u64)).unwrap_or(0)];
        let second = SecondPage(u8::try_from(draw(u64::from(SecondPage::COUNT))).unwrap_or(0));
        let fast =
            |draw: &mut dyn FnMut(u64) -> u64, place: Digit| digit(draw(u64::from(RADICES[place as usize])));
        let digits = [
            digit(slow / (4 * CIRCUMSTANCES)),
            usize::try_from(circumstance).ok().and_then(|place| PARTICULAR.get(place)).copied().unwrap_or(0),
            digit(slow / 2 % 2),
            digit(slow % 2),
            fast(&mut draw, Digit::ExceptionLevel),
            fast(&mut draw, Digit::PrivilegedAccessNever),
            access_digit(kind, second),
            fast(&mut draw, Digit::Level),
            fast(&mut draw, Digit::TablePlace),
            fast(&mut draw, Digit::Table),
            fast(&mut draw, Digit::Tlb),
            fast(&mut draw, Digit::Leaf),
        ];
        Some(Combination::from_digits(&digits))
    }
}
