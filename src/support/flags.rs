//! The flags of a leaf descriptor, by the states that cases begin with.

use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;

/// The flags of a leaf descriptor: what a case varies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags(pub u64);

impl Flags {
    const BASE: u64 =
        Descriptor::VALID | Descriptor::TABLE_OR_PAGE | Descriptor::NG | Descriptor::PXN | Descriptor::UXN;
    /// DBM=0, AP\[2\]=0, AF=1, for EL1, no fetches.
    pub const READ_WRITE: Self = Self(Self::BASE | Descriptor::AF);
    /// DBM=0, AP\[2\]=1.
    pub const READ_ONLY: Self = Self(Self::READ_WRITE.0 | Stage::One.dirty_bit().clean());
    /// DBM=1, AP\[2\]=1: writable-clean.
    pub const CLEAN: Self = Self(Self::READ_ONLY.0 | Descriptor::DBM);
    /// DBM=1, AP\[2\]=0: writable-dirty.
    pub const DIRTY: Self = Self(Self::READ_WRITE.0 | Descriptor::DBM);

    /// The same with AF=0.
    pub const fn old(self) -> Self {
        Self(self.0 & !Descriptor::AF)
    }

    /// The same with AP\[1\]=1: EL0 may use it.
    pub const fn user(self) -> Self {
        Self(self.0 | Descriptor::AP1)
    }

    /// The same, executable at EL1 and EL0.
    pub const fn executable(self) -> Self {
        Self(self.0 & !(Descriptor::PXN | Descriptor::UXN))
    }

    /// The same with bit 0 clear.
    pub const fn invalid(self) -> Self {
        Self(self.0 & !Descriptor::VALID)
    }
}
