//! The Access flag of Table descriptors (FEAT_HAFT; pseudocode `AArch64.S1Walk`).

use super::{Change, Clause, Controls, Features, HardwareManagement, Path, Rules};
use afdbm::geometry::Level;

/// A set of lookup levels.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Levels(u8);

impl Levels {
    /// No level.
    pub const NONE: Self = Self(0);

    /// Returns the set with `level` in it.
    #[must_use]
    pub const fn with(self, level: Level) -> Self {
        Self(self.0 | 1 << level.position())
    }

    /// Tells whether the set holds `level`.
    #[must_use]
    pub const fn contains(self, level: Level) -> bool {
        self.0 >> level.position() & 1 != 0
    }

    /// Returns the levels from `first` up to `end`, without `end`.
    #[must_use]
    pub const fn between(first: Level, end: Level) -> Self {
        Self(((1 << end.position()) - 1) & !((1 << first.position()) - 1))
    }

    /// Returns what is in either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns what is in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Tells whether every level of the set is in `other`.
    #[must_use]
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// What happens to the Access flag of the Table descriptors of a walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TableUpdate {
    /// Whether AF goes from 0 to 1. Without meaning where it is 1 already.
    pub accessed: Change,
    /// The levels that this is said of.
    pub levels: Levels,
}

impl TableUpdate {
    /// Returns what two accesses, one after the other, do together. The tables are the same.
    #[must_use]
    pub fn and_then(self, later: Self) -> Self {
        if self.accessed >= later.accessed { self } else { later }
    }

    /// Returns the same, but for `May` in place of `Must`.
    #[must_use]
    pub const fn optional(self) -> Self {
        match self.accessed {
            Change::Must => Self { accessed: Change::May, ..self },
            _ => self,
        }
    }
}

/// Tells whether the hardware manages the Access flag of tables (pseudocode `AArch64.S1TTWParamsEL10`, `haft`).
pub(super) fn manages_tables<R: Rules>(rules: R, controls: &Controls, features: &Features) -> bool {
    let feature = features.hardware_management >= HardwareManagement::AccessFlagOfTables
        || !rules.holds(Clause::TableFlagNeedsFeature);
    feature
        && (controls.table_access_flag || !rules.holds(Clause::TableFlagNeedsEnable))
        && (controls.hardware_access_flag || !rules.holds(Clause::TableFlagNeedsAccessFlag))
}

/// Returns what the walk of `path` does to its tables; it ended without a leaf at `stopped`, or found one.
pub(super) fn walk_tables<R: Rules>(
    rules: R,
    controls: &Controls,
    features: &Features,
    path: &Path,
    stopped: Option<Level>,
) -> TableUpdate {
    if !manages_tables(rules, controls, features) {
        return TableUpdate::default();
    }
    let start = controls.range.geometry.start_level();
    match stopped {
        None => {
            let levels = Levels::between(start, path.leaf_level);
            let accessed = if rules.holds(Clause::WalkSetsTableFlags) { Change::Must } else { Change::May };
            TableUpdate { accessed, levels }
        }
        Some(level) => {
            let end = if rules.holds(Clause::FaultyTableIsNotMarked) { level } else { path.leaf_level };
            let accessed = Change::may_if(rules.holds(Clause::TableFlagMayPrecedeFault));
            TableUpdate { accessed, levels: Levels::between(start, end) }
        }
    }
}
