//! One page of an access: which fault it takes and what the hardware may do to its leaf (pseudocode
//! `AArch64.S1Translate`, `AArch64.SetAccessFlag`, `AArch64.SetDirtyState`).

use super::{
    Access, Change, Clause, Controls, Family, Path, PermissionScheme, Query, Rules, TableUpdate,
    approach::{Alignment, Approach},
    indirect::indirect_permissions,
    permissions::{self, Permissions},
    refusal::Refusal,
    table_flag::walk_tables,
    walk,
};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::MemoryType;
use afdbm::fault::FaultStatus;
use afdbm::geometry::Level;
use afdbm::stage::Stage;

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
