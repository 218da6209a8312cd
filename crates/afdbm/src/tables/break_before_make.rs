//! Whether a change of a live descriptor needs an invalid one in between.

use crate::descriptor::{Decoded, Descriptor, LeafAttributes};
use crate::geometry::Geometry;
use crate::invalidation::Place;
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

/// Returns why replacing `old` by `new` at `place` needs break-before-make, or `None` where a single store of
/// `new` and an invalidation will do (Arm ARM R_WHZWS; consequences of skipping it, I_GXGZY and I_RTBRL).
///
/// `hd` tells whether any CPU that uses the table manages the dirty state: DBM=1 then counts as a grant of write.
/// `same_contents` tells whether both output addresses hold the same bytes. AF, AP, DBM and execute-never bits may
/// change freely. To or from an invalid descriptor nothing is needed, since it is the break itself.
#[must_use]
pub fn break_before_make_required(
    old: Descriptor,
    new: Descriptor,
    place: Place,
    hd: bool,
    same_contents: bool,
) -> Option<Reason> {
    let (geometry, stage) = (place.translation.geometry, place.stage());
    match (old.decode(geometry, place.level), new.decode(geometry, place.level)) {
        (Decoded::Invalid, _) | (_, Decoded::Invalid) => None,
        (Decoded::Table { next: from }, Decoded::Table { next: to }) => {
            (from != to).then_some(Reason::OutputAddress)
        }
        (Decoded::Table { .. }, Decoded::Leaf { .. }) | (Decoded::Leaf { .. }, Decoded::Table { .. }) => {
            Some(Reason::Size)
        }
        (Decoded::Leaf { output: from }, Decoded::Leaf { output: to }) => {
            let grants =
                |descriptor: Descriptor| !stage.is_read_only(descriptor) || hd && descriptor.is_writable();
            let moves = from != to && (grants(old) || grants(new) || !same_contents);
            leaf_reason(geometry, old, new).or(moves.then_some(Reason::OutputAddress))
        }
    }
}

fn leaf_reason(geometry: Geometry, old: Descriptor, new: Descriptor) -> Option<Reason> {
    let (before, after) = (LeafAttributes::from_descriptor(old), LeafAttributes::from_descriptor(new));
    let shareability = geometry.has_shareability_field() && before.shareability != after.shareability;
    if before.contiguous != after.contiguous {
        Some(Reason::Size)
    } else if before.memory != after.memory || shareability {
        Some(Reason::MemoryType)
    } else if before.not_global != after.not_global {
        Some(Reason::Global)
    } else {
        None
    }
}
