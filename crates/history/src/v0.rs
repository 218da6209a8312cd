//! v0: a plain store of a value computed from a snapshot.

use crate::build_entry_before_4_14;
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Place, Slot, Step, Variant, granted_scope};
use afdbm::stage::Stage;
use core::sync::atomic::Ordering::Relaxed;

/// Linux 2f4b829c625e (4.3), which introduced hardware management and kept the generic routine.
///
/// Stores the entry, built from a snapshot, through the `set_pte_at` of its time, which clears RO if W and D are
/// both set and sets it otherwise. **Wrong**: what hardware recorded between snapshot and store is overwritten, and
/// a page that only the hardware knows to be dirty (W, no D) becomes clean without any race.
#[derive(Clone, Copy, Debug)]
pub struct V0;

impl Variant for V0 {
    const NAME: &'static str = "v0";
    const ORIGIN: &'static str = "2f4b829c625e (4.3)";

    #[inline]
    fn build_entry(_stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry_before_4_14(snapshot, write)
    }

    #[inline]
    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, _write: bool, place: Place) -> Change {
        let found = slot.load(Relaxed, Step::Load);
        if found == entry {
            return Change::unchanged(found, place);
        }
        let stage = place.stage();
        let left = if entry.is_writable() && entry.is_software_dirty() {
            stage.with_dirty(entry)
        } else {
            stage.with_clean(entry)
        };
        slot.store(left, Relaxed, Step::Store);
        Change::changed(found, left, place, granted_scope(stage, found, left))
    }
}
