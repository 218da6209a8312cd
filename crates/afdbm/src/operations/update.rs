//! The loop that most operations share, and what a grant owes.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Location, Scope, Slot, Step};
use crate::stage::Stage;
use core::sync::atomic::Ordering::Relaxed;

/// Returns the scope that a change owes which takes nothing away.
///
/// [`Scope::ThisCpu`] where the descriptor became more writable: a TLB may hold the read-only one, since a
/// translation that gave a Permission fault may be cached (Arm ARM R_JVXRH). [`Scope::None`] where only the Access
/// flag was set: not even a barrier is owed, since a descriptor with AF=0 is never cached (Arm ARM R_XFXTY,
/// R_HQBRF).
#[inline]
#[must_use]
pub const fn granted_scope(stage: Stage, found: Descriptor, left: Descriptor) -> Scope {
    let write =
        stage.is_read_only(found) && !stage.is_read_only(left) || !found.is_writable() && left.is_writable();
    if write { Scope::ThisCpu } else { Scope::None }
}

/// Replaces a valid descriptor by `compute` of it, by compare-exchange until nothing came between.
///
/// Hardware and other software may change the cell at any time: what they wrote before the exchange is what
/// `compute` gets, and what they write after it is not touched. An invalid descriptor is left bit-identical, and the
/// outcome is [`Outcome::Stale`](crate::operations::Outcome::Stale). `compute` may run more than once.
///
/// * **Lock**: none for the cell itself; the table that holds it must not be freed meanwhile.
/// * **Owed**: what `owed` says of the descriptor found and the one left, last level; nothing if they are equal.
#[inline]
pub fn update<S: Slot + ?Sized, P: Location>(
    slot: &S,
    place: P,
    owed: impl Fn(Descriptor, Descriptor) -> Scope,
    compute: impl Fn(Descriptor) -> Descriptor,
) -> Change<P::Invalidation> {
    let mut found = slot.load(Relaxed, Step::Load);
    loop {
        if !found.is_valid() {
            return Change::stale(found, place);
        }
        let left = compute(found);
        if left == found {
            return Change::unchanged(found, place);
        }
        match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
            Ok(_) => return Change::changed(found, left, place, owed(found, left)),
            Err(now) => found = now,
        }
    }
}
