//! Withdrawing the permission to write, for a dirty log by faults or for good.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Scope, Slot, Stage2Invalidation, Stage2Place, update};
use crate::stage::Stage;

/// Returns the descriptor read-only for every walker: S2AP\[1\] and DBM clear.
#[inline]
#[must_use]
pub const fn write_protected(descriptor: Descriptor) -> Descriptor {
    Stage::Two.with_clean(descriptor).without(Descriptor::DBM)
}

/// Withdraws the permission to write from a valid descriptor, and tells whether its page was written
/// (Linux: `kvm_pgtable_stage2_wrprotect`).
///
/// `found` tells it, by [`is_dirty`](crate::operations::stage_2::is_dirty), in the step that takes the permission away: no
/// write falls between the two. Writes go on through TLBs that hold the permission until the invalidation is complete; copy the
/// page after that.
///
/// * **From memory**: everything but S2AP\[1\] and DBM, at the moment of the exchange.
/// * **Lock**: none for a log: a fault handler that grants the write meanwhile leaves the page dirty, for the next harvest.
///   To withdraw the permission for good, the lock under which the fault handler decides.
/// * **Owed**: [`Scope::AllCpus`], last level, if anything changed.
#[inline]
pub fn write_protect<S: Slot + ?Sized>(slot: &S, place: Stage2Place) -> Change<Stage2Invalidation> {
    update(slot, place, |_, _| Scope::AllCpus, write_protected)
}
