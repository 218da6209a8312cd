//! Making a page dirty, or writable.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Place, Slot, granted_scope, update};
use crate::stage::Stage;

/// Returns the descriptor dirty: D set, and RO clear where W is set (Linux: `pte_mkdirty`).
///
/// RO must fall with W and D set: a CPU without dirty state management faults on W·D·RO, and an entry that asks for
/// W and D finds nothing to change there.
#[inline]
#[must_use]
pub const fn made_dirty(stage: Stage, descriptor: Descriptor) -> Descriptor {
    let dirty = descriptor.with(Descriptor::SOFTWARE_DIRTY);
    if dirty.is_writable() { stage.with_dirty(dirty) } else { dirty }
}

/// Returns the descriptor writable: W set, and RO clear where D is set (Linux: `pte_mkwrite`).
///
/// A clean page stays clean: RO stays set, for hardware or a fault to clear at the first write (Linux made it dirty
/// before 143937ca51cc).
#[inline]
#[must_use]
pub const fn made_writable(stage: Stage, descriptor: Descriptor) -> Descriptor {
    let writable = descriptor.with(Descriptor::DBM);
    if writable.is_software_dirty() { stage.with_dirty(writable) } else { writable }
}

/// Records a write in a valid descriptor (Linux: `set_pte_at` of `pte_mkdirty`).
///
/// * **From memory**: everything but D, and RO where W is set.
/// * **Lock**: none; it grants only what W grants already.
/// * **Owed**: [`Scope::ThisCpu`](crate::operations::Scope::ThisCpu), last level, if RO fell; else nothing.
#[inline]
pub fn make_dirty<S: Slot + ?Sized>(slot: &S, place: Place) -> Change {
    let stage = place.stage();
    update(slot, place, |found, left| granted_scope(stage, found, left), |found| made_dirty(stage, found))
}

/// Grants write to a valid descriptor, clean or dirty as it is (Linux: `set_pte_at` of `pte_mkwrite`).
///
/// * **From memory**: everything but W, and RO where D is set.
/// * **Lock**: the caller's, under which it decided that the page may be written.
/// * **Owed**: [`Scope::ThisCpu`](crate::operations::Scope::ThisCpu), last level, if anything changed. Another CPU
///   with the read-only translation takes one more fault and invalidates for itself.
#[inline]
pub fn make_writable<S: Slot + ?Sized>(slot: &S, place: Place) -> Change {
    let stage = place.stage();
    update(slot, place, |found, left| granted_scope(stage, found, left), |found| made_writable(stage, found))
}
