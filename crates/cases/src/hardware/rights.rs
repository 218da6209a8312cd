//! What stage 1 of the machine permits, by bits of the descriptor.

use super::run::{Run, Want};
use super::stage_1::READ_ONLY;
use super::{Defect, Format};
use oracle::PrivilegedAccessNever;

const USER: u64 = 1 << 6;
const PXN: u64 = 1 << 53;
const UXN: u64 = 1 << 54;
const PXN_TABLE: u64 = 1 << 59;
const UXN_TABLE: u64 = 1 << 60;
const NO_USER_TABLE: u64 = 1 << 61;
const READ_ONLY_TABLE: u64 = 1 << 62;

/// Reading, writing, execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rights {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) execute: bool,
}

/// A Permission fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Denial {
    /// A read would not have taken it.
    pub(super) readable: bool,
    /// Only the dirty state was lacking.
    pub(super) for_dirty_state: bool,
}

impl Rights {
    fn grants(self, want: Want) -> bool {
        (!want.read || self.read) && (!want.write || self.write) && (!want.execute || self.execute)
    }
}

impl Run<'_> {
    /// Tells whether the leaf refuses what is wanted.
    pub(super) fn denies(&self, leaf: u64, tables: u64, clean: bool, want: Want) -> Option<Denial> {
        let (base, rights) = if self.is_indirect() {
            let base = self.indirect(leaf, tables, want);
            let dirty = leaf & READ_ONLY == 0 || clean || self.is(Defect::IndirectCleanGrants);
            (base, Rights { write: base.write && dirty, ..base })
        } else {
            let rights = self.direct(leaf, tables, clean, want);
            (rights, rights)
        };
        if rights.grants(want) {
            return None;
        }
        let for_dirty_state = base.grants(want);
        Some(Denial { readable: rights.read, for_dirty_state })
    }

    fn direct(&self, leaf: u64, tables: u64, clean: bool, want: Want) -> Rights {
        let controls = self.controls();
        let tables = if controls.range.hierarchy_disabled { 0 } else { tables };
        let user = leaf & USER != 0 && tables & NO_USER_TABLE == 0;
        let grants = leaf & READ_ONLY == 0 || clean && !self.is(Defect::CleanGrantsNothing);
        let write = grants && tables & READ_ONLY_TABLE == 0;
        let never = (leaf & UXN != 0 || tables & UXN_TABLE != 0, leaf & PXN != 0 || tables & PXN_TABLE != 0);
        let enhanced = controls.executable_access_never
            && self.query.features.privileged_access_never == PrivilegedAccessNever::Pan3;
        let closed = self.has_pan(want) && (user || enhanced && !never.0);
        let mut rights = if want.user {
            Rights { read: user, write: user && write, execute: !never.0 }
        } else {
            Rights { read: !closed, write: write && !closed, execute: !(never.1 || user && write) }
        };
        let for_wxn = if want.user { user && write } else { write && !closed };
        rights.execute &= !(controls.write_execute_never && for_wxn) || self.is(Defect::WriteExecutes);
        rights
    }

    /// Tells whether PSTATE.PAN concerns what is wanted.
    pub(super) fn has_pan(&self, want: Want) -> bool {
        let has = self.query.features.privileged_access_never > PrivilegedAccessNever::Absent;
        has && self.controls().privileged_access_never
            && want.pan
            && !want.user
            && !self.is(Defect::PanIgnored)
    }

    /// The address that a leaf holds.
    pub(super) fn leaf_address(&self, format: &Format, leaf: u64) -> u64 {
        let address = format.address(leaf);
        let (low, high) = (address & ((1 << 48) - 1), address >> 48);
        match self.hardware.defect {
            Some(Defect::HighBitsDropped) => low,
            Some(Defect::HighBitsSwapped) => low | (high >> 2 | high << 2 & 0b1100) << 48,
            _ => address,
        }
    }
}
