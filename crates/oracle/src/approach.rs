//! What comes before the leaf: which updates the hardware manages, with whose permissions the access is made, the faults that
//! need no translation, and the walk of the tables.

use super::{
    Access, Clause, Controls, Family, Features, HardwareManagement, Misaligned, Path, Query, Rules,
    permissions::{self, Privilege},
    refusal::Refusal,
    walk,
};
use afdbm::address::VirtualAddress;
use afdbm::fault::FaultStatus;
use afdbm::geometry::Level;

/// Whether the hardware manages the Access flag, and the dirty state (pseudocode `AArch64.S1TTWParamsEL10`).
fn managed<R: Rules>(rules: R, controls: &Controls, features: &Features) -> (bool, bool) {
    let has = features.hardware_management;
    let flag_feature = has >= HardwareManagement::AccessFlag || !rules.holds(Clause::AccessFlagNeedsFeature);
    let dirty_feature =
        has >= HardwareManagement::AccessFlagAndDirtyState || !rules.holds(Clause::DirtyStateNeedsFeature);
    let flag = flag_feature && (controls.hardware_access_flag || !rules.holds(Clause::AccessFlagNeedsEnable));
    let asked = controls.hardware_dirty_state || !rules.holds(Clause::DirtyStateNeedsEnable);
    let enabled = controls.hardware_access_flag || !rules.holds(Clause::DirtyStateNeedsAccessFlag);
    (flag, dirty_feature && asked && enabled)
}

/// Whether an access that is not aligned takes an Alignment fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Alignment {
    /// Not, whatever memory it is of.
    Passes,
    /// Not in Normal Write-Back memory; in other memory it may.
    MayFaultByType,
    /// It may.
    MayFault,
    /// It does, without a translation.
    Faults,
}

/// Tells what becomes of an access that is not aligned (Arm ARM B2.8.2; `AArch64.UnalignedAccessFaults`).
fn alignment<R: Rules>(rules: R, controls: &Controls, features: &Features, access: &Access) -> Alignment {
    if !access.is_misaligned()
        || !matches!(access.kind.family(), Family::Read | Family::Write | Family::Atomic)
    {
        return Alignment::Passes;
    }
    if controls.alignment_checked && rules.holds(Clause::AlignmentIsChecked) {
        return Alignment::Faults;
    }
    let inside = access.address.0 % 16 + access.kind.alignment() <= 16;
    let or_passes = |clause, alignment| if rules.holds(clause) { alignment } else { Alignment::Passes };
    match access.kind.misaligned() {
        Misaligned::Allowed => Alignment::Passes,
        Misaligned::Refused if features.misaligned_atomics && inside => {
            or_passes(Clause::MisalignedMayFaultByType, Alignment::MayFaultByType)
        }
        Misaligned::Refused if features.misaligned_atomics && access.kind.is_exclusive_or_atomic() => {
            if rules.holds(Clause::MisalignedOutsideMayFault) {
                Alignment::MayFault
            } else {
                Alignment::Faults
            }
        }
        Misaligned::Refused | Misaligned::RefusedAlways => {
            or_passes(Clause::AtomicsAreAligned, Alignment::Faults)
        }
    }
}

/// Tells whether the address itself has no translation, whatever the tables hold, and by which clause.
fn refused_address<R: Rules>(
    rules: R,
    controls: &Controls,
    features: &Features,
    unprivileged: bool,
    address: VirtualAddress,
) -> Option<Clause> {
    let significant = (1_u64 << 56) - 1;
    let ignored = controls.range.top_byte_ignored && rules.holds(Clause::TopByteIsIgnored)
        || !controls.range.top_byte_ignored && !rules.holds(Clause::TopByteIsChecked);
    let looked_at = if ignored { address.0 & significant } else { address.0 };
    if looked_at >> controls.range.geometry.input_bits() != 0 {
        return Some(Clause::TopByteIsChecked);
    }
    let refused = controls.range.unprivileged_refused
        && features.unprivileged_refusal
        && (unprivileged || !rules.holds(Clause::PrivilegedIsNotRefused))
        && rules.holds(Clause::UnprivilegedIsRefused);
    if refused {
        return Some(Clause::UnprivilegedIsRefused);
    }
    (controls.range.walks_disabled && rules.holds(Clause::WalksAreDisabled))
        .then_some(Clause::WalksAreDisabled)
}

/// What of the translation of a page does not depend on its leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Approach {
    pub(super) manages_flag: bool,
    pub(super) manages_dirty: bool,
    pub(super) privilege: Privilege,
    /// The fault that comes before the walk, if any.
    pub(super) before: Option<Refusal>,
    /// The Alignment fault that comes after it (a clause that was taken out).
    pub(super) late_alignment: Option<Refusal>,
    pub(super) alignment: Alignment,
    /// The Alignment fault that may be taken in place of an access outside 16 aligned bytes.
    pub(super) outside: Option<Refusal>,
    pub(super) tables: Result<walk::Tables, walk::Stop>,
}

/// Judges what of `access` in the page of `address` does not depend on the leaf: parameters, and the walk of the
/// tables.
pub(super) fn approach<R: Rules>(
    rules: R,
    query: &Query,
    access: &Access,
    path: &Path,
    address: VirtualAddress,
) -> Approach {
    let Query { controls, features, .. } = query;
    let (manages_flag, manages_dirty) = managed(rules, controls, features);
    let privilege = permissions::privilege(rules, controls, features, access);
    let level_0 = |clause| Refusal {
        status: FaultStatus::Translation(Level::L0),
        clause,
        read_too: true,
        early: false,
        for_dirty_state: false,
    };
    let alignment = alignment(rules, controls, features, access);
    let early = (alignment == Alignment::Faults).then_some(Refusal {
        status: FaultStatus::Alignment,
        clause: if controls.alignment_checked {
            Clause::AlignmentIsChecked
        } else {
            Clause::AtomicsAreAligned
        },
        read_too: controls.alignment_checked,
        early: true,
        for_dirty_state: false,
    });
    let outside = (alignment == Alignment::MayFault).then_some(Refusal {
        status: FaultStatus::Alignment,
        clause: Clause::MisalignedOutsideMayFault,
        read_too: true,
        early: true,
        for_dirty_state: false,
    });
    let refused = refused_address(rules, controls, features, privilege.unprivileged, address).map(level_0);
    let (before, late_alignment) =
        if rules.holds(Clause::AlignmentComesFirst) { (early.or(refused), None) } else { (refused, early) };
    let tables = walk::tables(rules, controls.range.geometry, path);
    Approach { manages_flag, manages_dirty, privilege, before, late_alignment, alignment, outside, tables }
}
