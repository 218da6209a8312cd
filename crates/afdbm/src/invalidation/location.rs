//! What an operation has to know of where a descriptor stands.

use crate::invalidation::{Invalidation, Place, Scope, Stage2Invalidation, Stage2Place};
use crate::stage::Stage;

/// Where a descriptor translates, in either stage: which stage that is, and what a change owes there.
pub trait Location: Copy {
    /// The invalidation that a change of the descriptor owes.
    type Invalidation;

    /// Returns the stage of translation.
    fn stage(self) -> Stage;

    /// Returns the invalidation of the leaf that is here, by the TLBs of `scope`.
    fn owed(self, scope: Scope) -> Self::Invalidation;
}

impl Location for Place {
    type Invalidation = Invalidation;

    #[inline]
    fn stage(self) -> Stage {
        self.translation.stage
    }

    #[inline]
    fn owed(self, scope: Scope) -> Invalidation {
        Invalidation::of_leaf(self, scope)
    }
}

impl Location for Stage2Place {
    type Invalidation = Stage2Invalidation;

    #[inline]
    fn stage(self) -> Stage {
        Stage::Two
    }

    #[inline]
    fn owed(self, scope: Scope) -> Stage2Invalidation {
        Stage2Invalidation::of_leaf(self, scope)
    }
}
