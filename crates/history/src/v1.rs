//! v1: RO decided by the kind of fault.

use crate::{RAISED, build_entry_before_4_14, exclusive_update};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Place, Slot, Variant};
use afdbm::stage::Stage;

/// Linux 66dbd6e61a52 (4.7-rc1): atomic, but RO is set when the entry is not writable or the fault was no write.
///
/// **Wrong**: a read fault on an aged dirty page (W·D) leaves W·D·AF·RO. The write that follows asks for exactly
/// that and is told that nothing changed, for ever, on a CPU without dirty state management. And memory's RO is
/// replaced, so that a write that hardware recorded meanwhile is lost.
#[derive(Clone, Copy, Debug)]
pub struct V1;

impl Variant for V1 {
    const NAME: &'static str = "v1";
    const ORIGIN: &'static str = "66dbd6e61a52 (4.7-rc1)";

    #[inline]
    fn build_entry(_stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry_before_4_14(snapshot, write)
    }

    #[inline]
    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, write: bool, place: Place) -> Change {
        let (stage, dirty) = (place.stage(), entry.is_writable() && write);
        exclusive_update(slot, entry, place, |found| {
            let raised = found.with(entry.0 & RAISED);
            if dirty { stage.with_dirty(raised) } else { stage.with_clean(raised) }
        })
    }
}
