//! Indirect permissions of stage 1 (FEAT_S1PIE; pseudocode `AArch64.S1IndirectBasePermissions`).

use super::{
    Clause, Controls, Features, PrivilegedAccessNever, Rules,
    permissions::{Permissions, Privilege},
    walk,
};
use afdbm::descriptor::{Descriptor, TableAttributes};

/// The permission that grants writes and takes execution away.
const WRITE_EXECUTE_NEVER: u64 = 0b0110;

const NOTHING: Permissions = Permissions { read: false, write: false, execute: false };

/// Returns the index of a descriptor's indirect permissions, 0 to 15: its bits UXN, PXN, DBM and AP\[1\], where permissions are
/// direct (Arm ARM D8.4.1.3).
#[must_use]
pub const fn permission_index(descriptor: Descriptor) -> u32 {
    (descriptor.has(Descriptor::UXN) as u32) << 3
        | (descriptor.has(Descriptor::PXN) as u32) << 2
        | (descriptor.has(Descriptor::DBM) as u32) << 1
        | descriptor.has(Descriptor::AP1) as u32
}

/// Returns what the field of a register grants (Arm ARM R_LLZDZ).
const fn granted(field: u64) -> Permissions {
    let (read, write, execute) = match field {
        0b0001 | 0b1000 | 0b1001 => (true, false, false),
        0b0010 => (false, false, true),
        0b0011 | 0b1010 => (true, false, true),
        0b0101 | 0b1100 => (true, true, false),
        0b0110 | 0b0111 | 0b1110 => (true, true, true),
        _ => return NOTHING,
    };
    Permissions { read, write, execute }
}

/// Computes what a leaf grants by its index, whatever its dirty state.
pub(super) fn indirect_permissions<R: Rules>(
    rules: R,
    controls: &Controls,
    features: &Features,
    (privileged, unprivileged): (u64, u64),
    leaf: &walk::Leaf,
    privilege: Privilege,
) -> Permissions {
    let index = permission_index(leaf.descriptor);
    let [field, user_field] = [privileged, unprivileged].map(|register| register >> (4 * index) & 0xf);
    let mut user = if controls.regime.has_user() { granted(user_field) } else { NOTHING };
    let mut all = granted(field);
    if user.write && all.execute && rules.holds(Clause::IndirectUserWritableIsClosed) {
        (user, all) = (NOTHING, NOTHING);
    }
    let mut permissions = if privilege.unprivileged { user } else { all };
    let executes = user.execute && rules.holds(Clause::IndirectEnhancesAccessNever);
    // A field that grants nothing and is not 0b0000 is reserved.
    let reserved =
        user_field != 0 && granted(user_field) == NOTHING && rules.holds(Clause::IndirectReservedIsClosed);
    let closed_by_pan = !privilege.unprivileged
        && controls.privileged_access_never
        && features.privileged_access_never >= PrivilegedAccessNever::Pan
        && privilege.pan
        && (user.read || user.write || executes || reserved);
    if closed_by_pan {
        permissions.read = false;
        permissions.write = false;
    }
    let own = if privilege.unprivileged { user_field } else { field };
    permissions.execute &= own != WRITE_EXECUTE_NEVER || !rules.holds(Clause::IndirectWriteExecuteNever);
    let never = controls.write_execute_never && permissions.write;
    permissions.execute &= !never || rules.holds(Clause::IndirectIgnoresWriteExecuteNever);
    if !rules.holds(Clause::IndirectIgnoresTables) {
        restrict(&mut permissions, leaf.tables, privilege);
    }
    permissions
}

/// Takes away what Table descriptors would take away of direct permissions.
fn restrict(permissions: &mut Permissions, tables: TableAttributes, privilege: Privilege) {
    let closed = privilege.unprivileged && tables.no_user;
    permissions.read &= !closed;
    permissions.write &= !closed && !tables.read_only;
    permissions.execute &=
        if privilege.unprivileged { !tables.user_execute_never } else { !tables.privileged_execute_never };
}
