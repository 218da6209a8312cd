//! Changes of live leaves that need no table: each returns the invalidation owed.

use crate::address::VirtualAddress;
use crate::descriptor::Descriptor;
use crate::geometry::Level;
use crate::invalidation::{Invalidation, Scope};
use crate::tables::{AddressSpace, Frames, TableError, break_before_make_required};
use core::sync::atomic::Ordering::{AcqRel, Acquire};

impl<F: Frames> AddressSpace<F> {
    /// Replaces the leaf that translates `address` by `new`, at its level, where no break is needed: permissions,
    /// AF, DBM, or the output address of pages that nobody may write.
    ///
    /// Compares and exchanges, so that what hardware records meanwhile is never overwritten unseen: `new` is made
    /// from the descriptor found, once more if it changed. `hd` tells whether any CPU that uses the table manages the
    /// dirty state. Returns what was replaced.
    ///
    /// # Errors
    ///
    /// [`TableError::NeedsBreak`] with the reason, [`TableError::NotMapped`], and those of
    /// [`AddressSpace::walk`].
    pub fn change(
        &self,
        address: VirtualAddress,
        hd: bool,
        new: impl Fn(Descriptor) -> Descriptor,
    ) -> Result<(Descriptor, Invalidation), TableError> {
        let leaf = self.leaf(address)?;
        let mut found = Descriptor(leaf.cell.load(Acquire));
        loop {
            if !found.is_valid() {
                return Err(TableError::NotMapped(address, leaf.level(), found));
            }
            let wanted = new(found);
            if let Some(reason) = break_before_make_required(found, wanted, leaf.place, hd, false) {
                return Err(TableError::NeedsBreak(address, reason));
            }
            match leaf.cell.compare_exchange_weak(found.0, wanted.0, AcqRel, Acquire) {
                Ok(_) => return Ok((found, Invalidation::of_leaf(leaf.place, Scope::AllCpus))),
                Err(now) => found = Descriptor(now),
            }
        }
    }

    /// Removes the leaf that translates `address` and returns it as it was at that moment, with all that hardware
    /// had recorded. It may be used until the invalidation is discharged.
    ///
    /// # Errors
    ///
    /// As [`AddressSpace::leaf`].
    pub fn unmap(&self, address: VirtualAddress) -> Result<(Descriptor, Invalidation), TableError> {
        let leaf = self.leaf(address)?;
        let removed = Descriptor(leaf.cell.swap(Descriptor::INVALID.0, AcqRel));
        if !removed.is_valid() {
            return Err(TableError::NotMapped(address, leaf.level(), removed));
        }
        Ok((removed, Invalidation::of_leaf(leaf.place, Scope::AllCpus)))
    }

    /// Writes any word into the cell for `address` in the table of `level`, as a test of what hardware makes of it
    /// needs; the path must exist. Owes the invalidation of tables too. Returns what the cell held.
    ///
    /// # Errors
    ///
    /// [`TableError::NotMapped`] where the walk ends above `level`, and those of [`AddressSpace::walk`].
    pub fn set_raw(
        &self,
        address: VirtualAddress,
        level: Level,
        raw: Descriptor,
    ) -> Result<(Descriptor, Invalidation), TableError> {
        let walk = self.walk(address)?;
        let step = walk.steps().find(|step| step.level == level).ok_or_else(|| {
            walk.last().map_or(TableError::OutOfRange(address), |last| {
                TableError::NotMapped(address, last.level, last.descriptor)
            })
        })?;
        let found = Descriptor(step.cell.swap(raw.0, AcqRel));
        let owed = Invalidation::of_leaf(self.place(address, level), Scope::AllCpus).with_tables();
        Ok((found, owed))
    }
}
