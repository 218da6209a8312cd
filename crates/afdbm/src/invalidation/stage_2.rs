//! Where a descriptor of stage 2 translates, and the TLB invalidation that a change of it owes.

use crate::address::{IntermediatePhysicalAddress, Vmid};
use crate::geometry::{Geometry, Level};
use crate::invalidation::Scope;
use crate::tlbi::Operand;

/// Where a descriptor of stage 2 translates: what its cell alone does not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stage2Place {
    /// Any address that the descriptor translates.
    pub address: IntermediatePhysicalAddress,
    /// The virtual machine.
    pub vmid: Vmid,
    /// The level of the table that holds the descriptor.
    pub level: Level,
    /// The shape of the tables.
    pub geometry: Geometry,
}

impl Stage2Place {
    /// Returns the bytes that the descriptor spans.
    #[inline]
    #[must_use]
    pub const fn size(self) -> u64 {
        self.geometry.size(self.level)
    }
}

/// One kind of TLBI that an invalidation of stage 2 takes. Each is complete, by a DSB, before the next begins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stage2Tlbi {
    /// IPAS2E1, or IPAS2LE1 where cached Table descriptors may stay, with each of
    /// [`Stage2Invalidation::operands`]: the entries that hold stage 2 alone.
    StageTwo,
    /// VMALLE1: the entries that join both stages, which no TLBI by intermediate physical address has to remove
    /// (Arm ARM R_VZZVZ).
    BothStages,
}

/// A TLB invalidation of stage 2 that is owed: discharge it, or merge it into one that is discharged later.
///
/// Until then TLBs may hold translations from before the change (Arm ARM R_GPPYH, R_WJLXV). To discharge it, with the
/// virtual machine's VMID in VTTBR_EL2: the barrier that [`Scope`] names, then each of [`Self::SEQUENCE`] with a DSB after
/// it, local or Inner Shareable by the scope, then ISB.
#[must_use = "stale translations stay in TLBs until the invalidation is carried out"]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stage2Invalidation {
    start: IntermediatePhysicalAddress,
    bytes: u64,
    vmid: Vmid,
    level: Level,
    geometry: Geometry,
    last_level_only: bool,
    scope: Scope,
}

impl Stage2Invalidation {
    /// What is executed, in this order (Arm ARM D8.17.6.1): the other way round, a TLB may join both stages anew from the
    /// entry of stage 2 that it still holds.
    pub const SEQUENCE: [Stage2Tlbi; 2] = [Stage2Tlbi::StageTwo, Stage2Tlbi::BothStages];

    /// The entry at `place` changed, and no table below or above it: the last level is enough.
    #[inline]
    pub const fn of_leaf(place: Stage2Place, scope: Scope) -> Self {
        let Stage2Place { address, vmid, level, geometry } = place;
        let bytes = place.size();
        Self { start: address.align_down(bytes), bytes, vmid, level, geometry, last_level_only: true, scope }
    }

    /// Nothing is owed for `place`.
    #[inline]
    pub const fn none(place: Stage2Place) -> Self {
        Self::of_leaf(place, Scope::None)
    }

    /// Returns the first address, aligned to the level's size.
    #[inline]
    #[must_use]
    pub const fn start(&self) -> IntermediatePhysicalAddress {
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
        self.bytes >> self.geometry.shift(self.level)
    }

    /// Returns the operands of [`Stage2Tlbi::StageTwo`], one for each entry, that name no level: right with and without
    /// FEAT_TTL.
    pub fn operands(&self) -> impl Iterator<Item = Operand> + use<> {
        let Self { start, level, geometry, .. } = *self;
        (0..self.entries()).map(move |index| {
            Operand::of_intermediate(geometry, start.offset(index * geometry.size(level)), None)
        })
    }

    /// Returns the virtual machine.
    #[inline]
    #[must_use]
    pub const fn vmid(&self) -> Vmid {
        self.vmid
    }

    /// Returns the level of the entries: the distance between two of them, and the TTL hint (Arm ARM D8.16.5.4) where
    /// only one level changed.
    #[inline]
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Returns the shape of the tables that changed.
    #[inline]
    #[must_use]
    pub const fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// Tells whether cached Table descriptors may stay (TLBI IPAS2L..).
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

    /// Returns one invalidation that does the work of both: the range from the first address to the last, in steps of
    /// the finer level.
    ///
    /// Both are of one virtual machine and geometry: no TLBI by address is for every VMID.
    #[inline]
    pub fn merge(self, other: Self) -> Self {
        match (self.scope, other.scope) {
            (_, Scope::None) => return self,
            (Scope::None, _) => return other,
            _ => {}
        }
        debug_assert!(
            self.vmid == other.vmid && self.geometry == other.geometry,
            "invalidations of two virtual machines or geometries"
        );
        let last = |one: &Self| one.start.0 + (one.bytes - 1);
        let start = self.start.min(other.start);
        Self {
            start,
            bytes: last(&self).max(last(&other)) - start.0 + 1,
            level: self.level.max(other.level),
            last_level_only: self.last_level_only && other.last_level_only,
            scope: self.scope.max(other.scope),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Geometry, IntermediatePhysicalAddress, Level, Scope, Stage2Invalidation, Stage2Place, Vmid};

    const PLACE: Stage2Place = Stage2Place {
        address: IntermediatePhysicalAddress(0x4030_1234),
        vmid: Vmid(7),
        level: Level::L2,
        geometry: Geometry::SIZE_4K,
    };

    fn page(address: u64, scope: Scope) -> Stage2Invalidation {
        let address = IntermediatePhysicalAddress(address);
        Stage2Invalidation::of_leaf(Stage2Place { address, level: Level::L3, ..PLACE }, scope)
    }

    #[test]
    fn a_leaf_spans_its_level() {
        let owed = Stage2Invalidation::of_leaf(PLACE, Scope::ThisCpu);
        assert_eq!((owed.start(), owed.bytes()), (IntermediatePhysicalAddress(0x4020_0000), 2 << 20));
        assert_eq!((owed.entries(), owed.vmid(), owed.level()), (1, Vmid(7), Level::L2));
        assert!(owed.last_level_only() && owed.is_owed() && owed.geometry() == Geometry::SIZE_4K);
        assert!(!Stage2Invalidation::none(PLACE).is_owed());
    }

    #[test]
    fn merging_covers_both() {
        let merged = page(0x5000, Scope::ThisCpu).merge(page(0x2000, Scope::AllCpus).with_tables());
        assert_eq!((merged.start(), merged.entries()), (IntermediatePhysicalAddress(0x2000), 4));
        assert_eq!((merged.scope(), merged.last_level_only()), (Scope::AllCpus, false));
        let wide = page(0x5000, Scope::ThisCpu).merge(Stage2Invalidation::of_leaf(PLACE, Scope::ThisCpu));
        assert_eq!((wide.level(), wide.start()), (Level::L3, IntermediatePhysicalAddress(0x5000)));
        assert_eq!(wide.bytes(), 0x4040_0000 - 0x5000);
    }

    #[test]
    fn merging_with_nothing_changes_nothing() {
        let owed = page(0x5000, Scope::ThisCpu);
        assert_eq!(owed.merge(page(0x9000, Scope::None)), owed);
        assert_eq!(page(0x9000, Scope::None).merge(owed), owed);
    }

    #[test]
    fn each_entry_has_its_operand() {
        let merged = page(0x5000, Scope::ThisCpu).merge(page(0x4000, Scope::ThisCpu));
        assert!(merged.operands().map(|operand| operand.0).eq([4, 5]));
    }

    #[test]
    fn widening_never_narrows() {
        assert_eq!(page(0, Scope::AllCpus).widen(Scope::ThisCpu).scope(), Scope::AllCpus);
        assert_eq!(page(0, Scope::None).widen(Scope::ThisCpu).scope(), Scope::ThisCpu);
    }
}
