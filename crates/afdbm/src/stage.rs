//! Stages of translation: which bits of a descriptor the hardware manages, and how.

/// A stage of translation, with the way its descriptors hold permissions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stage {
    /// Stage 1 with direct permissions: AP\[2\] falls at a write (Arm ARM D8.4.1.2).
    One,
    /// Stage 2 with direct permissions: S2AP\[1\] rises at a write (Arm ARM D8.4.2.2).
    Two,
}

impl Stage {
    /// Bit 10, the Access flag, in every stage (Arm ARM D8.3.1).
    pub const ACCESS_FLAG: u64 = 1 << 10;

    /// Returns the bit that records a write.
    #[inline]
    #[must_use]
    pub const fn dirty_bit(self) -> DirtyBit {
        match self {
            // AP[2]: 1 is read-only, and with DBM and hardware management, clean (Arm ARM R_XZFQH).
            Self::One => DirtyBit { mask: 1 << 7, dirty: 0 },
            // S2AP[1]: 1 grants writes; 0 is read-only, and with DBM and hardware management, clean.
            Self::Two => DirtyBit { mask: 1 << 7, dirty: 1 << 7 },
        }
    }

    /// Returns the bits that hardware may change in a Block or Page descriptor: the Access flag and the dirty bit, no
    /// other (row C06; Arm ARM R_LFTXR, R_PQJJR).
    #[inline]
    #[must_use]
    pub const fn hardware_managed(self) -> u64 {
        Self::ACCESS_FLAG | self.dirty_bit().mask
    }
}

/// The bit of a descriptor that records a write, and the value that says so.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DirtyBit {
    mask: u64,
    /// The bit's value in a dirty descriptor: 0, or the mask.
    dirty: u64,
}

impl DirtyBit {
    /// Returns the bit itself.
    #[inline]
    #[must_use]
    pub const fn mask(self) -> u64 {
        self.mask
    }

    /// Returns the bit as it stands in a dirty descriptor: 0 where it falls at a write.
    #[inline]
    #[must_use]
    pub const fn dirty(self) -> u64 {
        self.dirty
    }

    /// Returns the bit as it stands in a clean descriptor: 0 where it rises at a write.
    #[inline]
    #[must_use]
    pub const fn clean(self) -> u64 {
        self.mask ^ self.dirty
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn clean_and_dirty_differ_in_the_bit_alone() {
        let falls = Stage::One.dirty_bit();
        assert_eq!((falls.clean(), falls.dirty()), (1 << 7, 0));
        let rises = Stage::Two.dirty_bit();
        assert_eq!((rises.clean(), rises.dirty()), (0, 1 << 7));
    }
}
