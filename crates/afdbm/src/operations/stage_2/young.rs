//! Setting the Access flag, after a fault of a CPU that does not manage it.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Scope, Slot, Stage2Invalidation, Stage2Place, update};

/// Returns the descriptor with AF set.
#[inline]
#[must_use]
pub const fn made_young(descriptor: Descriptor) -> Descriptor {
    descriptor.with(Descriptor::AF)
}

/// Sets the Access flag of a valid descriptor and keeps all else (Linux: `kvm_pgtable_stage2_mkyoung`).
///
/// * **From memory**: everything but AF, at the moment of the exchange.
/// * **Lock**: none. Hardware and every other operation may run meanwhile; aging may take the flag back at once.
/// * **Owed**: nothing, not even a barrier: a descriptor with AF=0 is never cached (Arm ARM R_XFXTY, R_HQBRF).
#[inline]
pub fn make_young<S: Slot + ?Sized>(slot: &S, place: Stage2Place) -> Change<Stage2Invalidation> {
    update(slot, place, |_, _| Scope::None, made_young)
}
