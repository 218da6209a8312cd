//! Operations beside set_access_flags that went wrong in the same way.

use crate::UnknownVariant;
use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    Change, NO_ACCESS, Place, Protection, Scope, Slot, Step, granted_scope, make_clean, make_dirty, make_old,
    make_writable, modified, modify, update, write_protect,
};
use afdbm::stage::Stage;
use core::{fmt, sync::atomic::Ordering::Relaxed};

/// A wrong neighbour, and the right operation in whose place it stood.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Neighbour {
    /// write_protect that drops what the hardware recorded as dirty (fixed by ff1712f953e2).
    WriteProtectDropsDirty,
    /// make_clean that clears D and leaves RO clear: the page stays dirty.
    CleanLeavesWritable,
    /// make_dirty that leaves RO set in a writable descriptor: W·D·RO.
    DirtyLeavesReadOnly,
    /// modify that gives a dirty page the RO of its new protection: W·D·RO (fixed by 3c0696076aad).
    ModifyLeavesReadOnly,
    /// make_writable that clears RO of a clean page, which is then dirty (fixed by 143937ca51cc).
    WritableDirties,
    /// make_old by a plain store, which loses what hardware recorded meanwhile.
    OldByStore,
}

impl Neighbour {
    /// Every neighbour.
    pub const ALL: &'static [Self] = &[
        Self::WriteProtectDropsDirty,
        Self::CleanLeavesWritable,
        Self::DirtyLeavesReadOnly,
        Self::ModifyLeavesReadOnly,
        Self::WritableDirties,
        Self::OldByStore,
    ];
    /// The name of each, in that order.
    pub const NAMES: &'static [&'static str] = &[
        Self::WriteProtectDropsDirty.name(),
        Self::CleanLeavesWritable.name(),
        Self::DirtyLeavesReadOnly.name(),
        Self::ModifyLeavesReadOnly.name(),
        Self::WritableDirties.name(),
        Self::OldByStore.name(),
    ];

    /// Returns the name by which it is selected.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WriteProtectDropsDirty => "write-protect-drops-dirty",
            Self::CleanLeavesWritable => "clean-leaves-writable",
            Self::DirtyLeavesReadOnly => "dirty-leaves-read-only",
            Self::ModifyLeavesReadOnly => "modify-leaves-read-only",
            Self::WritableDirties => "writable-dirties",
            Self::OldByStore => "old-by-store",
        }
    }

    /// Returns the neighbour of this name.
    ///
    /// # Errors
    ///
    /// [`UnknownVariant`], which lists the known ones.
    pub fn by_name(name: &str) -> Result<Self, UnknownVariant<'_>> {
        let found = Self::ALL.iter().copied().find(|neighbour| neighbour.name() == name);
        found.ok_or(UnknownVariant { name, known: Self::NAMES })
    }

    /// Runs the wrong operation; `protection` is what a modify asks for, and nothing to the others.
    pub fn wrong<S: Slot + ?Sized>(self, slot: &S, protection: Protection, place: Place) -> Change {
        let stage = place.stage();
        let all = |_, _| Scope::AllCpus;
        let granted = |found, left| granted_scope(stage, found, left);
        match self {
            Self::WriteProtectDropsDirty => {
                update(slot, place, all, |found| stage.with_clean(found).without(Descriptor::DBM))
            }
            Self::CleanLeavesWritable => {
                update(slot, place, all, |found| found.without(Descriptor::SOFTWARE_DIRTY))
            }
            Self::DirtyLeavesReadOnly => {
                update(slot, place, granted, |found| found.with(Descriptor::SOFTWARE_DIRTY))
            }
            Self::ModifyLeavesReadOnly => modify_leaves_read_only(slot, protection, place),
            Self::WritableDirties => {
                update(slot, place, granted, |found| stage.with_dirty(found.with(Descriptor::DBM)))
            }
            Self::OldByStore => {
                let found = slot.load(Relaxed, Step::Load);
                let left = found.without(Descriptor::AF);
                slot.store(left, Relaxed, Step::Store);
                Change::changed(found, left, place, Scope::AllCpus)
            }
        }
    }

    /// Runs the right operation in its place.
    pub fn right<S: Slot + ?Sized>(self, slot: &S, protection: Protection, place: Place) -> Change {
        match self {
            Self::WriteProtectDropsDirty => write_protect(slot, place),
            Self::CleanLeavesWritable => make_clean(slot, place),
            Self::DirtyLeavesReadOnly => make_dirty(slot, place),
            Self::ModifyLeavesReadOnly => modify(slot, protection, place),
            Self::WritableDirties => make_writable(slot, place),
            Self::OldByStore => make_old(slot, place),
        }
    }
}

impl fmt::Display for Neighbour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// The protection of its time came with RO set, and a dirty page got it.
fn modify_leaves_read_only<S: Slot + ?Sized>(slot: &S, protection: Protection, place: Place) -> Change {
    let mut found = slot.load(Relaxed, Step::Load);
    loop {
        if !found.is_valid() && !found.has(NO_ACCESS) {
            return Change::stale(found, place);
        }
        let left = Stage::One.with_clean(modified(found, protection));
        if left == found {
            return Change::unchanged(found, place);
        }
        match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
            Ok(_) => {
                let scope = if found.is_valid() { Scope::AllCpus } else { Scope::None };
                return Change::changed(found, left, place, scope);
            }
            Err(now) => found = now,
        }
    }
}
