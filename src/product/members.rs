//! The combinations of a slice that lie in a region, without a look at the others.

use super::{Axis, Digits, RADICES, Region, Slice};
use arrayvec::ArrayVec;

/// The members of a region in a slice.
pub(super) struct Members<'a> {
    slice: &'a Slice,
    region: Region,
    allowed: [ArrayVec<u16, 256>; RADICES.len()],
    places: [usize; RADICES.len()],
    strides: [u64; RADICES.len()],
    over: bool,
}

impl<'a> Members<'a> {
    pub(super) fn new(slice: &'a Slice, region: Region) -> Self {
        let mut strides = [1; RADICES.len()];
        for digit in (0..RADICES.len() - 1).rev() {
            strides[digit] = strides[digit + 1] * slice.length(digit + 1);
        }
        let allowed: [ArrayVec<u16, 256>; RADICES.len()] = core::array::from_fn(|digit| {
            let length = u16::try_from(slice.length(digit)).unwrap_or(0);
            let derived = slice.axes[digit] == Axis::Derived;
            (0..length).filter(|&place| derived || region.admits(digit, slice.value(digit, place))).collect()
        });
        let over = allowed.iter().any(ArrayVec::is_empty);
        Self { slice, region, allowed, places: [0; RADICES.len()], strides, over }
    }
}

impl Iterator for Members<'_> {
    /// The place in the slice, and the digits.
    type Item = (usize, Digits);

    fn next(&mut self) -> Option<(usize, Digits)> {
        while !self.over {
            let mut digits = [0; RADICES.len()];
            let mut ordinal = 0;
            for (digit, value) in digits.iter_mut().enumerate() {
                let position = self.allowed[digit][self.places[digit]];
                *value = self.slice.value(digit, position);
                ordinal += u64::from(position) * self.strides[digit];
            }
            self.slice.derive(&mut digits);
            self.over = true;
            for digit in (0..RADICES.len()).rev() {
                self.places[digit] += 1;
                if self.places[digit] < self.allowed[digit].len() {
                    self.over = false;
                    break;
                }
                self.places[digit] = 0;
            }
            let inside = (0..RADICES.len())
                .filter(|&digit| self.slice.axes[digit] == Axis::Derived)
                .all(|digit| self.region.admits(digit, digits[digit]));
            if let (true, Ok(place)) = (inside, usize::try_from(ordinal)) {
                return Some((place, digits));
            }
        }
        None
    }
}
