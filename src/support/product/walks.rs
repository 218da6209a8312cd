//! The live descriptors of a walk: written before an access, read back after it.

use super::site::Walk;
use afdbm::descriptor::{Descriptor, Level};
use cases::product::GEOMETRY;
use core::sync::atomic::Ordering::Relaxed;
use oracle::{Path, Siblings};

/// The words of a group's members, from that of the accessed one, in their order.
fn member_words(leaf: Descriptor, level: Level) -> impl Iterator<Item = Descriptor> {
    let size = GEOMETRY.size(level);
    let entries = GEOMETRY.contiguous_entries(level).unwrap_or(1);
    let mut next = leaf.output(GEOMETRY, level).align_down(size * entries as u64);
    core::iter::repeat_with(move || {
        let word = leaf.with_address(GEOMETRY, next);
        next = next.offset(size);
        word
    })
}

/// Writes the descriptors of a walk.
pub fn program(walk: &Walk<'_>, path: &Path) {
    for (cell, word) in walk.tables.iter().zip(path.tables(GEOMETRY.start_level())) {
        cell.store(word.0, Relaxed);
    }
    if let [only] = walk.leaves {
        only.store(path.leaf().0, Relaxed);
    } else {
        for (cell, word) in walk.leaves.iter().zip(member_words(path.leaf(), path.leaf_level)) {
            cell.store(word.0, Relaxed);
        }
    }
}

/// What became of the descriptors of a walk.
pub struct Read {
    /// The leaf.
    pub leaf: Descriptor,
    /// The other members of its group.
    pub siblings: Siblings,
    /// Every bit that changed in a Table descriptor.
    pub tables: u64,
    /// Every bit that changed in a canary.
    pub neighbours: u64,
}

/// Reads the descriptors of a walk back, after the barriers, and mends the canaries.
pub fn read(walk: &Walk<'_>, path: &Path) -> Read {
    let mut tables = 0;
    for (cell, word) in walk.tables.iter().zip(path.tables(GEOMETRY.start_level())) {
        tables |= cell.load(Relaxed) ^ word.0;
    }
    let mut neighbours = 0;
    for canary in walk.canaries.iter().flatten() {
        neighbours |= canary.mend();
    }
    let before = path.leaf();
    let mut siblings = Siblings::default();
    if walk.leaves.len() > 1 {
        let changes = || {
            let members = walk.leaves.iter().zip(member_words(before, path.leaf_level)).enumerate();
            let others = members.filter(|(member, _)| *member != walk.member);
            others.map(|(_, (cell, was))| (was.0, cell.load(Relaxed)))
        };
        if changes().fold(0, |changed, (was, is)| changed | was ^ is) != 0 {
            for (was, is) in changes().filter(|(was, is)| was != is) {
                siblings = siblings.with(Descriptor(was), Descriptor(is));
            }
        }
    }
    Read { leaf: Descriptor(walk.leaves[walk.member].load(Relaxed)), siblings, tables, neighbours }
}
