//! Operations on a contiguous group, whose flags hardware may keep in any member.

use crate::descriptor::Descriptor;
use crate::operations::{
    Change, Invalidation, Outcome, Place, Slot, SlotGroup, make_old, set_access_flags, write_protect,
};

/// Runs `one` on each cell but `target`, after it ran on `target`; merges what is owed.
fn on_each<G: SlotGroup + ?Sized>(
    group: &G,
    target: usize,
    place: Place,
    one: impl Fn(&dyn Slot, Place) -> Change,
) -> Change {
    let entries = group.entries();
    let mut result = one(&group.slot(target), place.in_group(target, entries));
    for index in (0..entries).filter(|index| *index != target) {
        let sibling = one(&group.slot(index), place.in_group(index, entries));
        if sibling.outcome == Outcome::Changed {
            result.outcome = Outcome::Changed;
        }
        result.owed = result.owed.merge(sibling.owed);
    }
    result
}

/// Records an access in every descriptor of a contiguous group (Linux: `contpte_ptep_set_access_flags`; c1, commit
/// 97c5550b7631).
///
/// Runs [`set_access_flags()`] on each cell, so that the question whether anything is to be done is put to each raw
/// descriptor: a walker may read any of them (Arm ARM R_XDPXQ), and one that manages nothing by itself must find
/// its own one right. The flags of the group stay alike but for what hardware adds.
///
/// * **From memory, from the entry, lock**: as [`set_access_flags()`]; the lock covers the group.
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
    on_each(group, target, place, |slot, place| set_access_flags(slot, entry, place))
}

/// Clears the Access flag of every descriptor of a contiguous group, and tells whether any was set
/// (Linux: `contpte_ptep_test_and_clear_young`).
///
/// As [`test_and_clear_young`](crate::operations::test_and_clear_young); the invalidation covers the entries that
/// were young.
#[inline]
pub fn test_and_clear_young_contiguous<G: SlotGroup + ?Sized>(
    group: &G,
    place: Place,
) -> (bool, Invalidation) {
    let change = on_each(group, 0, place, |slot, place| make_old(slot, place));
    (change.outcome == Outcome::Changed, change.owed)
}

/// Withdraws the permission to write from every descriptor of a contiguous group, and keeps the dirty state of each
/// (Linux: `contpte_wrprotect_ptes`).
///
/// As [`write_protect()`]. Until it returns, the members differ in W and RO, which is CONSTRAINED only to one of the
/// values (Arm ARM I_QTRPM); the invalidation ends that.
#[inline]
pub fn write_protect_contiguous<G: SlotGroup + ?Sized>(group: &G, place: Place) -> Change {
    on_each(group, 0, place, |slot, place| write_protect(slot, place))
}
