//! set_access_flags: record an access that a fault reported, in a descriptor that hardware updates meanwhile.

use crate::{
    descriptor::Descriptor,
    operations::{Invalidation, Place, Scope, Slot, Step},
};
use core::sync::atomic::Ordering::Relaxed;

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
    pub const fn unchanged(found: Descriptor, place: Place) -> Self {
        Self { outcome: Outcome::Unchanged, found, left: found, owed: Invalidation::none(place) }
    }

    /// Memory is no longer what the entry was built from; nothing was written, and nothing is owed.
    pub const fn stale(found: Descriptor, place: Place) -> Self {
        Self { outcome: Outcome::Stale, found, left: found, owed: Invalidation::none(place) }
    }

    /// `left` was written over `found`; `scope` tells whose TLBs may hold what `found` allowed.
    pub const fn changed(found: Descriptor, left: Descriptor, place: Place, scope: Scope) -> Self {
        Self { outcome: Outcome::Changed, found, left, owed: Invalidation::of_leaf(place, scope) }
    }

    /// `left`, which allows all that `found` did, was written over it by a fault's resolution.
    ///
    /// An entry that became writable owes a local invalidation: a TLB may hold the read-only one, since a
    /// translation that gave a Permission fault may be cached (Arm ARM R_JVXRH). Where only the Access flag was
    /// set nothing is owed, not even a barrier, since a descriptor with AF=0 is never cached
    /// (Arm ARM R_XFXTY, R_HQBRF).
    pub const fn granted(found: Descriptor, left: Descriptor, place: Place) -> Self {
        let more_writable =
            found.is_read_only() && !left.is_read_only() || !found.is_writable() && left.is_writable();
        let scope = if more_writable { Scope::ThisCpu } else { Scope::None };
        Self::changed(found, left, place, scope)
    }
}

/// Builds the entry that a fault asks for, from a snapshot of the descriptor (Linux: `pte_mkyoung`, and
/// `pte_mkdirty` for a write).
///
/// A write to a writable descriptor makes it dirty: D set, RO clear. A descriptor that is not writable gets D
/// alone, and stays read-only.
#[inline]
#[must_use]
pub const fn build_entry(snapshot: Descriptor, write: bool) -> Descriptor {
    let young = snapshot.with(Descriptor::AF);
    if !write {
        return young;
    }
    let dirty = young.with(Descriptor::SOFTWARE_DIRTY);
    if dirty.is_writable() { dirty.without(Descriptor::AP2) } else { dirty }
}

/// Joins what memory holds with what an entry asks for: AF, W and D as in either, RO only as in both, every
/// other bit from memory.
#[inline]
#[must_use]
pub const fn join(found: Descriptor, entry: Descriptor) -> Descriptor {
    let raised = entry.0 & (Descriptor::AF | Descriptor::DBM | Descriptor::SOFTWARE_DIRTY);
    let lowered = !entry.0 & Descriptor::AP2;
    found.with(raised).without(lowered)
}

/// Records an access in a valid Page or Block descriptor, and grants the write that `entry` asks for
/// (Linux: `ptep_set_access_flags`, `pmdp_set_access_flags`; v4, commits 3bbf7157ac66 and 73e86cb03cf2).
///
/// Leaves [`join`]`(memory, entry)` by compare-exchange, so that no update that hardware makes meanwhile is lost:
/// AF, W and D never fall, RO never rises, and no other bit changes. Works at levels 1, 2 and 3 alike.
///
/// * **From memory**: everything that `entry` does not raise or lower, at the moment of the exchange.
/// * **From the entry**: AF, W (DBM), D, and RO where it is clear.
/// * **Lock**: the caller holds the page-table lock, found the descriptor valid under it, and built `entry` under
///   it. Hardware needs no lock. The routine does not test the valid bit again: without the lock it would bring back
///   an unmapped descriptor, or a permission that was withdrawn.
/// * **Returns** [`Outcome::Unchanged`] only if memory satisfies `entry` raw, for a walker that manages nothing:
///   a clean descriptor that some hardware could dirty does not.
/// * **Owed**: [`Scope::ThisCpu`], last level, where the change made the descriptor more writable; nothing where
///   it only became young. The caller of a fault that found nothing to change owes a local invalidation: see
///   [`handle_fault`](crate::operations::handle_fault).
#[inline]
pub fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, place: Place) -> Change {
    let mut found = slot.load(Relaxed, Step::Load);
    loop {
        let left = join(found, entry);
        if left == found {
            return Change::unchanged(found, place);
        }
        match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
            Ok(_) => return Change::granted(found, left, place),
            Err(now) => found = now,
        }
    }
}
