//! Granting what a guest's access asked for, after its Permission fault.

use crate::address::PhysicalAddress;
use crate::descriptor::{Descriptor, Stage2Attributes};
use crate::operations::{Change, Scope, Slot, Stage2Invalidation, Stage2Place, Step};
use crate::stage::Stage;
use core::sync::atomic::Ordering::Relaxed;

/// What a guest may do with a page.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Permissions {
    /// Read it.
    pub read: bool,
    /// Write it.
    pub write: bool,
    /// Execute it at EL1; without FEAT_XNX the same as at EL0.
    pub privileged_execute: bool,
    /// Execute it at EL0.
    pub user_execute: bool,
}

impl Permissions {
    /// Read it, and nothing else.
    pub const READ: Self = Self { read: true, write: false, privileged_execute: false, user_execute: false };
}

/// Returns the descriptor with these permissions beside those that it grants.
///
/// A write that is granted counts as made: S2AP\[1\] is its record.
#[inline]
#[must_use]
pub const fn relaxed(descriptor: Descriptor, permissions: Permissions) -> Descriptor {
    let Permissions { read, write, privileged_execute, user_execute } = permissions;
    let readable = if read { descriptor.with(Descriptor::S2AP0) } else { descriptor };
    let writable = if write { Stage::Two.with_dirty(readable) } else { readable };
    let granted = Stage2Attributes::from_descriptor(descriptor);
    let execution = Stage2Attributes::execution(
        granted.privileged_executable || privileged_execute,
        granted.user_executable || user_execute,
    );
    writable.without(Stage2Attributes::EXECUTE_NEVER).with(execution)
}

/// Tells whether somebody may execute by `left` who may not by `found`.
const fn gains_execution(found: Descriptor, left: Descriptor) -> bool {
    let (found, left) = (Stage2Attributes::from_descriptor(found), Stage2Attributes::from_descriptor(left));
    left.privileged_executable && !found.privileged_executable
        || left.user_executable && !found.user_executable
}

/// Grants `permissions` to a valid descriptor beside those that it grants, and keeps all else
/// (Linux: `kvm_pgtable_stage2_relax_perms`).
///
/// `prepare` makes instructions that were written to the page at this address visible to fetches (DC CVAU and IC IVAU, or
/// what CTR_EL0 leaves of them, then DSB). It runs before the exchange that lets somebody execute who could not: another
/// CPU may fetch at once. It may run for nothing, where the exchange then finds something else.
///
/// * **From memory**: everything, at the moment of the exchange; no permission falls, and no update of the hardware is lost.
/// * **Lock**: the one under which the caller decided that the guest may do this, shared with other fault handlers: it keeps
///   a withdrawal of the permission away, and the replacement of the page. Hardware, aging and the operations of a dirty
///   log may run meanwhile. An invalid descriptor is left bit-identical, and the outcome is
///   [`Outcome::Stale`](crate::operations::Outcome::Stale).
/// * **Owed**: [`Scope::ThisCpu`], last level, even where nothing was to change: the access faulted, so that this CPU's TLB
///   may hold what no other CPU removes (Arm ARM R_JVXRH). Without it the guest faults for ever (Linux until be097997a273).
#[inline]
pub fn relax<S: Slot + ?Sized>(
    slot: &S,
    permissions: Permissions,
    place: Stage2Place,
    mut prepare: impl FnMut(PhysicalAddress),
) -> Change<Stage2Invalidation> {
    let mut found = slot.load(Relaxed, Step::Load);
    let mut prepared = None;
    loop {
        if !found.is_valid() {
            return Change::stale(found, place);
        }
        let left = relaxed(found, permissions);
        if left == found {
            let change = Change::unchanged(found, place);
            return Change { owed: change.owed.widen(Scope::ThisCpu), ..change };
        }
        let output = found.output(place.geometry, place.level);
        if gains_execution(found, left) && prepared != Some(output) {
            prepare(output);
            prepared = Some(output);
        }
        match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
            Ok(_) => return Change::changed(found, left, place, Scope::ThisCpu),
            Err(now) => found = now,
        }
    }
}
