//! The TLB invalidation that a change of a live descriptor leaves to its caller.

mod location;
mod stage_2;

pub use location::Location;
pub use stage_2::{Stage2Invalidation, Stage2Place, Stage2Tlbi};

use crate::address::{Asid, VirtualAddress};
use crate::geometry::Level;
use crate::regime::Translation;
use crate::stage::Stage;
use crate::tlbi::Operand;

/// Where a descriptor translates: what its cell alone does not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Any address that the descriptor translates.
    pub address: VirtualAddress,
    /// The address space, or `None` for a translation that every address space has.
    pub asid: Option<Asid>,
    /// The level of the table that holds the descriptor.
    pub level: Level,
    /// The regime, stage and geometry of that table.
    pub translation: Translation,
}

impl Place {
    /// Returns the stage of translation.
    #[inline]
    #[must_use]
    pub const fn stage(self) -> Stage {
        self.translation.stage
    }

    /// Returns the bytes that the descriptor spans.
    #[inline]
    #[must_use]
    pub const fn size(self) -> u64 {
        self.translation.geometry.size(self.level)
    }

    /// Returns the place of entry `index` of a contiguous group of `entries` (a power of two) around this address.
    #[inline]
    #[must_use]
    pub const fn in_group(self, index: usize, entries: usize) -> Self {
        let size = self.size();
        let group = self.address.align_down(size * entries as u64);
        Self { address: group.offset(size * index as u64), ..self }
    }
}

/// Whose TLBs may hold what must go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// Nobody's: nothing is owed, not even a barrier.
    None,
    /// This CPU's: DSB NSHST, TLBI, DSB NSH. Another CPU with a stale entry takes one more fault and
    /// invalidates for itself.
    ThisCpu,
    /// Every CPU's of the Inner Shareable domain: DSB ISHST, TLBI ..IS, DSB ISH.
    AllCpus,
}

/// A TLB invalidation that is owed: discharge it, or merge it into one that is discharged later.
///
/// Until then TLBs may hold translations from before the change (Arm ARM R_GPPYH, R_WJLXV).
#[must_use = "stale translations stay in TLBs until the invalidation is carried out"]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Invalidation {
    start: VirtualAddress,
    bytes: u64,
    asid: Option<Asid>,
    level: Level,
    translation: Translation,
    last_level_only: bool,
    scope: Scope,
}

impl Invalidation {
    /// The entry at `place` changed, and no table below or above it: the last level is enough.
    #[inline]
    pub const fn of_leaf(place: Place, scope: Scope) -> Self {
        Self {
            start: place.address.align_down(place.size()),
            bytes: place.size(),
            asid: place.asid,
            level: place.level,
            translation: place.translation,
            last_level_only: true,
            scope,
        }
    }

    /// Nothing is owed for `place`.
    #[inline]
    pub const fn none(place: Place) -> Self {
        Self::of_leaf(place, Scope::None)
    }

    /// Returns the first address, aligned to the level's size.
    #[inline]
    #[must_use]
    pub const fn start(&self) -> VirtualAddress {
        self.start
    }

    /// Returns the length in bytes, a multiple of the level's size.
    #[inline]
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the entries of the range, one TLBI by address each.
    #[inline]
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.bytes >> self.translation.geometry.shift(self.level)
    }

    /// Returns the operands of TLBIs by address, one for each entry, that name no level: right with and without FEAT_TTL.
    pub fn operands(&self) -> impl Iterator<Item = Operand> + use<> {
        let Self { start, asid, level, translation: Translation { geometry, .. }, .. } = *self;
        (0..self.entries()).map(move |index| {
            let address = start.offset(index * geometry.size(level));
            Operand::of_address(geometry, address, asid.unwrap_or_default(), None)
        })
    }

    /// Returns the address space, or `None` for all of them (TLBI VAA..).
    #[inline]
    #[must_use]
    pub const fn asid(&self) -> Option<Asid> {
        self.asid
    }

    /// Returns the level of the entries: the distance between two of them, and the TTL hint
    /// (Arm ARM D8.16.5.4) where only one level changed.
    #[inline]
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Returns the regime, stage and geometry of the tables that changed.
    #[inline]
    #[must_use]
    pub const fn translation(&self) -> Translation {
        self.translation
    }

    /// Tells whether cached Table descriptors may stay (TLBI V..L..).
    #[inline]
    #[must_use]
    pub const fn last_level_only(&self) -> bool {
        self.last_level_only
    }

    /// Returns whose TLBs are meant.
    #[inline]
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// Tells whether anything is owed.
    #[inline]
    #[must_use]
    pub const fn is_owed(&self) -> bool {
        !matches!(self.scope, Scope::None)
    }

    /// Widens the scope to at least `scope`.
    #[inline]
    pub fn widen(self, scope: Scope) -> Self {
        Self { scope: self.scope.max(scope), ..self }
    }

    /// Includes cached Table descriptors: for a change of a table, or of a leaf into a table.
    #[inline]
    pub const fn with_tables(self) -> Self {
        Self { last_level_only: false, ..self }
    }

    /// Returns one invalidation that does the work of both: the range from the first address to the last, in
    /// steps of the finer level, for all address spaces where the two differ.
    ///
    /// Both are of one regime, stage and geometry.
    #[inline]
    pub fn merge(self, other: Self) -> Self {
        match (self.scope, other.scope) {
            (_, Scope::None) => return self,
            (Scope::None, _) => return other,
            _ => {}
        }
        debug_assert!(
            self.translation == other.translation,
            "invalidations of two regimes, stages or geometries"
        );
        let last = |one: &Self| one.start.0 + (one.bytes - 1);
        let start = self.start.min(other.start);
        let level = self.level.max(other.level);
        Self {
            start,
            bytes: last(&self).max(last(&other)) - start.0 + 1,
            asid: if self.asid == other.asid { self.asid } else { None },
            level,
            translation: self.translation,
            last_level_only: self.last_level_only && other.last_level_only,
            scope: self.scope.max(other.scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Invalidation, Place, Scope};
    use crate::address::{Asid, VirtualAddress};
    use crate::geometry::Level;
    use crate::regime::Translation;

    fn place(address: u64, asid: Option<Asid>, level: Level) -> Place {
        Place { address: VirtualAddress(address), asid, level, translation: Translation::EL10_4K }
    }

    fn page(address: u64, scope: Scope) -> Invalidation {
        Invalidation::of_leaf(place(address, Some(Asid(3)), Level::L3), scope)
    }

    #[test]
    fn a_leaf_spans_its_level() {
        let place = place(0x4030_1234, None, Level::L2);
        let owed = Invalidation::of_leaf(place, Scope::ThisCpu);
        assert_eq!((owed.start(), owed.bytes(), owed.entries()), (VirtualAddress(0x4020_0000), 2 << 20, 1));
        assert!(owed.last_level_only() && owed.is_owed() && owed.asid().is_none());
        assert!(!Invalidation::none(place).is_owed());
    }

    #[test]
    fn merging_covers_both() {
        let merged = page(0x5000, Scope::ThisCpu).merge(page(0x2000, Scope::AllCpus).with_tables());
        assert_eq!((merged.start(), merged.entries()), (VirtualAddress(0x2000), 4));
        assert_eq!((merged.scope(), merged.last_level_only()), (Scope::AllCpus, false));
        assert_eq!(merged.asid(), Some(Asid(3)));
    }

    #[test]
    fn merging_with_nothing_changes_nothing() {
        let owed = page(0x5000, Scope::ThisCpu);
        assert_eq!(owed.merge(page(0x9000, Scope::None)), owed);
        assert_eq!(page(0x9000, Scope::None).merge(owed), owed);
    }

    #[test]
    fn two_address_spaces_become_all() {
        let other = place(0x5000, Some(Asid(4)), Level::L2);
        let merged = page(0x5000, Scope::ThisCpu).merge(Invalidation::of_leaf(other, Scope::ThisCpu));
        assert_eq!((merged.asid(), merged.level(), merged.entries()), (None, Level::L3, 512));
    }

    #[test]
    fn each_entry_has_its_operand() {
        let merged = page(0x5000, Scope::ThisCpu).merge(page(0x4000, Scope::ThisCpu));
        let operands = merged.operands().map(|operand| operand.0);
        assert!(operands.eq([0x0003_0000_0000_0004, 0x0003_0000_0000_0005]));
    }

    #[test]
    fn widening_never_narrows() {
        assert_eq!(page(0, Scope::AllCpus).widen(Scope::ThisCpu).scope(), Scope::AllCpus);
        assert_eq!(page(0, Scope::None).widen(Scope::ThisCpu).scope(), Scope::ThisCpu);
    }
}
