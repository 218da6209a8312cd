//! The versions of set_access_flags that were wrong, or that came before, by Linux commit; wrong neighbours of it, in
//! stage 1 and in stage 2; and wrong TLB invalidations, by where they were found.
//!
//! Each is a pair, as it ran: the caller of its time builds the entry, the routine records it. They are written
//! anew from their description, and exist to be convicted: nothing but a negative control may use them.
#![no_std]
#![forbid(unsafe_code)]

mod c0;
mod invalidation;
mod neighbours;
mod selection;
mod stage_2;
mod substitute;
mod v0;
mod v1;
mod v2;
mod v3;
mod v4m;

pub use c0::C0;
pub use invalidation::WrongInvalidation;
pub use neighbours::Neighbour;
pub use selection::{GroupSelection, Selection, UnknownVariant};
pub use stage_2::Stage2Neighbour;
pub use substitute::Substitute;
pub use v0::V0;
pub use v1::V1;
pub use v2::V2;
pub use v3::V3;
pub use v4m::V4m;

use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Place, Slot, Step, granted_scope};
use core::sync::atomic::Ordering::Relaxed;

/// Builds an entry as callers did up to 4.13: their `pte_mkdirty` set D and left RO alone.
#[inline]
#[must_use]
const fn build_entry_before_4_14(snapshot: Descriptor, write: bool) -> Descriptor {
    let young = snapshot.with(Descriptor::AF);
    if write { young.with(Descriptor::SOFTWARE_DIRTY) } else { young }
}

/// The bits that v1 to v3 take from the entry, besides RO.
const RAISED: u64 = Descriptor::AF | Descriptor::DBM | Descriptor::SOFTWARE_DIRTY;

/// The skeleton that v1 to v3 share: test for equality with the entry, then load-exclusive, compute,
/// store-exclusive until it succeeds, without a second test.
#[inline]
fn exclusive_update<S: Slot + ?Sized>(
    slot: &S,
    entry: Descriptor,
    place: Place,
    compute: impl Fn(Descriptor) -> Descriptor,
) -> Change {
    let first = slot.load(Relaxed, Step::Load);
    if first == entry {
        return Change::unchanged(first, place);
    }
    let mut found = slot.load(Relaxed, Step::Load);
    loop {
        let left = compute(found);
        match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
            Ok(_) => return Change::changed(found, left, place, granted_scope(place.stage(), found, left)),
            Err(now) => found = now,
        }
    }
}

#[cfg(test)]
mod tests;
