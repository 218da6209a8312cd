//! Declaring a page clean, to learn later whether it was written.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Place, Scope, Slot, made_old, update};
use crate::stage::Stage;

/// Returns the descriptor clean: D clear, RO set (Linux: `pte_mkclean`). W stays, so that a writable page becomes
/// writable-clean.
#[inline]
#[must_use]
pub const fn made_clean(stage: Stage, descriptor: Descriptor) -> Descriptor {
    stage.with_clean(descriptor.without(Descriptor::SOFTWARE_DIRTY))
}

/// Declares a valid descriptor clean and keeps all else (Linux: `clear_young_dirty_ptes` with
/// `CYDP_CLEAR_DIRTY`).
///
/// `found` tells whether the page was dirty: its contents must then be written back, or are known to be
/// worthless. The clean is complete when the invalidation is: until then a CPU whose TLB holds the writable-dirty
/// translation writes without a record. Write back after that.
///
/// * **From memory**: everything but D and RO, at the moment of the exchange.
/// * **Lock**: none.
/// * **Owed**: [`Scope::AllCpus`], last level, if anything changed.
#[inline]
pub fn make_clean<S: Slot + ?Sized>(slot: &S, place: Place) -> Change {
    update(slot, place, |_, _| Scope::AllCpus, |found| made_clean(place.stage(), found))
}

/// Declares a valid descriptor old and clean at once: [`make_old`](crate::operations::make_old()) and [`make_clean`]
/// in one exchange (Linux: `clear_young_dirty_ptes` with both flags).
///
/// * **From memory**: everything but AF, D and RO, at the moment of the exchange.
/// * **Lock**: none.
/// * **Owed**: [`Scope::AllCpus`], last level, if anything changed.
#[inline]
pub fn make_old_and_clean<S: Slot + ?Sized>(slot: &S, place: Place) -> Change {
    update(slot, place, |_, _| Scope::AllCpus, |found| made_clean(place.stage(), made_old(found)))
}
