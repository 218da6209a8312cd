//! set_access_flags without a lock: it tests again what a lock would have kept true.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Place, Slot, Step, granted_scope, join};
use core::sync::atomic::Ordering::Relaxed;

/// Records an access in a descriptor that other software may change or remove at any time.
///
/// As [`set_access_flags`](crate::operations::set_access_flags()), but before each exchange it compares memory with
/// the entry: an invalid descriptor, another output address, a W that was withdrawn or any other difference than AF,
/// RO and D leaves memory bit-identical, and the outcome is [`Outcome::Stale`](crate::operations::Outcome::Stale).
///
/// * **From memory**: everything but AF, and but D and RO for a write to a page whose W is set in memory.
/// * **From the entry**: AF; D and RO only if `write`, since those of a read's entry may be older than a clean that
///   came between. The rest of it only has to agree with memory.
/// * **Lock**: none. The table that holds the cell must not be freed meanwhile.
/// * **Returns** [`Outcome::Unchanged`](crate::operations::Outcome::Unchanged) only if memory satisfies `entry`, raw;
///   where a clean came between, a read's entry is stale.
/// * **Owed**: [`Scope::ThisCpu`](crate::operations::Scope::ThisCpu), last level, where the change made the
///   descriptor more writable; else nothing.
#[inline]
pub fn set_access_flags_lock_free<S: Slot + ?Sized>(
    slot: &S,
    entry: Descriptor,
    write: bool,
    place: Place,
) -> Change {
    let stage = place.stage();
    // The bits in which memory may differ from the entry although both describe the same mapping: what an access
    // changes, by hardware or by software.
    let changed_by_access = stage.hardware_managed() | Descriptor::SOFTWARE_DIRTY;
    let mut found = slot.load(Relaxed, Step::Load);
    loop {
        if !found.is_valid() || found.without(changed_by_access) != entry.without(changed_by_access) {
            return Change::stale(found, place);
        }
        let young = found.with(entry.0 & Descriptor::AF);
        let left = if write && found.is_writable() { join(stage, young, entry) } else { young };
        if left == found {
            let is_satisfied = join(stage, found, entry) == found;
            return if is_satisfied { Change::unchanged(found, place) } else { Change::stale(found, place) };
        }
        match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
            Ok(_) => return Change::changed(found, left, place, granted_scope(stage, found, left)),
            Err(now) => found = now,
        }
    }
}
