//! One page at stage 2 (pseudocode `AArch64.S2Translate`): walk, Access flag, permissions, and what the hardware may mark.

use super::{Stage2Controls, Stage2Walk, permissions::Granted};
use crate::{Change, Clause, ExceptionLevel, Features, HardwareManagement, Rules, walk};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::Stage2Attributes;
use afdbm::fault::FaultStatus;

/// Who asks, and for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) read: bool,
    pub(super) write: bool,
    /// A fetch at this Exception level.
    pub(super) execute: Option<ExceptionLevel>,
    /// A walk of stage 1.
    pub(super) walk: bool,
}

impl Wish {
    /// The walk reads a descriptor.
    pub(super) const WALK: Self = Self { read: true, write: false, execute: None, walk: true };
    /// The walk updates a descriptor.
    pub(super) const UPDATE: Self = Self { write: true, ..Self::WALK };
}

/// Why stage 2 refuses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) status: FaultStatus,
    pub(super) clause: Clause,
    /// A read would have been refused in the same way.
    pub(super) read_too: bool,
    /// A Permission fault to which the dirty state alone is due.
    pub(super) for_dirty_state: bool,
}

impl Stop {
    /// A refusal to which the dirty state is not due.
    const fn new(status: FaultStatus, clause: Clause, read_too: bool) -> Self {
        Self { status, clause, read_too, for_dirty_state: false }
    }
}

/// A page, judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) stop: Option<Stop>,
    /// Whether the hardware may set AF of the leaf.
    pub(super) flag: Change,
    /// The leaf is writable-clean.
    pub(super) clean: bool,
    /// The output address; 0 where there is no leaf.
    pub(super) output: PhysicalAddress,
}

/// Judges one page.
pub(super) fn judge<R: Rules>(
    rules: R,
    controls: &Stage2Controls,
    features: &Features,
    asked: &Stage2Walk,
    wish: Wish,
) -> Judged {
    let has = features.hardware_management;
    let flagged = controls.hardware_access_flag || !rules.holds(Clause::Stage2FlagNeedsEnable);
    let manages_flag = has >= HardwareManagement::AccessFlag && flagged;
    let manages_dirty = has >= HardwareManagement::AccessFlagAndDirtyState
        && (controls.hardware_access_flag || !rules.holds(Clause::DirtyStateNeedsAccessFlag))
        && (controls.hardware_dirty_state || !rules.holds(Clause::Stage2DirtyNeedsEnable));
    let (geometry, address) = (controls.geometry, VirtualAddress(asked.address.0));
    let walked = walk::tables(rules, geometry, &asked.path)
        .and_then(|tables| walk::leaf(rules, geometry, &asked.path, address, &tables));
    let walk::Leaf { descriptor: leaf, output, .. } = match walked {
        Err(walk::Stop { status, clause, .. }) => {
            let stop = Some(Stop::new(status, clause, true));
            let flag = Change::may_if(manages_flag && !rules.holds(Clause::InvalidIsNeverMarked));
            return Judged { stop, flag, clean: false, output: PhysicalAddress(0) };
        }
        Ok(leaf) => leaf,
    };
    let granted = Granted::by(rules, controls, leaf);
    let written = if wish.walk { granted.update } else { granted.write };
    let clean = manages_dirty && written && !granted.dirty && granted.dirty_bit_modifier;
    let old = !leaf.is_young() && !manages_flag && rules.holds(Clause::Stage2AccessFlagFault);
    let level = asked.path.leaf_level;
    let stop = if old {
        Some(Stop::new(FaultStatus::AccessFlag(level), Clause::Stage2AccessFlagFault, true))
    } else {
        let protected = Stage2Attributes::from_descriptor(leaf).is_device;
        denied(rules, controls, (granted, written), (clean, protected), wish).map(|(clause, read_too)| Stop {
            for_dirty_state: clause == Clause::Stage2IndirectNeedsDirty,
            ..Stop::new(FaultStatus::Permission(level), clause, read_too)
        })
    };
    Judged { stop, flag: Change::may_if(manages_flag), clean, output }
}

/// Returns the clause to which a Permission fault is due, if there is one, and whether a read would take it too
/// (pseudocode `AArch64.S2CheckPermissions`).
fn denied<R: Rules>(
    rules: R,
    controls: &Stage2Controls,
    (granted, written): (Granted, bool),
    (clean, is_device): (bool, bool),
    wish: Wish,
) -> Option<(Clause, bool)> {
    let executable = |level| match level {
        ExceptionLevel::El0 => granted.user_execute,
        ExceptionLevel::El1 | ExceptionLevel::El2 => granted.privileged_execute,
    };
    let protected = is_device || !rules.holds(Clause::ProtectedWalkSparesNormal);
    // Direct permissions have no dirty state of their own: what is not dirty and not writable-clean grants no write.
    let indirect = controls.indirect.is_some() && rules.holds(Clause::Stage2IndirectGrants);
    let read_only = if indirect { Clause::Stage2IndirectReadOnly } else { Clause::Stage2ReadOnly };
    let base = written && (granted.dirty || indirect);
    let by_dirty_state = granted.dirty || clean && rules.holds(Clause::Stage2CleanGrantsWrite);
    if wish.walk && controls.protected_walk && protected && rules.holds(Clause::ProtectedWalk) {
        Some((Clause::ProtectedWalk, true))
    } else if wish.read && !granted.read && rules.holds(Clause::Stage2Unreadable) {
        Some((Clause::Stage2Unreadable, true))
    } else if wish.write
        && !base
        && !(clean && rules.holds(Clause::Stage2CleanGrantsWrite))
        && rules.holds(read_only)
    {
        Some((read_only, false))
    } else if wish.write && base && !by_dirty_state && rules.holds(Clause::Stage2IndirectNeedsDirty) {
        Some((Clause::Stage2IndirectNeedsDirty, false))
    } else if wish.execute.is_some_and(|level| !executable(level)) && rules.holds(Clause::Stage2ExecuteNever)
    {
        Some((Clause::Stage2ExecuteNever, true))
    } else {
        None
    }
}
