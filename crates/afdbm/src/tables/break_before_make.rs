//! Whether a change of a live descriptor needs an invalid one in between.

use crate::descriptor::{Decoded, Descriptor, LeafAttributes, Level};
use core::fmt;

/// Why a change needs break-before-make (Arm ARM R_WHZWS).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The memory type, its cacheability or its shareability changes.
    MemoryType,
    /// The output address changes, and one of the two grants write or the contents differ.
    OutputAddress,
    /// The size of the translation changes: a Block for a table, or the Contiguous bit.
    Size,
    /// The translation becomes global or stops to be so, and could overlap the other in a TLB.
    Global,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::MemoryType => "the memory type changes",
            Self::OutputAddress => "the output address of a writable or different page changes",
            Self::Size => "the size of the translation changes",
            Self::Global => "global and not-global translations would overlap",
        })
    }
}

/// Returns why replacing `old` by `new` at `level` needs break-before-make, or `None` where a single store of
/// `new` and an invalidation will do (Arm ARM R_WHZWS; consequences of skipping it, I_GXGZY and I_RTBRL).
///
/// `hd` tells whether any CPU that uses the table manages the dirty state: DBM=1 then counts as a grant of write.
/// `same_contents` tells whether both output addresses hold the same bytes. AF, AP, DBM and execute-never bits may
/// change freely. To or from an invalid descriptor nothing is needed, since it is the break itself.
#[must_use]
pub fn break_before_make_required(
    old: Descriptor,
    new: Descriptor,
    level: Level,
    hd: bool,
    same_contents: bool,
) -> Option<Reason> {
    match (old.decode(level), new.decode(level)) {
        (Decoded::Invalid, _) | (_, Decoded::Invalid) => None,
        (Decoded::Table { next: from, .. }, Decoded::Table { next: to, .. }) => {
            (from != to).then_some(Reason::OutputAddress)
        }
        (Decoded::Table { .. }, Decoded::Leaf { .. }) | (Decoded::Leaf { .. }, Decoded::Table { .. }) => {
            Some(Reason::Size)
        }
        (
            Decoded::Leaf { output: from, attributes: before },
            Decoded::Leaf { output: to, attributes: after },
        ) => {
            let grants =
                |descriptor: Descriptor| !descriptor.is_read_only() || hd && descriptor.is_writable();
            let moves = from != to && (grants(old) || grants(new) || !same_contents);
            leaf_reason(before, after).or(moves.then_some(Reason::OutputAddress))
        }
    }
}

fn leaf_reason(before: LeafAttributes, after: LeafAttributes) -> Option<Reason> {
    if before.contiguous != after.contiguous {
        Some(Reason::Size)
    } else if before.memory != after.memory || before.shareability != after.shareability {
        Some(Reason::MemoryType)
    } else if before.not_global != after.not_global {
        Some(Reason::Global)
    } else {
        None
    }
}
