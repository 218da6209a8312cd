//! set_access_flags: record an access that a fault reported, in a descriptor that hardware updates meanwhile.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Place, Scope, Slot, Step};
use crate::stage::Stage;
use core::sync::atomic::Ordering::Relaxed;

/// Builds the entry that a fault asks for, from a snapshot of the descriptor (Linux: `pte_mkyoung`, and
/// `pte_mkdirty` for a write).
///
/// A write to a writable descriptor makes it dirty: D set, RO clear. A descriptor that is not writable gets D
/// alone, and stays read-only.
#[inline]
#[must_use]
pub const fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
    let young = snapshot.with(Descriptor::AF);
    if !write {
        return young;
    }
    let dirty = young.with(Descriptor::SOFTWARE_DIRTY);
    if dirty.is_writable() { stage.with_dirty(dirty) } else { dirty }
}

/// Joins what memory holds with what an entry asks for: AF, W and D as in either, RO only as in both, every
/// other bit from memory.
#[inline]
#[must_use]
pub const fn join(stage: Stage, found: Descriptor, entry: Descriptor) -> Descriptor {
    let raised = found.0 | entry.0 & (Descriptor::AF | Descriptor::DBM | Descriptor::SOFTWARE_DIRTY);
    // Without a branch: the routine has a contract in instructions.
    let bit = stage.dirty_bit();
    let is_dirty = (entry.0 ^ bit.clean()) & bit.mask();
    Descriptor(raised & !is_dirty | bit.dirty() & is_dirty)
}

/// Returns the scope that a join owes, as [`granted_scope`](crate::operations::granted_scope): it takes nothing away, so
/// that W or the dirty bit differs only where a write was granted.
#[inline]
const fn joined_scope(stage: Stage, found: Descriptor, left: Descriptor) -> Scope {
    let changed = found.0 ^ left.0;
    if changed & (Descriptor::DBM | stage.dirty_bit().mask()) == 0 { Scope::None } else { Scope::ThisCpu }
}

/// Records an access in a valid Page or Block descriptor, and grants the write that `entry` asks for
/// (Linux: `ptep_set_access_flags`, `pmdp_set_access_flags`; v4, commits 3bbf7157ac66 and 73e86cb03cf2).
///
/// Leaves [`join`]`(memory, entry)` by compare-exchange, so that no update that hardware makes meanwhile is lost:
/// AF, W and D never fall, RO never rises, and no other bit changes. Works at every level alike.
///
/// * **From memory**: everything that `entry` does not raise or lower, at the moment of the exchange.
/// * **From the entry**: AF, W (DBM), D, and RO where it is clear.
/// * **Lock**: the caller holds the page-table lock, found the descriptor valid under it, and built `entry` under
///   it. Hardware needs no lock. The routine does not test the valid bit again: without the lock it would bring back
///   an unmapped descriptor, or a permission that was withdrawn.
/// * **Returns** [`Outcome::Unchanged`](crate::operations::Outcome::Unchanged) only if memory satisfies `entry` raw,
///   for a walker that manages nothing: a clean descriptor that some hardware could dirty does not.
/// * **Owed**: [`Scope::ThisCpu`], last level, where the change made the
///   descriptor more writable; nothing where it only became young. The caller of a fault that found nothing to change
///   owes a local invalidation: see [`handle_fault`](crate::operations::handle_fault).
// Left to itself the compiler calls it from some places, and hands the whole change back through memory: 71 instructions
// where 19 do.
#[inline(always)]
pub fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, place: Place) -> Change {
    let mut found = slot.load(Relaxed, Step::Load);
    loop {
        let left = join(place.stage(), found, entry);
        if left == found {
            return Change::unchanged(found, place);
        }
        match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
            Ok(_) => return Change::changed(found, left, place, joined_scope(place.stage(), found, left)),
            Err(now) => found = now,
        }
    }
}
