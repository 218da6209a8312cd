//! What an operation on a live descriptor reports.

use crate::descriptor::Descriptor;
use crate::operations::{Invalidation, Place, Scope};

/// What an operation did to the cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Memory already satisfied the entry, bit for bit, for the weakest walker; nothing was written.
    Unchanged,
    /// The descriptor was changed.
    Changed,
    /// Memory is no longer what the entry was built from; nothing was written. The access must be tried again.
    Stale,
}

/// The result of an operation on one cell.
#[must_use = "it holds the invalidation that is owed"]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// What was done.
    pub outcome: Outcome,
    /// The descriptor that the operation found, the last one if it had to try again.
    pub found: Descriptor,
    /// The descriptor that it left, equal to `found` unless changed.
    pub left: Descriptor,
    /// The TLB invalidation that the caller owes.
    pub owed: Invalidation,
}

impl Change {
    /// Nothing was written, and nothing is owed.
    #[inline]
    pub const fn unchanged(found: Descriptor, place: Place) -> Self {
        Self { outcome: Outcome::Unchanged, found, left: found, owed: Invalidation::none(place) }
    }

    /// Memory is no longer what the entry was built from; nothing was written, and nothing is owed.
    #[inline]
    pub const fn stale(found: Descriptor, place: Place) -> Self {
        Self { outcome: Outcome::Stale, found, left: found, owed: Invalidation::none(place) }
    }

    /// `left` was written over `found`; `scope` tells whose TLBs may hold what `found` allowed.
    #[inline]
    pub const fn changed(found: Descriptor, left: Descriptor, place: Place, scope: Scope) -> Self {
        Self { outcome: Outcome::Changed, found, left, owed: Invalidation::of_leaf(place, scope) }
    }
}
