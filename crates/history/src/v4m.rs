//! v4m: a no-op test that does not see RO.

use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Place, Slot, Step, Variant, build_entry, granted_scope, join};
use afdbm::stage::Stage;
use core::sync::atomic::Ordering::Relaxed;

/// v4 with its no-op test blind to RO (2017, since removed).
///
/// **Wrong**: where memory differs from the entry in RO alone (W·D·AF·RO, which the `modify` of before 3c0696076aad
/// leaves), a write fault is told that nothing changed, for ever.
#[derive(Clone, Copy, Debug)]
pub struct V4m;

impl Variant for V4m {
    const NAME: &'static str = "v4m";
    const ORIGIN: &'static str = "73e86cb03cf2 with a no-op test that masks RO (2017, since removed)";

    #[inline]
    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry(stage, snapshot, write)
    }

    #[inline]
    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, _write: bool, place: Place) -> Change {
        let mut found = slot.load(Relaxed, Step::Load);
        let stage = place.stage();
        if stage.with_clean(found) == stage.with_clean(entry) {
            return Change::unchanged(found, place);
        }
        loop {
            let left = join(stage, found, entry);
            match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
                Ok(_) => return Change::changed(found, left, place, granted_scope(stage, found, left)),
                Err(now) => found = now,
            }
        }
    }
}
