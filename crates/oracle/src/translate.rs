//! One page of an access: which fault it takes and what the hardware may do to its leaf (pseudocode
//! `AArch64.S1Translate`, `AArch64.SetAccessFlag`, `AArch64.SetDirtyState`).

use super::{
    Access, Change, Clause, Controls, Family, Features, HardwareManagement, Misaligned, Path,
    PermissionScheme, Query, Rules, TableUpdate,
    indirect::indirect_permissions,
    permissions::{self, Permissions, Privilege},
    table_flag::walk_tables,
    walk,
};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::MemoryType;
use afdbm::fault::FaultStatus;
use afdbm::geometry::Level;
use afdbm::stage::Stage;

/// Why an access to a page cannot complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    pub(super) status: FaultStatus,
    pub(super) clause: Clause,
    /// A plain read would have been refused in the same way.
    pub(super) read_too: bool,
    /// An Alignment fault that no translation comes before.
    pub(super) early: bool,
    /// A Permission fault to which the dirty state alone is due.
    pub(super) for_dirty_state: bool,
}

/// One page of an access, judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Translated {
    /// The fault that the access takes, if any.
    pub(super) refusal: Option<Refusal>,
    /// The faults that the access may take instead (IMPLEMENTATION DEFINED or CONSTRAINED UNPREDICTABLE): one by what
    /// the instruction is, two by a contiguous group that is too large.
    pub(super) optional: [Option<Refusal>; 3],
    /// Whether the hardware may set AF here at all, by an access or by speculation.
    pub(super) flag: Change,
    /// The leaf is writable-clean as far as AP\[2\] and DBM tell.
    pub(super) clean: bool,
    /// The permissions include what the instruction needs.
    pub(super) granted: bool,
    /// The permissions include reading.
    pub(super) readable: bool,
    /// The level of the last descriptor that the walk reads, or `None` where nothing is translated.
    pub(super) last_read: Option<Level>,
    /// What the walk does to its Table descriptors.
    pub(super) tables: TableUpdate,
    /// The output address of the access.
    pub(super) output: PhysicalAddress,
}

/// Whether the hardware manages the Access flag, and the dirty state (pseudocode `AArch64.S1TTWParamsEL10`).
pub(super) fn managed<R: Rules>(rules: R, controls: &Controls, features: &Features) -> (bool, bool) {
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
enum Alignment {
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

/// Tells whether a write may be recorded in the leaf: it is writable-clean, and hardware manages the dirty state
/// (pseudocode `AArch64.SetDirtyState`).
fn dirty_state<R: Rules>(
    rules: R,
    controls: &Controls,
    stage: Stage,
    is_managed: bool,
    leaf: &walk::Leaf,
) -> bool {
    let indirect =
        controls.permissions != PermissionScheme::Direct && rules.holds(Clause::IndirectHasNoModifier);
    is_managed && stage.is_read_only(leaf.descriptor) && (indirect || leaf.descriptor.is_writable())
}

/// What of the translation of a page does not depend on its leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Approach {
    manages_flag: bool,
    manages_dirty: bool,
    privilege: Privilege,
    /// The fault that comes before the walk, if any.
    before: Option<Refusal>,
    /// The Alignment fault that comes after it (a clause that was taken out).
    late_alignment: Option<Refusal>,
    alignment: Alignment,
    /// The Alignment fault that may be taken in place of an access outside 16 aligned bytes.
    outside: Option<Refusal>,
    tables: Result<walk::Tables, walk::Stop>,
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

/// Judges the part of `access` that lies in the page of `address`, at one stage, from its approach on: leaf,
/// permissions, Access flag, dirty state.
pub(super) fn translate<R: Rules>(
    rules: R,
    stage: Stage,
    query: &Query,
    access: &Access,
    path: &Path,
    address: VirtualAddress,
    approach: &Approach,
) -> Translated {
    let Query { controls, features, .. } = query;
    let Approach {
        manages_flag,
        manages_dirty,
        privilege,
        before,
        late_alignment,
        alignment,
        outside,
        tables: ref walked_tables,
    } = *approach;
    let walked = match walked_tables {
        Ok(walked_tables) => walk::leaf(rules, controls.range.geometry, path, address, walked_tables),
        Err(stop) => Err(*stop),
    };
    let other = |fault: Option<walk::Other>| {
        fault.filter(|_| before.is_none()).map(|fault| Refusal {
            status: fault.status,
            clause: fault.clause,
            read_too: true,
            early: false,
            for_dirty_state: false,
        })
    };
    let no_walk = before.is_some();
    let tables = |stopped| {
        let update = walk_tables(rules, controls, features, path, stopped);
        match no_walk {
            false => update,
            true if controls.range.walks_disabled || !rules.holds(Clause::TableFlagMayBeSpeculative) => {
                TableUpdate::default()
            }
            true => update.optional(),
        }
    };

    let leaf = match walked {
        Err(stop) => {
            let markable = manages_flag
                && stop.at_leaf
                && match stop.status {
                    FaultStatus::AddressSize(_) => !rules.holds(Clause::OversizedIsNeverMarked),
                    _ => !rules.holds(Clause::InvalidIsNeverMarked),
                };
            let refusal = Refusal {
                status: stop.status,
                clause: stop.clause,
                read_too: true,
                early: false,
                for_dirty_state: false,
            };
            return Translated {
                refusal: Some(before.unwrap_or(refusal)),
                optional: [outside, other(stop.other), None],
                flag: Change::may_if(markable),
                clean: false,
                granted: false,
                readable: false,
                last_read: (!no_walk).then_some(stop.level),
                tables: tables(Some(stop.level)),
                output: PhysicalAddress(0),
            };
        }
        Ok(leaf) => leaf,
    };

    let direct = || {
        permissions::permissions(
            rules,
            controls,
            features,
            &leaf.attributes,
            leaf.tables,
            manages_dirty,
            privilege,
        )
    };
    let (base, granted) = match controls.permissions {
        PermissionScheme::Indirect { privileged, unprivileged } if rules.holds(Clause::IndirectGrants) => {
            let registers = (privileged, unprivileged);
            let base = indirect_permissions(rules, controls, features, registers, &leaf, privilege);
            let clean = stage.is_read_only(leaf.descriptor) && rules.holds(Clause::IndirectCleanIsReadOnly);
            let marks = dirty_state(rules, controls, stage, manages_dirty, &leaf);
            (base, Permissions { write: base.write && (marks || !clean), ..base })
        }
        _ => {
            let granted = direct();
            (granted, granted)
        }
    };
    let read = granted.read;
    let denied = permissions::is_denied(rules, access, granted);
    let for_dirty_state = denied && base != granted && !permissions::is_denied(rules, access, base);
    let permission = || Refusal {
        status: FaultStatus::Permission(path.leaf_level),
        clause: permissions::reason(controls, &leaf.attributes, leaf.tables, privilege, access),
        read_too: !read,
        early: false,
        for_dirty_state,
    };

    // The order of R_XCHFJ: Access flag, alignment by memory type, permission.
    let old = !leaf.attributes.accessed && !manages_flag && rules.holds(Clause::AccessFlagFault);
    let misplaced = is_misplaced(rules, access, leaf.attributes.memory);
    let maintenance =
        matches!(access.kind.family(), Family::DataMaintenance | Family::InstructionMaintenance);
    let translation = access.kind.family() == Family::Translation;
    let flag_fault = Refusal {
        status: FaultStatus::AccessFlag(path.leaf_level),
        clause: Clause::AccessFlagFault,
        read_too: true,
        early: false,
        for_dirty_state: false,
    };
    let by_type = Refusal {
        status: FaultStatus::Alignment,
        clause: Clause::MemoryTypeAlignment,
        read_too: true,
        early: false,
        for_dirty_state: false,
    };
    let flag_faults = old
        && !maintenance
        && (!translation || rules.holds(Clause::TranslationReportsAccessFlag))
        && (!denied || rules.holds(Clause::AccessFlagFaultFirst))
        && (!misplaced || rules.holds(Clause::AccessFlagFaultBeforeMemoryType));
    let type_faults = misplaced && (!denied || rules.holds(Clause::MemoryTypeAlignmentFirst));
    let after = if flag_faults {
        Some(flag_fault)
    } else if type_faults {
        Some(by_type)
    } else if denied {
        Some(permission())
    } else {
        None
    };
    // An Alignment fault that the access may take, or not: early, or like one by memory type.
    let may_misalign = match alignment {
        Alignment::MayFault if is_write_back(leaf.attributes.memory) => outside,
        Alignment::MayFault => outside.map(|fault| Refusal { early: false, ..fault }),
        Alignment::MayFaultByType if before.is_none() && !flag_faults => {
            (!is_write_back(leaf.attributes.memory))
                .then_some(Refusal { clause: Clause::MisalignedMayFaultByType, ..by_type })
        }
        _ => None,
    };
    let may_flag_fault =
        old && maintenance && before.is_none() && rules.holds(Clause::MaintenanceMayFaultOnAccessFlag);
    let may_refuse_fetch = access.kind.family() == Family::Fetch
        && is_device(leaf.attributes.memory)
        && before.or(after).is_none()
        && rules.holds(Clause::FetchFromDeviceMayFault);
    let own = if may_flag_fault {
        Some(flag_fault)
    } else if may_refuse_fetch {
        Some(Refusal { clause: Clause::FetchFromDeviceMayFault, ..permission() })
    } else {
        may_misalign
    };
    let [too_wide, too_large] = leaf.misprogrammed.map(other);
    Translated {
        refusal: before.or(after).or(late_alignment),
        optional: [own, too_wide, too_large],
        flag: Change::may_if(
            manages_flag && !(controls.range.walks_disabled && rules.holds(Clause::WalksAreDisabled)),
        ),
        clean: dirty_state(rules, controls, stage, manages_dirty, &leaf),
        granted: !denied,
        readable: read,
        last_read: (!no_walk).then_some(path.leaf_level),
        tables: tables(None),
        output: leaf.output,
    }
}

/// Tells whether memory is Normal, Inner and Outer Write-Back.
const fn is_write_back(memory: MemoryType) -> bool {
    matches!(memory, MemoryType::Normal | MemoryType::Tagged)
}

/// Tells whether memory is Device.
const fn is_device(memory: MemoryType) -> bool {
    !is_write_back(memory) && !matches!(memory, MemoryType::NonCacheable)
}

/// Tells whether the access faults by the memory type of the leaf (`AArch64.S1HasAlignmentFault`).
fn is_misplaced<R: Rules>(rules: R, access: &Access, memory: MemoryType) -> bool {
    if !is_device(memory) {
        return false;
    }
    match access.kind.family() {
        Family::Write if access.kind.is_block() => rules.holds(Clause::ZeroBlockNeedsNormal),
        Family::Read | Family::Write | Family::Atomic => {
            access.is_misaligned() && rules.holds(Clause::MemoryTypeAlignment)
        }
        _ => false,
    }
}
