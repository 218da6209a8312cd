//! Withdrawing the permission to write.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Place, Scope, Slot, update};
use crate::stage::Stage;

/// Returns the descriptor read-only: W clear, RO set; what the hardware recorded as dirty moves to D
/// (Linux: `pte_wrprotect`).
#[inline]
#[must_use]
pub const fn write_protected(stage: Stage, descriptor: Descriptor) -> Descriptor {
    let kept = if stage.is_hardware_dirty(descriptor) {
        descriptor.with(Descriptor::SOFTWARE_DIRTY)
    } else {
        descriptor
    };
    stage.with_clean(kept).without(Descriptor::DBM)
}

/// Withdraws the permission to write from a valid descriptor, and keeps its dirty state
/// (Linux: `ptep_set_wrprotect`).
///
/// A write that hardware records before the exchange is in D afterwards (Linux lost it before ff1712f953e2). Writes
/// through a TLB go on until the invalidation is complete, and are in D too: only a dirty descriptor lets them pass.
///
/// * **From memory**: everything but W and RO; D is set where W was set and RO clear.
/// * **Lock**: none against hardware and removal; against a [`set_access_flags`](crate::operations::set_access_flags())
///   that relies on the page-table lock, that lock.
/// * **Owed**: [`Scope::AllCpus`], last level, if anything changed.
#[inline]
pub fn write_protect<S: Slot + ?Sized>(slot: &S, place: Place) -> Change {
    update(slot, place, |_, _| Scope::AllCpus, |found| write_protected(place.stage(), found))
}
