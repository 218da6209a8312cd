//! What a case writes into a leaf descriptor, and the states of it that an operating system keeps.

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

    /// Returns the flags with AF=0.
    #[must_use]
    pub const fn old(self) -> Self {
        Self(self.0 & !Descriptor::AF)
    }

    /// Returns the flags with AP\[1\]=1: EL0 may use the page.
    #[must_use]
    pub const fn user(self) -> Self {
        Self(self.0 | Descriptor::AP1)
    }

    /// Returns the flags of a page that EL1 and EL0 may execute.
    #[must_use]
    pub const fn executable(self) -> Self {
        Self(self.0 & !(Descriptor::PXN | Descriptor::UXN))
    }

    /// Returns the flags with bit 0 clear.
    #[must_use]
    pub const fn invalid(self) -> Self {
        Self(self.0 & !Descriptor::VALID)
    }
}

/// A state, by the name that the reference gives it.
#[derive(Clone, Copy, Debug)]
pub struct PageState {
    /// Its name.
    pub name: &'static str,
    /// The flags of a page that EL0 may use.
    pub flags: Flags,
}

const fn state(name: &'static str, flags: Flags, software_dirty: bool) -> PageState {
    let dirty = if software_dirty { Descriptor::SOFTWARE_DIRTY } else { 0 };
    PageState { name, flags: Flags(flags.user().0 | dirty) }
}

/// Neither dirty nor writable: RO.
pub const READ_ONLY: PageState = state("read-only", Flags::READ_ONLY, false);
/// Writable and clean, so that hardware may clear RO: W·RO.
pub const WRITABLE_CLEAN: PageState = state("writable-clean", Flags::CLEAN, false);
/// Dirty and no longer writable: D·RO.
pub const READ_ONLY_DIRTY: PageState = state("read-only, software-dirty", Flags::READ_ONLY, true);
/// Writable and dirty, as software knows: W·D.
pub const WRITABLE_DIRTY: PageState = state("writable-dirty", Flags::DIRTY, true);
/// Writable and dirty, as only hardware has noticed: W.
pub const HARDWARE_DIRTY: PageState = state("writable-dirty by hardware alone", Flags::DIRTY, false);
/// W·D·RO, which is not legal: what the `modify` of before 3c0696076aad leaves (I19).
pub const REMNANT: PageState = state("what the old modify leaves", Flags::CLEAN, true);

impl PageState {
    /// Every legal state, young.
    pub const LEGAL: [Self; 5] = [READ_ONLY, WRITABLE_CLEAN, READ_ONLY_DIRTY, WRITABLE_DIRTY, HARDWARE_DIRTY];

    /// Returns the state with AF=0.
    #[must_use]
    pub const fn old(self) -> Self {
        Self { flags: self.flags.old(), ..self }
    }
}
