//! set_access_flags for a contiguous group.

use crate::{
    descriptor::Descriptor,
    operations::{Change, GroupVariant, Outcome, Place, SlotGroup, build_entry, set_access_flags},
};

impl Place {
    /// Returns the place of entry `index` of a contiguous group of `entries` (a power of two) around this address.
    #[must_use]
    pub const fn in_group(self, index: usize, entries: usize) -> Self {
        let size = self.level.size();
        let group = self.address.align_down(size * entries as u64);
        Self { address: group.offset(size * index as u64), ..self }
    }
}

/// Records an access in every descriptor of a contiguous group (Linux: `contpte_ptep_set_access_flags`; c1, commit
/// 97c5550b7631).
///
/// Runs [`set_access_flags`] on each cell, so that the question whether anything is to be done is put to each raw
/// descriptor: a walker may read any of them (Arm ARM R_XDPXQ), and one that manages nothing by itself must find
/// its own one right. The flags of the group stay alike but for what hardware adds.
///
/// * **From memory, from the entry, lock**: as [`set_access_flags`]; the lock covers the group.
/// * **Returns** [`Outcome::Unchanged`] only if no descriptor had to change; `found` and `left` are those of
///   `target`.
/// * **Owed**: [`Scope::ThisCpu`](crate::operations::Scope::ThisCpu), last level, over the entries that became more
///   writable.
///
/// # Panics
///
/// Where `target` is not below [`SlotGroup::entries`].
#[inline]
pub fn set_access_flags_contiguous<G: SlotGroup + ?Sized>(
    group: &G,
    target: usize,
    entry: Descriptor,
    place: Place,
) -> Change {
    let mut result = set_access_flags(&group.slot(target), entry, place.in_group(target, group.entries()));
    for index in (0..group.entries()).filter(|index| *index != target) {
        let sibling = set_access_flags(&group.slot(index), entry, place.in_group(index, group.entries()));
        if sibling.outcome == Outcome::Changed {
            result.outcome = Outcome::Changed;
        }
        result.owed = result.owed.merge(sibling.owed);
    }
    result
}

/// [`set_access_flags_contiguous`] with [`build_entry`].
#[derive(Clone, Copy, Debug)]
pub struct C1;

impl GroupVariant for C1 {
    const NAME: &'static str = "c1";
    const ORIGIN: &'static str = "97c5550b7631 (7.0-rc3)";

    #[inline]
    fn build_entry(snapshot: Descriptor, write: bool) -> Descriptor {
        build_entry(snapshot, write)
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
