//! v3: RO as the more permissive of memory and entry.

use crate::{RAISED, build_entry_before_4_14, exclusive_update, v2::is_read_only};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Place, Slot, Variant};
use afdbm::stage::Stage;

/// Linux 6d332747fa5f (2017): RO stays set only if memory has it and the entry, by v2's rule, has it too.
///
/// No fault is known from a legal start state.
#[derive(Clone, Copy, Debug)]
pub struct V3;

impl Variant for V3 {
    const NAME: &'static str = "v3";
    const ORIGIN: &'static str = "6d332747fa5f (2017)";

    #[inline]
    fn build_entry(_stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry_before_4_14(snapshot, write)
    }

    #[inline]
    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, _write: bool, place: Place) -> Change {
        let stage = place.stage();
        exclusive_update(slot, entry, place, |found| {
            let raised = found.with(entry.0 & RAISED);
            if is_read_only(entry) { raised } else { stage.with_dirty(raised) }
        })
    }
}
