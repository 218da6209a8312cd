//! What a leaf descriptor's flags mean, as pure functions of the value.
//!
//! The names are those of the states that an operating system keeps; Linux's name stands beside each. A method of
//! [`Stage`] asks the descriptor of that stage, a method of [`Descriptor`] one of stage 1.

use super::Descriptor;
use crate::stage::Stage;

impl Stage {
    /// Tells whether the descriptor's dirty bit makes the page read-only (RO) for a walker that does not manage the
    /// dirty state.
    #[inline]
    #[must_use]
    pub const fn is_read_only(self, descriptor: Descriptor) -> bool {
        descriptor.0 & self.dirty_bit().mask() == self.dirty_bit().clean()
    }

    /// Tells whether W is set and RO is not: the hardware, or software for it, has recorded a write
    /// (Linux: `pte_hw_dirty`).
    #[inline]
    #[must_use]
    pub const fn is_hardware_dirty(self, descriptor: Descriptor) -> bool {
        descriptor.is_writable() && !self.is_read_only(descriptor)
    }

    /// Tells whether the page is dirty by either record (Linux: `pte_dirty`).
    #[inline]
    #[must_use]
    pub const fn is_dirty(self, descriptor: Descriptor) -> bool {
        self.is_hardware_dirty(descriptor) || descriptor.is_software_dirty()
    }

    /// Tells whether the hardware may turn a write's Permission fault into a dirty record: W and RO
    /// (Arm ARM R_XZFQH).
    #[inline]
    #[must_use]
    pub const fn is_writable_clean(self, descriptor: Descriptor) -> bool {
        descriptor.is_writable() && self.is_read_only(descriptor)
    }

    /// Returns the descriptor with its dirty bit as a write leaves it: not RO.
    #[inline]
    #[must_use]
    pub const fn with_dirty(self, descriptor: Descriptor) -> Descriptor {
        Descriptor(descriptor.0 & !self.dirty_bit().mask() | self.dirty_bit().dirty())
    }

    /// Returns the descriptor with its dirty bit as before a write: RO.
    #[inline]
    #[must_use]
    pub const fn with_clean(self, descriptor: Descriptor) -> Descriptor {
        Descriptor(descriptor.0 & !self.dirty_bit().mask() | self.dirty_bit().clean())
    }

    /// Tells whether the flags are one of the states that software may leave in memory, each young or old.
    ///
    /// In stage 1 those are read-only, writable-clean, read-only and software-dirty, and writable-dirty. W with D and RO is
    /// none: a walker without dirty state management faults on it for ever. Neither RO nor W is none for a page of an
    /// operating system that uses W as its permission to write.
    ///
    /// In stage 2 all are but W without the permission to read: whether an atomic then marks the page dirty is left open
    /// (Arm ARM R_KTXCF, row H07).
    #[inline]
    #[must_use]
    pub const fn is_legal_state(self, descriptor: Descriptor) -> bool {
        let read_only = self.is_read_only(descriptor);
        match (self, descriptor.is_writable(), descriptor.is_software_dirty()) {
            (Self::Two, writable, _) => !writable || descriptor.has(Descriptor::S2AP0),
            (Self::One, true, true) => !read_only,
            (Self::One, true, false) => true,
            (Self::One, false, _) => read_only,
        }
    }
}

impl Descriptor {
    /// Tells whether bit 0 is set (Linux: `pte_valid`).
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.has(Self::VALID)
    }

    /// Tells whether the Access flag is set (Linux: `pte_young`).
    #[must_use]
    pub const fn is_young(self) -> bool {
        self.has(Self::AF)
    }

    /// Tells whether software may write here: W, the DBM bit (Linux: `pte_write`).
    #[inline]
    #[must_use]
    pub const fn is_writable(self) -> bool {
        self.has(Self::DBM)
    }

    /// Tells whether the software dirty bit D is set (Linux: `pte_sw_dirty`).
    #[inline]
    #[must_use]
    pub const fn is_software_dirty(self) -> bool {
        self.has(Self::SOFTWARE_DIRTY)
    }

    /// Tells whether EL0 may access the page (Linux: `pte_user`).
    #[inline]
    #[must_use]
    pub const fn is_user(self) -> bool {
        self.has(Self::AP1)
    }

    /// [`Stage::is_read_only`] of a descriptor of stage 1.
    #[inline]
    #[must_use]
    pub const fn is_read_only(self) -> bool {
        Stage::One.is_read_only(self)
    }

    /// [`Stage::is_hardware_dirty`] of a descriptor of stage 1.
    #[inline]
    #[must_use]
    pub const fn is_hardware_dirty(self) -> bool {
        Stage::One.is_hardware_dirty(self)
    }

    /// [`Stage::is_dirty`] of a descriptor of stage 1.
    #[inline]
    #[must_use]
    pub const fn is_dirty(self) -> bool {
        Stage::One.is_dirty(self)
    }

    /// [`Stage::is_writable_clean`] of a descriptor of stage 1.
    #[inline]
    #[must_use]
    pub const fn is_writable_clean(self) -> bool {
        Stage::One.is_writable_clean(self)
    }

    /// [`Stage::is_legal_state`] of a descriptor of stage 1.
    #[inline]
    #[must_use]
    pub const fn is_legal_state(self) -> bool {
        Stage::One.is_legal_state(self)
    }
}
