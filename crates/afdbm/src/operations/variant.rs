//! A set_access_flags routine together with the way its callers build the entry.

use crate::descriptor::Descriptor;
use crate::operations::{
    Change, Place, Slot, SlotGroup, Step, build_entry, set_access_flags, set_access_flags_contiguous,
    set_access_flags_lock_free,
};
use crate::stage::Stage;
use core::sync::atomic::Ordering::Relaxed;

/// A routine and the caller of its time: neither alone is what ran.
pub trait Variant {
    /// The name by which it is selected: `v4`.
    const NAME: &'static str;
    /// Where it comes from: Linux's commits, or this project.
    const ORIGIN: &'static str;

    /// Builds the entry that a fault asks for, from a snapshot of the descriptor; `write` tells a write fault.
    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor;

    /// Records in the cell what `entry` asks for; `write` is the routine's `dirty` argument in Linux.
    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, write: bool, place: Place) -> Change;
}

/// As [`Variant`], for a contiguous group.
pub trait GroupVariant {
    /// The name by which it is selected: `c1`.
    const NAME: &'static str;
    /// Where it comes from: Linux's commits, or this project.
    const ORIGIN: &'static str;

    /// Reads the descriptor from which the entry is built: that of `target` itself, unless the variant knows worse; `stage` is that of the group.
    #[inline]
    fn snapshot<G: SlotGroup + ?Sized>(_stage: Stage, group: &G, target: usize) -> Descriptor {
        group.slot(target).load(Relaxed, Step::Snapshot)
    }

    /// Builds the entry that a fault asks for, from a snapshot of the descriptor; `write` tells a write fault.
    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor;

    /// Records in the group what `entry` asks for at `target`, an index below [`SlotGroup::entries`].
    fn set_access_flags<G: SlotGroup + ?Sized>(
        group: &G,
        target: usize,
        entry: Descriptor,
        write: bool,
        place: Place,
    ) -> Change;
}

/// The routine of today, [`set_access_flags()`] with [`build_entry`].
#[derive(Clone, Copy, Debug)]
pub struct V4;

impl Variant for V4 {
    const NAME: &'static str = "v4";
    const ORIGIN: &'static str = "3bbf7157ac66, 73e86cb03cf2 (4.14) to today";

    #[inline]
    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry(stage, snapshot, write)
    }

    #[inline]
    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, _write: bool, place: Place) -> Change {
        set_access_flags(slot, entry, place)
    }
}

/// [`set_access_flags_lock_free`] with [`build_entry`].
#[derive(Clone, Copy, Debug)]
pub struct LockFree;

impl Variant for LockFree {
    const NAME: &'static str = "lock-free";
    const ORIGIN: &'static str = "this project";

    #[inline]
    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry(stage, snapshot, write)
    }

    #[inline]
    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, write: bool, place: Place) -> Change {
        set_access_flags_lock_free(slot, entry, write, place)
    }
}

/// [`set_access_flags_contiguous`] with [`build_entry`].
#[derive(Clone, Copy, Debug)]
pub struct C1;

impl GroupVariant for C1 {
    const NAME: &'static str = "c1";
    const ORIGIN: &'static str = "97c5550b7631 (7.0-rc3)";

    #[inline]
    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry(stage, snapshot, write)
    }

    #[inline]
    fn set_access_flags<G: SlotGroup + ?Sized>(
        group: &G,
        target: usize,
        entry: Descriptor,
        _write: bool,
        place: Place,
    ) -> Change {
        set_access_flags_contiguous(group, target, entry, place)
    }
}
