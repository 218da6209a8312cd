//! Joining descriptors into a contiguous group, and taking it apart.

use crate::descriptor::Descriptor;
use crate::geometry::Geometry;
use crate::operations::{Invalidation, Place, Scope, Slot, SlotGroup, Step, made_dirty};
use core::{
    fmt,
    sync::atomic::Ordering::{Relaxed, Release},
};

/// Why descriptors cannot be joined into a group, or taken apart; nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoldError {
    /// The entry of this index is invalid.
    Invalid(usize, Descriptor),
    /// The entry of this index does not go on where the first one starts: another output address or attribute.
    Differs(usize, Descriptor),
    /// The first entry's output address is not a multiple of the group's size.
    Misaligned(Descriptor),
}

impl fmt::Display for FoldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(index, found) => {
                write!(formatter, "entry {index} of the group is invalid: {found}")
            }
            Self::Differs(index, found) => {
                write!(formatter, "entry {index} of the group does not continue the first: {found}")
            }
            Self::Misaligned(found) => {
                write!(formatter, "the group's output address is not aligned to its size: {found}")
            }
        }
    }
}

impl core::error::Error for FoldError {}

/// Joins the descriptors of `group` into a contiguous group: sets the Contiguous bit of each (Linux: `contpte_fold`).
///
/// As [`unfold`] in all else. Every descriptor must be valid and continue the first, in output address and
/// attributes, the Contiguous bit included; AF and dirty state may differ.
///
/// # Errors
///
/// [`FoldError`], which names the entry.
///
/// # Panics
///
/// Where the group has more than [`Geometry::CONTIGUOUS_ENTRIES_AT_MOST`].
pub fn refold<G: SlotGroup + ?Sized>(
    group: &G,
    place: Place,
    discharge: impl FnOnce(Invalidation),
) -> Result<Descriptor, FoldError> {
    convert(group, place, discharge, |descriptor| descriptor.with(Descriptor::CONTIGUOUS))
}

/// Takes a contiguous group apart: clears the Contiguous bit of each descriptor, by break-before-make of the whole
/// group (Linux: `contpte_try_unfold`, `contpte_convert`).
///
/// Afterwards each descriptor is young or dirty if any was: hardware may have recorded an access to one page in the
/// descriptor of another (Arm ARM R_XDPXQ). Returns the first descriptor as it now is.
///
/// * **From memory**: every bit of each descriptor at its break; AF and dirty state joined over the group.
/// * **Lock**: the page-table lock. An access in between takes a Translation fault, and is tried again under it.
/// * **Owed**: nothing more: `discharge` carries out the invalidation of the group's range on all CPUs.
///
/// # Errors
///
/// [`FoldError`], which names the entry.
///
/// # Panics
///
/// Where the group has more than [`Geometry::CONTIGUOUS_ENTRIES_AT_MOST`].
pub fn unfold<G: SlotGroup + ?Sized>(
    group: &G,
    place: Place,
    discharge: impl FnOnce(Invalidation),
) -> Result<Descriptor, FoldError> {
    convert(group, place, discharge, |descriptor| descriptor.without(Descriptor::CONTIGUOUS))
}

fn convert<G: SlotGroup + ?Sized>(
    group: &G,
    place: Place,
    discharge: impl FnOnce(Invalidation),
    change: impl Fn(Descriptor) -> Descriptor,
) -> Result<Descriptor, FoldError> {
    let entries = group.entries();
    check(group, place)?;
    let mut broken = [Descriptor::INVALID; Geometry::CONTIGUOUS_ENTRIES_AT_MOST];
    let (mut young, mut dirty) = (false, false);
    let mut owed = Invalidation::none(place);
    for (index, found) in broken[..entries].iter_mut().enumerate() {
        *found = group.slot(index).swap(Descriptor::INVALID, Relaxed, Step::Swap);
        young |= found.is_young();
        dirty |= place.stage().is_dirty(*found);
        owed = owed.merge(Invalidation::of_leaf(place.in_group(index, entries), Scope::AllCpus));
    }
    discharge(owed);
    let mut first = Descriptor::INVALID;
    for (index, found) in broken[..entries].iter().enumerate() {
        let mut made = change(*found);
        if young {
            made = made.with(Descriptor::AF);
        }
        if dirty {
            made = made_dirty(place.stage(), made);
        }
        // Release: what was read at the break comes before the descriptor that says so.
        group.slot(index).store(made, Release, Step::Store);
        if index == 0 {
            first = made;
        }
    }
    Ok(first)
}

/// Reads the group and tells whether its members belong together.
fn check<G: SlotGroup + ?Sized>(group: &G, place: Place) -> Result<(), FoldError> {
    // AF and dirty state are each member's own.
    let own = place.stage().hardware_managed() | Descriptor::SOFTWARE_DIRTY;
    let geometry = place.translation.geometry;
    let comparable = |descriptor: Descriptor| descriptor.without(own);
    let mut expected = None;
    for index in 0..group.entries() {
        let found = group.slot(index).load(Relaxed, Step::Load);
        if !found.is_valid() {
            return Err(FoldError::Invalid(index, found));
        }
        let output = found.output(geometry, place.level);
        let group_size = place.size() * group.entries() as u64;
        if expected.is_none() && !output.is_aligned(group_size) {
            return Err(FoldError::Misaligned(found));
        }
        if expected.is_some_and(|expected| comparable(found) != expected) {
            return Err(FoldError::Differs(index, found));
        }
        expected = Some(comparable(found).with_address(geometry, output.offset(place.size())));
    }
    Ok(())
}
