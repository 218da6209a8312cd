//! A site: a tree of tables with one leaf, or one contiguous group, and memory behind it.

use crate::machine::layout::PAGE_SIZE;
use crate::memory::case_memory::{CaseMemory, Run};
use crate::memory::{linear, mapping};
use crate::support::product::site::{Canary, WINDOW};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{AccessPermission, Descriptor, LeafAttributes};
use afdbm::geometry::{Geometry, Level};
use alloc::vec::Vec;
use cases::geometries::{Output, Placement, Shape};
use cases::product::Purpose;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use oracle::{Levels, Path, Siblings};
use platform::device_tree::PhysicalRange;

/// Where in its page an access goes: a multiple of every block that DC ZVA may zero.
const OFFSET: u64 = 2048;
/// Bytes of the largest contiguous group of pages, of 16K and of 64K.
const MEMORY: u64 = 2 << 20;

/// The memory that all sites of a CPU share: as much as the largest group of pages needs.
#[derive(Clone, Copy)]
pub struct Memory<'a>(Run<'a>);

impl<'a> Memory<'a> {
    /// Takes it; `None` for want of memory.
    pub fn take(memory: &'a CaseMemory) -> Option<Self> {
        memory.run(MEMORY / PAGE_SIZE, MEMORY).map(Self)
    }

    /// Returns the words around an access, and the address of their first: in the fifth page for data, in the seventh for
    /// code, so that a group has members on both sides.
    fn window(&self, geometry: Geometry, purpose: Purpose) -> (PhysicalAddress, &'a [AtomicU64]) {
        let page = if purpose == Purpose::Code { 7 } else { 5 };
        let offset = page * geometry.page_size() + OFFSET;
        (self.0.start().offset(offset), self.0.words(offset, WINDOW))
    }
}

/// Where accesses of one shape go, in one geometry.
pub struct Site<'a> {
    /// As the judge wants it.
    pub placement: Placement,
    /// The first table.
    pub root: PhysicalAddress,
    /// The words of memory around the access.
    pub words: &'a [AtomicU64],
    geometry: Geometry,
    level: Level,
    /// The Table descriptors, the first level's first.
    tables: Vec<&'a AtomicU64>,
    /// The leaf's cells: its group, or itself alone.
    leaves: &'a [AtomicU64],
    /// Which of them is accessed.
    member: usize,
    /// The cells beside them.
    canaries: [Option<Canary<'a>>; 2],
}

/// What became of the descriptors of a walk.
pub struct Read {
    /// The leaf.
    pub leaf: Descriptor,
    /// The other members of its group.
    pub siblings: Siblings,
    /// Every bit that changed in a Table descriptor, but for AF where it went from 0 to 1.
    pub tables: u64,
    /// The levels of the Table descriptors whose AF did.
    pub tables_accessed: Levels,
    /// Every bit that changed in a canary.
    pub neighbours: u64,
}

/// Takes a table of the geometry's, without a valid entry.
fn table(memory: &CaseMemory, geometry: Geometry) -> Option<(PhysicalAddress, &[AtomicU64])> {
    let size = geometry.page_size();
    let run = memory.run(size / PAGE_SIZE, size)?;
    let cells = run.words(0, geometry.granule().entries());
    cells.iter().for_each(|cell| cell.store(Descriptor::INVALID.0, Relaxed));
    Some((run.start(), cells))
}

/// Returns how many entries of the table of `level` a walk can take.
fn entries(geometry: Geometry, level: Level) -> u64 {
    let entries = geometry.granule().entries() as u64;
    entries.min(1 << (u32::from(geometry.input_bits()) - geometry.shift(level)))
}

/// Returns an address whose leaf, or whose group of `members`, is the last but one of its table's where there are as many, below
/// such an entry of each table, and which lies in it as `output` does: so every bit of an index counts but the lowest.
fn address(geometry: Geometry, level: Level, members: u64, output: PhysicalAddress) -> VirtualAddress {
    let mut address = output.0 & (geometry.size(level) * members - 1);
    let levels = Level::ALL.into_iter().filter(|at| (geometry.start_level()..=level).contains(at));
    for at in levels {
        let unit = if at == level { members } else { 1 };
        let units = entries(geometry, at) / unit;
        address |= (units.saturating_sub(2).max(units / 2).min(units - 1) * unit) << geometry.shift(at);
    }
    VirtualAddress(address)
}

impl<'a> Site<'a> {
    /// Builds the tables for accesses of a shape; `None` for want of memory, or where the leaf or its group may not lead to all
    /// that is there.
    pub fn new(memory: &'a CaseMemory, data: &Memory<'a>, geometry: Geometry, shape: Shape) -> Option<Self> {
        let level = shape.place.level;
        let members = if shape.contiguous { geometry.contiguous_entries(level)? } else { 1 };
        let (physical, words) = data.window(geometry, shape.purpose);
        let span = geometry.size(level) * members as u64;
        if !linear::may_lead_to(PhysicalRange::saturating(physical.align_down(span).0, span)) {
            return None;
        }
        let address = address(geometry, level, members as u64, physical);
        let (root, mut cells) = table(memory, geometry)?;
        let (mut tables, mut next) = (Vec::new(), [PhysicalAddress(0); 4]);
        let mut at = geometry.start_level();
        while at < level {
            let cell = &cells[geometry.index(at, address.0)];
            (next[tables.len()], cells) = table(memory, geometry)?;
            tables.push(cell);
            at = at.next()?;
        }
        let index = geometry.index(level, address.0);
        let first = index - index % members;
        let output = physical.align_down(geometry.size(level));
        let canary = |place: Option<usize>, valid| {
            plant(place.and_then(|place| cells.get(place)), geometry, level, (output, valid))
        };
        let last = usize::try_from(entries(geometry, level)).ok()?;
        let behind = (first + members < last).then_some(first + members);
        let canaries = [canary(first.checked_sub(1), true), canary(behind, false)];
        let is_narrow = mapping::lies_within(Output::NARROW);
        let placement = Placement { address, output, is_narrow, tables: next };
        let leaves = &cells[first..first + members];
        let member = index - first;
        Some(Self { placement, root, words, geometry, level, tables, leaves, member, canaries })
    }

    /// The words of the group's members, from that of the accessed one, in their order.
    fn members(&self, leaf: Descriptor) -> impl Iterator<Item = Descriptor> {
        let (geometry, size) = (self.geometry, self.geometry.size(self.level));
        let output = leaf.output(geometry, self.level);
        let first = output.align_down(size * self.leaves.len() as u64);
        (0..self.leaves.len() as u64)
            .map(move |member| leaf.with_address(geometry, first.offset(member * size)))
    }

    /// Writes the descriptors of a path.
    pub fn program(&self, path: &Path) {
        for (cell, word) in self.tables.iter().zip(path.tables(self.geometry.start_level())) {
            cell.store(word.0, Relaxed);
        }
        if let [only] = self.leaves {
            only.store(path.leaf().0, Relaxed);
        } else {
            for (cell, word) in self.leaves.iter().zip(self.members(path.leaf())) {
                cell.store(word.0, Relaxed);
            }
        }
    }

    /// Reads back what became of them.
    pub fn read(&self, path: &Path) -> Read {
        let start = self.geometry.start_level();
        let (mut tables, mut tables_accessed) = (0, Levels::NONE);
        let levels = Level::ALL.into_iter().skip(start.position());
        for ((cell, word), level) in self.tables.iter().zip(path.tables(start)).zip(levels) {
            let changed = cell.load(Relaxed) ^ word.0;
            if changed & Descriptor::AF & !word.0 != 0 {
                tables_accessed = tables_accessed.with(level);
            }
            tables |= changed & !(Descriptor::AF & !word.0);
        }
        let mut neighbours = 0;
        for canary in self.canaries.iter().flatten() {
            neighbours |= canary.mend();
        }
        let mut siblings = Siblings::default();
        if self.leaves.len() > 1 {
            for (member, (cell, was)) in self.leaves.iter().zip(self.members(path.leaf())).enumerate() {
                let is = Descriptor(cell.load(Relaxed));
                if member != self.member && is != was {
                    siblings = siblings.with(was, is);
                }
            }
        }
        let leaf = Descriptor(self.leaves[self.member].load(Relaxed));
        Read { leaf, siblings, tables, tables_accessed, neighbours }
    }

    /// Leaves no valid descriptor in the way of a walk.
    pub fn detach(&self) {
        match self.tables.first() {
            Some(first) => first.store(Descriptor::INVALID.0, Relaxed),
            None => self.leaves.iter().for_each(|leaf| leaf.store(Descriptor::INVALID.0, Relaxed)),
        }
    }
}

/// Writes a canary: a clean leaf for EL1, young, or old and invalid.
fn plant(
    cell: Option<&AtomicU64>,
    geometry: Geometry,
    level: Level,
    (output, valid): (PhysicalAddress, bool),
) -> Option<Canary<'_>> {
    let attributes = LeafAttributes {
        permission: AccessPermission::PrivilegedReadOnly,
        dirty_bit_modifier: true,
        accessed: valid,
        ..LeafAttributes::KERNEL_DATA
    };
    let leaf = Descriptor::leaf(geometry, level, output, attributes);
    let word = if valid { leaf } else { leaf.without(Descriptor::VALID) }.0;
    let cell = cell?;
    cell.store(word, Relaxed);
    Some(Canary { cell, word })
}
