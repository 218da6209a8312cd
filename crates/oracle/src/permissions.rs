//! The permissions (pseudocode `AArch64.S1DirectBasePermissions` and `AArch64.S1CheckPermissions`).

use super::{
    Access, Clause, Controls, ExceptionLevel, Family, Features, PermissionScheme, PrivilegedAccessNever,
    Requirement, Rules,
};
use afdbm::descriptor::{AccessPermission, LeafAttributes, TableAttributes};

/// What the access may do at this leaf.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Permissions {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) execute: bool,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Privilege {
    /// With EL0's permissions.
    pub(super) unprivileged: bool,
    /// PAN concerns the access.
    pub(super) pan: bool,
}

/// Tells with whose permissions the access is made (`CreateAccDesc...`).
pub(super) fn privilege<R: Rules>(
    rules: R,
    controls: &Controls,
    features: &Features,
    access: &Access,
) -> Privilege {
    let at_el0 = access.level == ExceptionLevel::El0;
    let overridden = controls.user_access_override && features.user_access_override;
    let single = !controls.regime.has_user() && rules.holds(Clause::SinglePrivilegeHasNoUser);
    let unprivileged = match access.kind.family() {
        _ if single => false,
        _ if !access.kind.is_unprivileged() => at_el0,
        Family::Translation => rules.holds(Clause::TranslationAsUser),
        _ => {
            at_el0
                || rules.holds(Clause::UnprivilegedAccess)
                    && !(overridden && rules.holds(Clause::UserAccessOverride))
        }
    };
    let pan = match access.kind.family() {
        Family::Read | Family::Write | Family::Atomic => true,
        Family::Translation if access.kind.requires() == Requirement::Pan2 => {
            rules.holds(Clause::TranslationHonoursPan)
        }
        Family::Translation => !rules.holds(Clause::PanSparesOthers),
        Family::Fetch | Family::DataMaintenance | Family::InstructionMaintenance | Family::Optional(_) => {
            !rules.holds(Clause::PanSparesOthers)
        }
    };
    Privilege { unprivileged, pan }
}

/// Tells whether the access is granted or denied by what a leaf lets be executed: a fetch is, by PAN with EPAN=1 any other is,
/// and an indirect permission has the execute-never bits in its index.
pub(super) fn look_at_execution(controls: &Controls, access: &Access) -> bool {
    access.kind.family() == Family::Fetch
        || controls.executable_access_never
        || controls.permissions != PermissionScheme::Direct
}

/// Computes what the leaf and its tables grant, with DBM taken for write permission where `dirty_managed`.
pub(super) fn permissions<R: Rules>(
    rules: R,
    controls: &Controls,
    features: &Features,
    leaf: &LeafAttributes,
    tables: TableAttributes,
    dirty_managed: bool,
    privilege: Privilege,
) -> Permissions {
    let (read_only, user) = match leaf.permission {
        AccessPermission::PrivilegedReadWrite => (false, false),
        AccessPermission::ReadWrite => (false, true),
        AccessPermission::PrivilegedReadOnly => (true, false),
        AccessPermission::ReadOnly => (true, true),
    };
    let single = !controls.regime.has_user();
    let user = (user || !rules.holds(Clause::PrivilegedLeaf))
        && !(single && rules.holds(Clause::SinglePrivilegeHasNoUser));
    let clean_grants = leaf.dirty_bit_modifier && dirty_managed;
    let granted = !read_only || !rules.holds(Clause::ReadOnlyLeaf);
    let leaf_write = granted || (clean_grants && rules.holds(Clause::CleanGrantsWrite));

    let tables = if controls.range.hierarchy_disabled && rules.holds(Clause::HierarchyDisabled) {
        TableAttributes::NONE
    } else {
        tables
    };
    let tables_write = !(tables.read_only && rules.holds(Clause::TableReadOnly));
    let tables_user = !(tables.no_user && rules.holds(Clause::TableNoUser));

    let user_read = user && tables_user;
    let user_write = user && leaf_write && tables_write && tables_user;

    let uxn = leaf.user_execute_never && rules.holds(Clause::UserExecuteNever);
    let uxn_table = tables.user_execute_never && rules.holds(Clause::TableUserExecuteNever);
    let user_execute = !(uxn || uxn_table);

    let (pxn, pxn_table) = if single && rules.holds(Clause::SinglePrivilegeExecuteNever) {
        (leaf.user_execute_never, tables.user_execute_never)
    } else {
        (leaf.privileged_execute_never, tables.privileged_execute_never)
    };
    let pxn = pxn && rules.holds(Clause::PrivilegedExecuteNever);
    let pxn_table = pxn_table && rules.holds(Clause::TablePrivilegedExecuteNever);
    let writable_for_pxn =
        if rules.holds(Clause::CleanIsPrivilegedExecuteNever) { leaf_write } else { granted };
    let user_write_for_pxn = user
        && writable_for_pxn
        && (tables_write && tables_user || !rules.holds(Clause::TablesBeforePrivilegedExecuteNever));
    let privileged_execute = !(pxn
        || pxn_table
        || user_write_for_pxn && rules.holds(Clause::UserWritableIsPrivilegedExecuteNever));

    let enhanced = controls.executable_access_never
        && features.privileged_access_never >= PrivilegedAccessNever::Pan3
        && rules.holds(Clause::ExecutableAccessNever);
    let user_reads_for_pan = user_read || user && !rules.holds(Clause::TablesBeforePrivilegedAccessNever);
    let closed_by_pan = controls.privileged_access_never
        && features.privileged_access_never >= PrivilegedAccessNever::Pan
        && rules.holds(Clause::PrivilegedAccessNever)
        && privilege.pan
        && (user_reads_for_pan || user_write || enhanced && user_execute);

    let (read, write, execute) = if privilege.unprivileged {
        (user_read, user_write, user_execute)
    } else {
        let execute = privileged_execute && (!closed_by_pan || rules.holds(Clause::PanSparesOthers));
        (!closed_by_pan, leaf_write && tables_write && !closed_by_pan, execute)
    };

    let mut write_for_wxn = write;
    if !rules.holds(Clause::CleanIsWriteExecuteNever) {
        write_for_wxn &= granted;
    }
    if !rules.holds(Clause::TablesBeforeWriteExecuteNever) {
        write_for_wxn |= leaf_write && (user || !privilege.unprivileged);
    }
    let never = controls.write_execute_never && write_for_wxn && rules.holds(Clause::WriteExecuteNever);
    Permissions { read, write, execute: execute && !never }
}

/// Tells whether the access takes a Permission fault, were the permissions these.
pub(super) fn is_denied<R: Rules>(rules: R, access: &Access, granted: Permissions) -> bool {
    let at_el0 = access.level == ExceptionLevel::El0;
    match access.kind.family() {
        Family::Read => !granted.read,
        Family::Write if access.kind.is_passing_exclusive() => !granted.read || !granted.write,
        Family::Write => !granted.write,
        Family::Atomic => {
            let needs_write = !access.kind.compare_fails() || rules.holds(Clause::AtomicNeedsWrite);
            !granted.read || !granted.write && needs_write
        }
        Family::Fetch => !granted.execute,
        Family::DataMaintenance if access.kind.invalidates() => {
            !granted.write && rules.holds(Clause::InvalidateNeedsWrite)
        }
        Family::DataMaintenance | Family::InstructionMaintenance => {
            if at_el0 {
                !granted.read && rules.holds(Clause::UserMaintenanceNeedsRead)
            } else {
                !granted.write && !rules.holds(Clause::PrivilegedMaintenanceNeedsNothing)
            }
        }
        Family::Optional(_) => {
            if access.kind.is_for_write() {
                !granted.write
            } else {
                !granted.read
            }
        }
        Family::Translation if access.kind.is_for_any_access() => false,
        Family::Translation => {
            if access.kind.is_for_write() && rules.holds(Clause::TranslationAsWrite) {
                !granted.write
            } else {
                !granted.read
            }
        }
    }
}

/// Names the clause to which a Permission fault is due, for the reader of a log.
pub(super) fn reason(
    controls: &Controls,
    leaf: &LeafAttributes,
    tables: TableAttributes,
    privilege: Privilege,
    access: &Access,
) -> Clause {
    let user = matches!(leaf.permission, AccessPermission::ReadWrite | AccessPermission::ReadOnly);
    let honoured = !controls.range.hierarchy_disabled;
    if access.kind.family() == Family::Fetch {
        return match privilege.unprivileged {
            true if leaf.user_execute_never => Clause::UserExecuteNever,
            true if tables.user_execute_never && honoured => Clause::TableUserExecuteNever,
            false if leaf.privileged_execute_never => Clause::PrivilegedExecuteNever,
            false if tables.privileged_execute_never && honoured => Clause::TablePrivilegedExecuteNever,
            false if user && !(tables.no_user && honoured) => Clause::UserWritableIsPrivilegedExecuteNever,
            _ => Clause::WriteExecuteNever,
        };
    }
    if privilege.unprivileged && !user {
        Clause::PrivilegedLeaf
    } else if privilege.unprivileged && tables.no_user && honoured {
        Clause::TableNoUser
    } else if !privilege.unprivileged && privilege.pan && controls.privileged_access_never && user {
        Clause::PrivilegedAccessNever
    } else if tables.read_only && honoured {
        Clause::TableReadOnly
    } else {
        Clause::ReadOnlyLeaf
    }
}
