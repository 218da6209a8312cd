//! Clearing the Access flag, to learn later whether a page is still used.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Location, Scope, Slot, update};

/// Returns the descriptor with AF clear (Linux: `pte_mkold`).
#[inline]
#[must_use]
pub const fn made_old(descriptor: Descriptor) -> Descriptor {
    descriptor.without(Descriptor::AF)
}

/// Clears the Access flag of a valid descriptor and keeps all else (Linux: `clear_young_dirty_ptes` with
/// `CYDP_CLEAR_YOUNG`), in either stage.
///
/// The flag may be set again at once, without an access that software can see: hardware may set it speculatively
/// (Arm ARM R_LHQRX, I_LLCCB). Clear does not mean unused, and set does not mean used.
///
/// * **From memory**: everything but AF, at the moment of the exchange.
/// * **Lock**: none.
/// * **Owed**: [`Scope::AllCpus`], last level, if AF fell. A caller that only wants a hint of the page's use may
///   drop it, and misses the accesses of CPUs that still hold the translation. Then it must not conclude from AF=0
///   that no TLB holds it (the mistake of before 07509e10dcc7).
#[inline]
pub fn make_old<S: Slot + ?Sized, P: Location>(slot: &S, place: P) -> Change<P::Invalidation> {
    update(slot, place, |_, _| Scope::AllCpus, made_old)
}

/// Clears the Access flag and tells whether it was set (Linux: `ptep_test_and_clear_young`; in stage 2
/// `stage2_age_walker`).
///
/// As [`make_old`], whose invalidation comes with it.
#[inline]
pub fn test_and_clear_young<S: Slot + ?Sized, P: Location>(slot: &S, place: P) -> (bool, P::Invalidation) {
    let change = make_old(slot, place);
    (change.found.is_valid() && change.found.is_young(), change.owed)
}
