//! What a leaf descriptor's flags mean, as pure functions of the value.
//!
//! The names are those of the states that an operating system keeps; Linux's name stands beside each.

use super::Descriptor;

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

    /// Tells whether AP\[2\] makes the page read-only for a walker without dirty state management.
    #[inline]
    #[must_use]
    pub const fn is_read_only(self) -> bool {
        self.has(Self::AP2)
    }

    /// Tells whether W is set and RO is clear: the hardware, or software for it, has recorded a write
    /// (Linux: `pte_hw_dirty`).
    #[inline]
    #[must_use]
    pub const fn is_hardware_dirty(self) -> bool {
        self.has(Self::DBM) && !self.has(Self::AP2)
    }

    /// Tells whether the software dirty bit D is set (Linux: `pte_sw_dirty`).
    #[inline]
    #[must_use]
    pub const fn is_software_dirty(self) -> bool {
        self.has(Self::SOFTWARE_DIRTY)
    }

    /// Tells whether the page is dirty by either record (Linux: `pte_dirty`).
    #[inline]
    #[must_use]
    pub const fn is_dirty(self) -> bool {
        self.is_hardware_dirty() || self.is_software_dirty()
    }

    /// Tells whether the hardware may turn a write's Permission fault into a dirty record: W and RO set
    /// (Arm ARM R_XZFQH).
    #[inline]
    #[must_use]
    pub const fn is_writable_clean(self) -> bool {
        self.has(Self::DBM | Self::AP2)
    }

    /// Tells whether EL0 may access the page (Linux: `pte_user`).
    #[inline]
    #[must_use]
    pub const fn is_user(self) -> bool {
        self.has(Self::AP1)
    }

    /// Tells whether the flags are one of the states that an operating system may leave in memory:
    /// read-only, writable-clean, read-only and software-dirty, or writable-dirty, each young or old.
    ///
    /// W with D and RO is none: a walker without dirty state management faults on it for ever. RO clear
    /// without W is none for a page of an operating system that uses W as its permission to write.
    #[inline]
    #[must_use]
    pub const fn is_legal_state(self) -> bool {
        match (self.is_writable(), self.is_software_dirty(), self.is_read_only()) {
            (true, true, read_only) => !read_only,
            (true, false, _) => true,
            (false, _, read_only) => read_only,
        }
    }
}
