//! c0: a contiguous no-op test on gathered flags.

use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    Change, GroupVariant, Outcome, Place, Slot, SlotGroup, Step, build_entry, set_access_flags_contiguous,
};
use afdbm::stage::Stage;
use core::sync::atomic::Ordering::Relaxed;

/// Linux 4602e5757bcc (6.9): asks whether anything is to be done of the flags gathered over the group.
///
/// Its caller's snapshot is gathered too. **Wrong**: a young or dirty sibling makes the target look done. A walker
/// that reads the target's own descriptor, an SMMU or a CPU without dirty state management, faults on it for ever.
/// (Linux unfolds the group where W is to change; an entry built from the group's own snapshot never asks for
/// that, so the path is left out here.)
#[derive(Clone, Copy, Debug)]
pub struct C0;

/// Reads `target`, young and dirty if any of the group is (Linux: `contpte_ptep_get`).
fn gather<G: SlotGroup + ?Sized>(stage: Stage, group: &G, target: usize, step: Step) -> Descriptor {
    let mut gathered = group.slot(target).load(Relaxed, step);
    for index in (0..group.entries()).filter(|index| *index != target) {
        let sibling = group.slot(index).load(Relaxed, step);
        if sibling.is_young() {
            gathered = gathered.with(Descriptor::AF);
        }
        if stage.is_dirty(sibling) {
            gathered = gathered.with(Descriptor::SOFTWARE_DIRTY);
        }
    }
    if gathered.is_writable() && stage.is_dirty(gathered) { stage.with_dirty(gathered) } else { gathered }
}

impl GroupVariant for C0 {
    const NAME: &'static str = "c0";
    const ORIGIN: &'static str = "4602e5757bcc (6.9)";

    #[inline]
    fn snapshot<G: SlotGroup + ?Sized>(stage: Stage, group: &G, target: usize) -> Descriptor {
        gather(stage, group, target, Step::Snapshot)
    }

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
        let gathered = gather(place.stage(), group, target, Step::Load);
        if gathered == entry {
            return Change::unchanged(gathered, place);
        }
        let change = set_access_flags_contiguous(group, target, entry, place);
        Change { outcome: Outcome::Changed, ..change }
    }
}
