//! What a fault handler does about one fault, as a function without a machine.

use crate::descriptor::{Decoded, Descriptor};
use crate::fault::{Fault, FaultStatus};
use crate::operations::{
    Change, GroupVariant, Handled, Hooked, HookedGroup, Hooks, Outcome, Place, Refusal, Scope, Slot,
    SlotGroup, Step, Variant,
};
use core::sync::atomic::Ordering::Relaxed;

/// Tells whether the entry must grant a write, or why the fault is not ours.
///
/// A write that takes an Access flag fault on a descriptor that is not writable is recorded as a read: the
/// Permission fault that follows is somebody else's.
fn wants_write(fault: &Fault, snapshot: Descriptor, place: Place) -> Result<bool, Refusal> {
    let syndrome = fault.syndrome;
    // AT and DC report a write without making one (Arm ARM D24.2.45, CM).
    let write = syndrome.write() && !syndrome.cache_maintenance();
    let status = syndrome.status();
    let is_abort = syndrome.is_data_abort() || syndrome.is_instruction_abort();
    let is_kind = match status {
        FaultStatus::AccessFlag(_) => is_abort,
        FaultStatus::Permission(_) => write,
        _ => false,
    };
    if !is_kind {
        return Err(Refusal::Status(status));
    }
    if !matches!(snapshot.decode(place.translation.geometry, place.level), Decoded::Leaf { .. }) {
        return Err(Refusal::NoLeaf(snapshot));
    }
    if syndrome.is_from_lower() && !snapshot.is_user() {
        return Err(Refusal::NotUser(snapshot));
    }
    if matches!(status, FaultStatus::Permission(_)) && !snapshot.is_writable() {
        return Err(Refusal::NotWritable(snapshot));
    }
    Ok(write && snapshot.is_writable())
}

fn conclude(change: Change) -> Handled {
    match change.outcome {
        Outcome::Changed => Handled::Resolved(change),
        Outcome::Unchanged | Outcome::Stale => {
            Handled::Spurious(Change { owed: change.owed.widen(Scope::ThisCpu), ..change })
        }
    }
}

/// Resolves an Access flag fault, or a write's Permission fault on a writable descriptor, by the routine and the
/// entry of `V`; `hooks` run between the steps.
///
/// `slot` is the leaf on which the access faulted and `place` tells where it translates. Anything that a lock of
/// the variant requires, the caller holds. The level that the syndrome names is not compared: another agent may
/// have changed the tables since.
///
/// The caller discharges what is owed and tries the access again, at most up to a cap: a wrong variant does not
/// make the fault go away.
#[inline]
pub fn handle_fault<V: Variant, S: Slot + ?Sized, H: Hooks + ?Sized>(
    fault: &Fault,
    slot: &S,
    place: Place,
    hooks: &H,
) -> Handled {
    let slot = Hooked::new(slot, hooks);
    let snapshot = slot.load(Relaxed, Step::Snapshot);
    match wants_write(fault, snapshot, place) {
        Ok(write) => {
            let entry = V::build_entry(place.stage(), snapshot, write);
            conclude(V::set_access_flags(&slot, entry, write, place))
        }
        Err(refusal) => Handled::NotOurs(refusal),
    }
}

/// As [`handle_fault`], for entry `target` of a contiguous group.
///
/// # Panics
///
/// Where `target` is not below [`SlotGroup::entries`].
#[inline]
pub fn handle_group_fault<V: GroupVariant, G: SlotGroup + ?Sized, H: Hooks + ?Sized>(
    fault: &Fault,
    group: &G,
    target: usize,
    place: Place,
    hooks: &H,
) -> Handled {
    let group = HookedGroup::new(group, hooks);
    let snapshot = V::snapshot(place.stage(), &group, target);
    match wants_write(fault, snapshot, place) {
        Ok(write) => {
            let entry = V::build_entry(place.stage(), snapshot, write);
            conclude(V::set_access_flags(&group, target, entry, write, place))
        }
        Err(refusal) => Handled::NotOurs(refusal),
    }
}

#[cfg(test)]
mod tests;
