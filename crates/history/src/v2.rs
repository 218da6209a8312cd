//! v2: RO decided by the entry's software dirty bit.

use crate::{RAISED, build_entry_before_4_14, exclusive_update};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Place, Slot, Variant};
use afdbm::stage::Stage;

/// Linux 0106d456c4cb (4.7-rc): RO is set when the entry is not writable or not software-dirty.
///
/// **Wrong**: memory's RO is still replaced. A read fault on a page that only the hardware knows to be dirty
/// (W, no D) makes it clean, with or without a race.
#[derive(Clone, Copy, Debug)]
pub struct V2;

/// Tells whether v2 and v3 give RO to an entry.
pub(super) const fn is_read_only(entry: Descriptor) -> bool {
    !(entry.is_writable() && entry.is_software_dirty())
}

impl Variant for V2 {
    const NAME: &'static str = "v2";
    const ORIGIN: &'static str = "0106d456c4cb (4.7-rc)";

    #[inline]
    fn build_entry(_stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry_before_4_14(snapshot, write)
    }

    #[inline]
    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, _write: bool, place: Place) -> Change {
        let stage = place.stage();
        exclusive_update(slot, entry, place, |found| {
            let raised = found.with(entry.0 & RAISED);
            if is_read_only(entry) { stage.with_clean(raised) } else { stage.with_dirty(raised) }
        })
    }
}
