//! Removing a descriptor, for good or to put another in its place.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Location, Scope, Slot, Step, update};
use core::sync::atomic::Ordering::{Relaxed, Release};

/// Takes the descriptor out and leaves zero, in either stage (Linux: `ptep_get_and_clear`).
///
/// `found` is the last word: hardware changes no invalid descriptor (Arm ARM R_DYNYQ), so it holds every access and
/// write that was recorded. Writes through a TLB go on until the invalidation is complete; only a dirty descriptor
/// lets them pass, and `found` is then dirty. Free the page after that.
///
/// * **From memory**: everything is returned, nothing is kept. An invalid descriptor is taken out too.
/// * **Lock**: none.
/// * **Owed**: [`Scope::AllCpus`], last level, if the descriptor was valid, young or old: it may be cached from
///   before it was made old.
#[inline]
pub fn get_and_clear<S: Slot + ?Sized, P: Location>(slot: &S, place: P) -> Change<P::Invalidation> {
    let found = slot.swap(Descriptor::INVALID, Relaxed, Step::Swap);
    let scope = if found.is_valid() { Scope::AllCpus } else { Scope::None };
    Change::changed(found, Descriptor::INVALID, place, scope)
}

/// Replaces a valid descriptor of either stage by `make` of it, with an invalid one in between: for a change of the
/// output address, or any other that [`break_before_make_required`](crate::tables::break_before_make_required) names.
///
/// `discharge` carries out the invalidation; it runs after the break and before the make (Arm ARM D8.16.1,
/// R_WHZWS). An access by any agent in between takes a Translation fault.
///
/// * **From memory**: `make` gets the descriptor as it was at the break, with all that hardware recorded in it.
/// * **Lock**: the caller's; what other software wrote into the gap all the same stays, and the outcome is
///   [`Outcome::Stale`](crate::operations::Outcome::Stale).
/// * **Owed**: nothing more.
#[inline]
pub fn break_before_make<S: Slot + ?Sized, P: Location>(
    slot: &S,
    place: P,
    discharge: impl FnOnce(P::Invalidation),
    make: impl FnOnce(Descriptor) -> Descriptor,
) -> Change<P::Invalidation> {
    let broken = update(slot, place, |_, _| Scope::AllCpus, |_| Descriptor::INVALID);
    if !broken.found.is_valid() {
        return broken;
    }
    discharge(broken.owed);
    let new = make(broken.found);
    loop {
        // Release: the new page's contents come before the descriptor that leads to them.
        match slot.compare_exchange_weak(Descriptor::INVALID, new, Release, Relaxed, Step::Exchange) {
            Ok(_) => return Change::changed(broken.found, new, place, Scope::None),
            Err(Descriptor::INVALID) => {}
            Err(other) => return Change::stale(other, place),
        }
    }
}
