//! How an invariant was broken.

use super::Invariant;
use crate::descriptor::Descriptor;
use core::fmt;

/// How an invariant was broken; the descriptors are those of the evidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Breach {
    /// 1: a write landed, and nothing says so.
    LostDirty,
    /// 2: from the first to the second W rose or RO fell.
    InventedPermission(Descriptor, Descriptor),
    /// 3: from the first to the second AF, W or D fell, RO rose, or another bit changed.
    NotMonotone(Descriptor, Descriptor),
    /// 4: the first was a legal state, or invalid, and the second is no legal one.
    IllegalState(Descriptor, Descriptor),
    /// 4: hardware cleared RO, and left AF clear.
    DirtyWhileOld(Descriptor, Descriptor),
    /// 5: so many faults, and the cap.
    TooManyFaults(u32, u32),
    /// 5: after so many faults software did not resolve what it should have.
    Refused(u32),
    /// 5: after so many faults there was no end to it.
    Endless(u32),
    /// 6: memory, and the bits that are not as the answer promises.
    BrokenPromise(Descriptor, u64),
    /// 7: the invalid descriptor became the second.
    InvalidChanged(Descriptor, Descriptor),
    /// 8: what one order left, and what the other.
    OrderMatters(Descriptor, Descriptor),
    /// 9: nobody wrote, and the page is dirty.
    OverDirty,
    /// 10: a write passed after the permission was withdrawn; what memory held then.
    WriteAfterWithdrawal(Descriptor),
    /// 10: an access passed after the page was removed, by this TLB entry.
    AccessAfterRemoval(Descriptor),
    /// 10: an access used the first, a TLB entry of another page or another size than the second, in memory.
    AnotherTranslation(Descriptor, Descriptor),
    /// 10: the walker of a CPU with HD=0 recorded a write; what memory held then.
    RecordWithoutManagement(Descriptor),
}

impl Breach {
    /// Returns the invariant that is broken.
    #[must_use]
    pub const fn invariant(self) -> Invariant {
        match self {
            Self::LostDirty => Invariant::NoLostDirty,
            Self::InventedPermission(..) => Invariant::NoInventedPermission,
            Self::NotMonotone(..) => Invariant::Monotone,
            Self::IllegalState(..) | Self::DirtyWhileOld(..) => Invariant::Encoding,
            Self::TooManyFaults(..) | Self::Refused(_) | Self::Endless(_) => Invariant::Progress,
            Self::BrokenPromise(..) => Invariant::ReturnValue,
            Self::InvalidChanged(..) => Invariant::InvalidStays,
            Self::OrderMatters(..) => Invariant::Commutes,
            Self::OverDirty => Invariant::NoOverDirty,
            Self::WriteAfterWithdrawal(_)
            | Self::AccessAfterRemoval(_)
            | Self::AnotherTranslation(..)
            | Self::RecordWithoutManagement(_) => Invariant::Tlb,
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LostDirty => formatter.write_str("a write landed, and nothing says so"),
            Self::InventedPermission(before, after) => {
                write!(formatter, "a permission that nobody asked for: {before} became {after}")
            }
            Self::NotMonotone(before, after) => {
                write!(formatter, "a flag was undone, or another bit changed: {before} became {after}")
            }
            Self::IllegalState(before, after) => write!(formatter, "no legal state: {before} became {after}"),
            Self::DirtyWhileOld(before, after) => {
                write!(formatter, "hardware cleared RO and left AF clear: {before} became {after}")
            }
            Self::TooManyFaults(faults, cap) => {
                write!(formatter, "{faults} faults on one access, the cap is {cap}")
            }
            Self::Refused(faults) => write!(formatter, "fault {faults} is not resolved, though it could be"),
            Self::Endless(faults) => write!(formatter, "no end after {faults} faults"),
            Self::BrokenPromise(memory, missing) => {
                write!(formatter, "the answer promises bits {missing:#x} otherwise than in memory: {memory}")
            }
            Self::InvalidChanged(before, after) => {
                write!(formatter, "the invalid descriptor {:#x} became {after}", before.0)
            }
            Self::OrderMatters(one, other) => {
                write!(formatter, "one order leaves {one}, the other {other}")
            }
            Self::OverDirty => formatter.write_str("nothing was written, and the page is dirty"),
            Self::WriteAfterWithdrawal(memory) => {
                write!(formatter, "a write passed after the permission was withdrawn: {memory}")
            }
            Self::AccessAfterRemoval(cached) => {
                write!(formatter, "an access passed after the page was removed: {cached}")
            }
            Self::AnotherTranslation(cached, memory) => {
                write!(formatter, "an access passed by the TLB entry {cached}, in memory is {memory}")
            }
            Self::RecordWithoutManagement(memory) => {
                write!(formatter, "a walker with HD=0 recorded a write: {memory}")
            }
        }
    }
}
