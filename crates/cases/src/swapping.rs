//! What suite swap asks: what each version of set_access_flags comes to on each machine.

use core::fmt;

/// What the CPUs of a machine manage by hardware.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CpuManagement {
    /// HA=0 HD=0 everywhere.
    None,
    /// HA=1 HD=0 everywhere.
    AccessFlag,
    /// HA=1 HD=1 everywhere.
    Full,
    /// The first CPU nothing, the second all, the third the Access flag alone, and so on.
    Mixed,
}

impl CpuManagement {
    /// Every machine, in the order of the table's columns.
    pub const ALL: [Self; 4] = [Self::None, Self::AccessFlag, Self::Full, Self::Mixed];

    /// Returns the word by which it is selected.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::AccessFlag => "access",
            Self::Full => "full",
            Self::Mixed => "mixed",
        }
    }
}

impl fmt::Display for CpuManagement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.word())
    }
}

/// What a version comes to on a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SwapVerdict {
    /// An access faults without end.
    pub loops: bool,
    /// A write is lost.
    pub loses: bool,
}

impl SwapVerdict {
    /// No loop, and no write lost.
    pub const CLEAN: Self = Self { loops: false, loses: false };
    /// A fault loop alone.
    pub const LOOPS: Self = Self { loops: true, loses: false };
    /// Lost writes alone.
    pub const LOSES: Self = Self { loops: false, loses: true };
    /// A fault loop and lost writes.
    pub const BOTH: Self = Self { loops: true, loses: true };
}

impl fmt::Display for SwapVerdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match (self.loops, self.loses) {
            (false, false) => "clean",
            (true, false) => "fault loop",
            (false, true) => "lost write",
            (true, true) => "loop, lost write",
        })
    }
}
