//! Which combinations are run: all of them, the covering set, or a sample.

use super::{
    Axis, Circumstance, Combination, Digit, RADICES, SecondPage, Slice, TableBits,
    dimension::COVERING,
    values::{Values, access_digit},
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

/// How many digits [`CHOSEN_ACCESSES`] has.
const CHOSEN: usize = accesses([0; 0]).1;

/// Every access, those that cross with the chosen second pages, as digits.
pub(super) const CHOSEN_ACCESSES: [u16; CHOSEN] = accesses([0; CHOSEN]).0;

/// Fills in the digits of the accesses, as far as there is room; returns how many there are, too.
const fn accesses<const ROOM: usize>(mut digits: [u16; ROOM]) -> ([u16; ROOM], usize) {
    let (mut place, mut count) = (0, 0);
    while place < AccessKind::PRODUCT.len() {
        let kind = AccessKind::PRODUCT[place];
        let pages: &[SecondPage] = if kind.is_crossing() { &SecondPage::CHOSEN } else { &[SecondPage(0)] };
        let mut second = 0;
        while second < pages.len() {
            if count < ROOM {
                digits[count] = access_digit(kind, pages[second]);
            }
            count += 1;
            second += 1;
        }
        place += 1;
    }
    (digits, count)
}

/// The circumstances other than `Plain`, as digits.
pub(super) const PARTICULAR: [u16; Circumstance::ALL.len() - 1] = {
    let mut digits = [0; Circumstance::ALL.len() - 1];
    let mut place = 0;
    while place < digits.len() {
        digits[place] = Circumstance::ALL[place + 1] as u16;
        place += 1;
    }
    digits
};

/// How many leaves [`CHOSEN_LEAVES`] has.
const LEAVES: usize = leaves([0; 0]).1;

/// The valid leaves and a few that are not, as digits.
pub(super) const CHOSEN_LEAVES: [u16; LEAVES] = leaves([0; LEAVES]).0;

/// Fills in the digits of the leaves, as far as there is room; returns how many there are, too.
const fn leaves<const ROOM: usize>(mut digits: [u16; ROOM]) -> ([u16; ROOM], usize) {
    let (mut leaf, mut count) = (0, 0);
    while leaf < RADICES[Digit::Leaf as usize] {
        let (valid, clean_or_writable) = (leaf & 1 != 0, (leaf >> 3 & 1) == (leaf >> 4 & 1));
        // Of the invalid ones those that look writable or clean, not execute-never, not Contiguous.
        if valid || clean_or_writable && leaf & 0xe0 == 0 {
            if count < ROOM {
                digits[count] = leaf;
            }
            count += 1;
        }
        leaf += 1;
    }
    (digits, count)
}

/// Returns the slice of the whole product.
#[must_use]
pub const fn full() -> Slice {
    Slice { axes: [Axis::All; RADICES.len()] }
}

/// Returns the slices of the covering set, some 15 million combinations before the filter.
///
/// Every control meets every other, whole: HA, HD, HPD0, WXN, PAN, the Exception level and each circumstance, with every
/// access (crossing ones with 8 second pages) and every valid leaf. Level, TLB and the place of the table attributes
/// rotate with them, so that any three of all these meet. The first slice has no particular circumstance, but all leaves
/// that are not valid and each of the 7 table attributes; in the second, with the particular ones, these rotate, too.
#[must_use]
pub const fn covering() -> [Slice; 2] {
    let [plain, particular] = COVERING;
    [Slice { axes: plain }, Slice { axes: particular }]
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
pub(crate) const fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// Returns the remainder of `value`, as a digit, and leaves the quotient in its place.
///
/// # Panics
///
/// Panics if `count` is more than a digit has values.
fn take(value: &mut u64, count: usize) -> u16 {
    let digit = u16::try_from(*value % count as u64).expect("a digit");
    *value /= count as u64;
    digit
}

impl Sample {
    /// Returns the combination at `ordinal`, or `None` from the size on.
    #[must_use]
    pub fn combination(&self, ordinal: u64) -> Option<Combination> {
        /// The digits that empty the TLB when they change, fastest first, each with how many places it takes; the
        /// circumstance has twice as many as there are particular ones, half of them plain.
        const SLOW: [(Digit, usize); 5] = [
            (Digit::WriteExecuteNever, 2),
            (Digit::Hierarchy, 2),
            (Digit::Circumstance, 2 * PARTICULAR.len()),
            (Digit::HardwareDirtyState, 2),
            (Digit::HardwareAccessFlag, 2),
        ];
        const PLACES: u64 = {
            let (mut places, mut slow) = (1, 0);
            while slow < SLOW.len() {
                places *= SLOW[slow].1 as u64;
                slow += 1;
            }
            places
        };
        if ordinal >= self.size {
            return None;
        }
        // 128 bits, so that no size overflows.
        let slow = u128::from(ordinal) * u128::from(PLACES) / u128::from(self.size);
        let mut slow = u64::try_from(slow).expect("less than there are places");
        let mut bits = mix(self.seed.wrapping_add(mix(ordinal + 1)));
        let mut digits = [0; RADICES.len()];
        for digit in Digit::ALL {
            digits[digit as usize] = match digit {
                // All kinds alike, whether they cross or not.
                Digit::Access => {
                    let kind =
                        AccessKind::PRODUCT[usize::from(self.draw(&mut bits, AccessKind::PRODUCT.len()))];
                    let second = self.draw(&mut bits, usize::from(SecondPage::COUNT));
                    access_digit(kind, SecondPage(second.to_le_bytes()[0]))
                }
                _ if SLOW.iter().any(|(slow, _)| *slow == digit) => 0,
                _ => self.draw(&mut bits, usize::from(RADICES[digit as usize])),
            };
        }
        for (digit, places) in SLOW {
            let place = take(&mut slow, places);
            digits[digit as usize] = match digit {
                Digit::Circumstance => {
                    PARTICULAR.get(usize::from(place)).copied().unwrap_or(Circumstance::Plain.digit())
                }
                _ => place,
            };
        }
        Some(Combination::from_digits(&digits))
    }

    /// Draws a number below `count`.
    fn draw(&self, bits: &mut u64, count: usize) -> u16 {
        let value = take(bits, count);
        *bits = mix(*bits ^ self.seed.rotate_left(17));
        value
    }
}
