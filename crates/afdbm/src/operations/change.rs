//! What an operation on a live descriptor reports.

use crate::descriptor::Descriptor;
use crate::operations::{Invalidation, Location, Scope};

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

/// The result of an operation on one cell; `I` is the invalidation of its stage.
#[must_use = "it holds the invalidation that is owed"]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change<I = Invalidation> {
    /// What was done.
    pub outcome: Outcome,
    /// The descriptor that the operation found, the last one if it had to try again.
    pub found: Descriptor,
    /// The descriptor that it left, equal to `found` unless changed.
    pub left: Descriptor,
    /// The TLB invalidation that the caller owes.
    pub owed: I,
}

impl<I> Change<I> {
    /// Nothing was written, and nothing is owed.
    #[inline]
    pub fn unchanged(found: Descriptor, place: impl Location<Invalidation = I>) -> Self {
        Self { outcome: Outcome::Unchanged, found, left: found, owed: place.owed(Scope::None) }
    }

    /// Memory is no longer what the entry was built from; nothing was written, and nothing is owed.
    #[inline]
    pub fn stale(found: Descriptor, place: impl Location<Invalidation = I>) -> Self {
        Self { outcome: Outcome::Stale, found, left: found, owed: place.owed(Scope::None) }
    }

    /// `left` was written over `found`; `scope` tells whose TLBs may hold what `found` allowed.
    #[inline]
    pub fn changed(
        found: Descriptor,
        left: Descriptor,
        place: impl Location<Invalidation = I>,
        scope: Scope,
    ) -> Self {
        Self { outcome: Outcome::Changed, found, left, owed: place.owed(scope) }
    }
}
