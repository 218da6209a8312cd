//! The hole in TTBR1: where a case of that range hangs its tables (row A10).

use super::mapping::{KernelFrames, kernel_space};
use crate::machine::barriers;
use crate::machine::layout;
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, Level, TableAttributes};
use afdbm::tables::TableError;
use core::marker::PhantomData;

/// A level 2 table hung into the first GiB of the hole, until the value is dropped.
#[derive(Debug)]
#[must_use = "the table is taken out when the value is dropped"]
pub struct Hung<'a>(PhantomData<&'a ()>);

impl Hung<'_> {
    /// Hangs `table` into the hole.
    ///
    /// # Errors
    ///
    /// [`TableError`] if the kernel's tables are broken.
    ///
    /// # Safety
    ///
    /// `table` is a level 2 table that stays in place until the value is dropped, and maps frames of cases only.
    pub unsafe fn new(table: PhysicalAddress) -> Result<Self, TableError> {
        set(Descriptor::table(layout::KERNEL.geometry, table, TableAttributes::NONE))?;
        Ok(Self(PhantomData))
    }

    /// Returns where the hole has what TTBR0 has at `address`, if both share the level 2 table.
    #[must_use]
    pub fn twin(&self, address: VirtualAddress) -> VirtualAddress {
        VirtualAddress(layout::CASE_HOLE + layout::KERNEL.geometry.offset(Level::L1, address.0))
    }
}

impl Drop for Hung<'_> {
    fn drop(&mut self) {
        // The entry was there when it was hung, so taking it out finds it.
        let _ = set(Descriptor::INVALID);
    }
}

/// Leaves the hole empty, whatever hangs there; what TLBs hold of it is the caller's to invalidate.
pub(super) fn clear() {
    // The entry of the hole has no table above it that could be missing.
    let _ =
        kernel_space(KernelFrames).set_raw(VirtualAddress(layout::CASE_HOLE), Level::L1, Descriptor::INVALID);
}

/// Tells whether nothing hangs in the hole.
#[must_use]
pub fn is_empty() -> bool {
    kernel_space(KernelFrames)
        .walk(VirtualAddress(layout::CASE_HOLE))
        .is_ok_and(|walk| walk.last().is_none_or(|step| step.descriptor == Descriptor::INVALID))
}

fn set(descriptor: Descriptor) -> Result<(), TableError> {
    let space = kernel_space(KernelFrames);
    let (_, owed) = space.set_raw(VirtualAddress(layout::CASE_HOLE), Level::L1, descriptor)?;
    // Entries of the whole GiB, of every level, may be cached: more than an invalidation by address covers.
    assert!(owed.is_owed());
    barriers::sequence_invalidate_everything_all();
    Ok(())
}
