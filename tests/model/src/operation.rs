//! The operations of the software, by name.

use crate::{
    descriptors::{PLACE, RO, page},
    family::{ANOTHER_PAGE, Family},
    tape::Tape,
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    Access as Allow, Change, Outcome, Protection, Scope, Slot, SlotGroup, Step, made_clean, made_old,
};
use std::sync::atomic::Ordering::Relaxed;

/// The protection of a writable page.
pub const READ_WRITE: Protection = Protection {
    access: Allow::ReadWrite,
    user: true,
    privileged_execute_never: true,
    user_execute_never: true,
};
/// The protection of a read-only page.
pub const READ_ONLY: Protection = Protection { access: Allow::ReadOnly, ..READ_WRITE };
/// The protection of a page that nobody may access.
pub const NONE: Protection = Protection { access: Allow::None, ..READ_WRITE };

/// An operation of the software.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// make_old.
    MakeOld,
    /// make_clean.
    MakeClean,
    /// make_old_and_clean.
    MakeOldAndClean,
    /// make_old_and_clean by load and plain store.
    ClearBothByStore,
    /// make_dirty.
    MakeDirty,
    /// make_writable.
    MakeWritable,
    /// write_protect.
    WriteProtect,
    /// modify.
    Modify(Protection),
    /// get_and_clear, after which the page is free.
    GetAndClear,
    /// get_and_clear that invalidates only if it found the descriptor young.
    UnmapTrustingOld,
    /// A plain store of another page, read-only, into an empty cell.
    MapAnother,
    /// break_before_make to another page.
    Replace,
    /// unfold of the group.
    Unfold,
    /// refold of the group.
    Refold,
}

impl Operation {
    /// Runs the operation, as `family` has it.
    pub fn run(self, family: &Family, tape: &Tape) -> Change {
        match self {
            Self::MakeOld => (family.make_old)(tape),
            Self::MakeClean => (family.make_clean)(tape),
            Self::MakeOldAndClean => (family.make_old_and_clean)(tape),
            Self::ClearBothByStore => {
                let slot = tape.slot(0);
                let found = slot.load(Relaxed, Step::Load);
                let left = made_old(made_clean(PLACE.stage(), found));
                slot.store(left, Relaxed, Step::Store);
                Change::changed(found, left, PLACE, Scope::AllCpus)
            }
            Self::MakeDirty => (family.make_dirty)(tape),
            Self::MakeWritable => (family.make_writable)(tape),
            Self::WriteProtect => (family.write_protect)(tape),
            Self::Modify(protection) => (family.modify)(tape, protection),
            Self::GetAndClear => (family.get_and_clear)(tape),
            Self::UnmapTrustingOld => {
                let change = (family.get_and_clear)(tape);
                let scope = if change.found.is_young() { Scope::AllCpus } else { Scope::None };
                Change::changed(change.found, change.left, PLACE, scope)
            }
            Self::MapAnother => {
                let new = Descriptor(page(0, RO).0 + ANOTHER_PAGE);
                tape.slot(0).store(new, Relaxed, Step::Store);
                Change { outcome: Outcome::Changed, ..Change::unchanged(new, PLACE) }
            }
            Self::Replace => (family.replace)(tape),
            Self::Unfold | Self::Refold => {
                let operate = if self == Self::Unfold { family.unfold } else { family.refold };
                let _ = operate(tape);
                Change::unchanged(Descriptor::INVALID, PLACE)
            }
        }
    }

    /// Tells whether the operation breaks descriptors and makes them again itself.
    #[must_use]
    pub const fn breaks(self) -> bool {
        matches!(self, Self::Replace | Self::Unfold | Self::Refold)
    }

    /// Tells whether the operation declares the page clean.
    #[must_use]
    pub const fn cleans(self) -> bool {
        matches!(self, Self::MakeClean | Self::MakeOldAndClean | Self::ClearBothByStore)
    }

    /// Tells whether the operation takes the page away.
    #[must_use]
    pub const fn removes(self) -> bool {
        matches!(self, Self::GetAndClear | Self::UnmapTrustingOld)
    }

    /// Tells whether software may write afterwards, or `None` if the operation does not decide that.
    #[must_use]
    pub const fn authorises(self) -> Option<bool> {
        match self {
            Self::MakeWritable | Self::Modify(Protection { access: Allow::ReadWrite, .. }) => Some(true),
            Self::WriteProtect
            | Self::Modify(_)
            | Self::GetAndClear
            | Self::UnmapTrustingOld
            | Self::MapAnother => Some(false),
            _ => None,
        }
    }

    /// Returns the operation's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MakeOld => "make old",
            Self::MakeClean => "make clean",
            Self::MakeOldAndClean => "make old and clean",
            Self::ClearBothByStore => "clear both by store",
            Self::MakeDirty => "make dirty",
            Self::MakeWritable => "make writable",
            Self::WriteProtect => "write-protect",
            Self::Modify(Protection { access: Allow::None, .. }) => "modify to none",
            Self::Modify(Protection { access: Allow::ReadOnly, .. }) => "modify to read-only",
            Self::Modify(Protection { access: Allow::ReadWrite, .. }) => "modify to read-write",
            Self::GetAndClear => "get and clear",
            Self::UnmapTrustingOld => "unmap trusting old",
            Self::MapAnother => "map another page",
            Self::Replace => "break before make",
            Self::Unfold => "unfold",
            Self::Refold => "refold",
        }
    }
}
