//! What a leaf of stage 2 grants, by direct or by indirect permissions (pseudocode `AArch64.S2ComputePermissions`).

use super::Stage2Controls;
use crate::{Clause, Rules, permission_index};
use afdbm::descriptor::{Descriptor, Stage2Attributes};
use afdbm::stage::Stage;

/// What a leaf grants, whatever its dirty state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Granted {
    /// Reads, of a walk too.
    pub(super) read: bool,
    /// Writes of data.
    pub(super) write: bool,
    /// Updates that a walk of stage 1 makes.
    pub(super) update: bool,
    /// EL1 executes.
    pub(super) privileged_execute: bool,
    /// EL0 executes.
    pub(super) user_execute: bool,
    /// The leaf is dirty.
    pub(super) dirty: bool,
    /// Hardware may make it dirty.
    pub(super) dirty_bit_modifier: bool,
}

impl Granted {
    /// Reads what a leaf grants.
    pub(super) fn by<R: Rules>(rules: R, controls: &Stage2Controls, leaf: Descriptor) -> Self {
        match controls.indirect {
            Some(register) if rules.holds(Clause::Stage2IndirectGrants) => {
                Self::indirect(rules, register >> (4 * permission_index(leaf)) & 0xf, leaf)
            }
            _ => Self::direct(leaf),
        }
    }

    /// By S2AP and XN.
    const fn direct(leaf: Descriptor) -> Self {
        let attributes = Stage2Attributes::from_descriptor(leaf);
        let dirty_bit_modifier = leaf.has(Descriptor::DBM);
        let write = attributes.writable || dirty_bit_modifier;
        Self {
            read: attributes.readable,
            write,
            update: write,
            privileged_execute: attributes.privileged_executable,
            user_execute: attributes.user_executable,
            dirty: attributes.writable,
            dirty_bit_modifier,
        }
    }

    /// By a field of S2PIR_EL2 (Arm ARM R_CXFCS; pseudocode `AArch64.S2IndirectBasePermissions`).
    fn indirect<R: Rules>(rules: R, field: u64, leaf: Descriptor) -> Self {
        let reads = field & 0b1000 != 0;
        let mostly = matches!(field, 0b0010 | 0b0011 | 0b0110 | 0b0111);
        let writes = field & 0b1100 == 0b1100;
        Self {
            read: reads || mostly,
            write: writes || field == 0b0100,
            update: writes || mostly && rules.holds(Clause::MostlyReadOnlyIsUpdated),
            privileged_execute: reads && field & 0b10 != 0,
            user_execute: reads && field & 0b01 != 0,
            dirty: leaf.has(Stage::Two.dirty_bit().mask()),
            dirty_bit_modifier: leaf.has(Descriptor::DBM) || rules.holds(Clause::Stage2IndirectHasNoModifier),
        }
    }
}
