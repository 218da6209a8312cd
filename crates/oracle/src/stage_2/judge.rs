//! One page at stage 2 (pseudocode `AArch64.S2Translate`): walk, Access flag, permissions, and what the hardware may mark.

use super::{Stage2Controls, Stage2Walk};
use crate::{Change, Clause, ExceptionLevel, Features, HardwareManagement, Rules, walk};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::Stage2Attributes;
use afdbm::fault::FaultStatus;
use afdbm::stage::Stage;

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
            let stop = Some(Stop { status, clause, read_too: true });
            let flag = Change::may_if(manages_flag && !rules.holds(Clause::InvalidIsNeverMarked));
            return Judged { stop, flag, clean: false, output: PhysicalAddress(0) };
        }
        Ok(leaf) => leaf,
    };
    let attributes = Stage2Attributes::from_descriptor(leaf);
    let clean = manages_dirty && Stage::Two.is_writable_clean(leaf);
    let old = !leaf.is_young() && !manages_flag && rules.holds(Clause::Stage2AccessFlagFault);
    let level = asked.path.leaf_level;
    let stop = if old {
        Some(Stop {
            status: FaultStatus::AccessFlag(level),
            clause: Clause::Stage2AccessFlagFault,
            read_too: true,
        })
    } else {
        denied(rules, controls, attributes, clean, wish).map(|(clause, read_too)| Stop {
            status: FaultStatus::Permission(level),
            clause,
            read_too,
        })
    };
    Judged { stop, flag: Change::may_if(manages_flag), clean, output }
}

/// Returns the clause to which a Permission fault is due, if there is one, and whether a read would take it too
/// (pseudocode `AArch64.S2CheckPermissions`).
fn denied<R: Rules>(
    rules: R,
    controls: &Stage2Controls,
    leaf: Stage2Attributes,
    clean: bool,
    wish: Wish,
) -> Option<(Clause, bool)> {
    let executable = |level| match level {
        ExceptionLevel::El0 => leaf.user_executable,
        ExceptionLevel::El1 | ExceptionLevel::El2 => leaf.privileged_executable,
    };
    let protected = leaf.is_device || !rules.holds(Clause::ProtectedWalkSparesNormal);
    if wish.walk && controls.protected_walk && protected && rules.holds(Clause::ProtectedWalk) {
        Some((Clause::ProtectedWalk, true))
    } else if wish.read && !leaf.readable && rules.holds(Clause::Stage2Unreadable) {
        Some((Clause::Stage2Unreadable, true))
    } else if wish.write
        && !leaf.writable
        && !(clean && rules.holds(Clause::Stage2CleanGrantsWrite))
        && rules.holds(Clause::Stage2ReadOnly)
    {
        Some((Clause::Stage2ReadOnly, false))
    } else if wish.execute.is_some_and(|level| !executable(level)) && rules.holds(Clause::Stage2ExecuteNever)
    {
        Some((Clause::Stage2ExecuteNever, true))
    } else {
        None
    }
}
