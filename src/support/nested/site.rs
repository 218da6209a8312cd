//! A site: tables of stage 1 and memory, at intermediate physical addresses of the window of stage 2's tables.

use crate::machine::layout::PAGE_SIZE;
use crate::memory::case_memory::{CaseMemory, Run};
use crate::memory::stage_2::{Cell, Stage2Tables};
use crate::support::product::site::{Canary, WINDOW};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{AccessPermission, Descriptor, LeafAttributes};
use afdbm::geometry::{Geometry, Level};
use cases::nested::{Place, Placement, STAGE_1};
use cases::product::Purpose;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use oracle::{NestedQuery, Stage2Page, Stage2Pages, Stage2Walk};

/// Bytes of the memory of all sites: the Block of level 2 that stage 1 and stage 2 may map it by.
const MEMORY: u64 = 2 << 20;
/// Where in its page an access goes: a multiple of every block that DC ZVA may zero.
const OFFSET: u64 = 2048;
/// The pages of data and of code in the memory: with 64K, too, each has neighbours that the other does not have.
const DATA_PAGE: u64 = 5;
const CODE_PAGE: u64 = DATA_PAGE + 4 * 16;
/// Where the tables of level 2 and of level 3, and the memory, are in the window: each in a page of stage 2's own, the memory
/// at a multiple of every Block.
const TABLES: [u64; 2] = [4 << 16, 8 << 16];
const MEMORY_IN_WINDOW: u64 = 512 << 20;
/// The entry of the table of level 2 that is accessed: the last but one.
const ENTRY: u64 = 510;
/// A leaf of stage 2 that is writable-clean, or with AF 0 invalid: what a canary holds but its address.
const CLEAN: u64 = 1 << 6 | Descriptor::DBM | 0b1111 << 2 | 0b11 << 8;

/// The memory that all sites of a CPU share.
#[derive(Clone, Copy)]
pub struct Memory<'a>(Run<'a>);

impl<'a> Memory<'a> {
    /// Takes it; `None` for want of memory.
    pub fn take(memory: &'a CaseMemory) -> Option<Self> {
        memory.run(MEMORY / PAGE_SIZE, MEMORY).map(Self)
    }

    /// Returns where accesses for a purpose go, from the first byte of the memory on, and the words there.
    pub fn words(&self, purpose: Purpose) -> (u64, &'a [AtomicU64]) {
        let page = if purpose == Purpose::Code { CODE_PAGE } else { DATA_PAGE };
        let offset = page * PAGE_SIZE + OFFSET;
        (offset, self.0.words(offset, WINDOW))
    }
}

/// Where accesses go through one setting of stage 2's tables, for one purpose.
pub struct Site<'a> {
    /// The words of memory around the access.
    pub words: &'a [AtomicU64],
    /// The first table of stage 1, an intermediate physical address.
    pub root: PhysicalAddress,
    address: VirtualAddress,
    memory: PhysicalAddress,
    walks: Stage2Pages<Stage2Walk>,
    /// The cells of stage 1, of the levels 2 and 3.
    stage_1: [Cell<'a>; 2],
    /// Those of stage 2, for the tables of those levels and for the data.
    stage_2: [Cell<'a>; 3],
    canaries: [Option<Canary<'a>>; 8],
}

/// The pages that stage 2 translates, in the order of [`Site::stage_2`].
pub const PAGES: [Stage2Page; 3] =
    [Stage2Page::Table(Level::L2), Stage2Page::Table(Level::L3), Stage2Page::Data];

impl<'a> Site<'a> {
    /// Builds the tables of stage 1, and the part of stage 2's that translates them; `None` for want of memory.
    pub fn new(
        memory: &'a CaseMemory,
        data: &Memory<'a>,
        tables: &mut Stage2Tables<'a>,
        (place, geometry): (Place, Geometry),
        purpose: Purpose,
    ) -> Option<Self> {
        let window = tables.window();
        let (offset, words) = data.words(purpose);
        let address = VirtualAddress(ENTRY * STAGE_1.size(Level::L2)).offset(offset);
        let (mut walks, mut stage_1, mut stage_2) = (Stage2Pages::of(nowhere()), [None; 2], [None; 3]);
        for (number, level) in [Level::L2, Level::L3].into_iter().enumerate() {
            // As large as a page of stage 2, so that this maps nothing else.
            let size = geometry.page_size();
            let run = memory.run(size / PAGE_SIZE, size)?;
            let cells = run.words(0, STAGE_1.granule().entries());
            cells.iter().for_each(|cell| cell.store(Descriptor::INVALID.0, Relaxed));
            let (table, index) = (window.offset(TABLES[number]), STAGE_1.index(level, address.0));
            stage_1[number] = Some(Cell::new(cells, index));
            let path = tables.path(table, Level::L3, run.start())?;
            stage_2[number] = Some(tables.cell(table, Level::L3)?);
            let read = table.offset(8 * index as u64);
            walks[Stage2Page::Table(level)] = Stage2Walk { address: read, path };
        }
        let memory = window.offset(MEMORY_IN_WINDOW);
        let within = geometry.offset(place.level, offset);
        let output = data.0.start().offset(offset - within);
        let path = tables.path(memory.offset(offset), place.level, output)?;
        walks[Stage2Page::Data] = Stage2Walk { address: memory.offset(offset), path };
        stage_2[2] = Some(tables.cell(memory.offset(offset), place.level)?);
        let [Some(first), Some(last)] = stage_1 else { return None };
        let [Some(of_first), Some(of_last), Some(of_data)] = stage_2 else { return None };
        let mut site = Self {
            words,
            root: window.offset(TABLES[0]),
            address,
            memory,
            walks,
            stage_1: [first, last],
            stage_2: [of_first, of_last, of_data],
            canaries: [const { None }; 8],
        };
        site.plant(geometry, place.level, output);
        Some(site)
    }

    /// Writes the canaries: beside the leaf of stage 1 at each level, and of stage 2 for a table and for the data.
    fn plant(&mut self, geometry: Geometry, level: Level, output: PhysicalAddress) {
        let clean = LeafAttributes {
            permission: AccessPermission::PrivilegedReadOnly,
            dirty_bit_modifier: true,
            ..LeafAttributes::KERNEL_DATA
        };
        let of_stage_1 =
            |level| Descriptor::leaf(STAGE_1, level, self.memory, clean).without(Descriptor::VALID);
        let kind = if level == Level::L3 { Descriptor::TABLE_OR_PAGE } else { 0 };
        let of_data = CLEAN | Descriptor::VALID | Descriptor::AF | kind | geometry.encode_address(output);
        let of_table = CLEAN | Descriptor::TABLE_OR_PAGE;
        let words = [
            (self.stage_1[0], of_stage_1(Level::L2)),
            (self.stage_1[1], of_stage_1(Level::L3).with(Descriptor::VALID)),
            (self.stage_2[1], Descriptor(of_table)),
            (self.stage_2[2], Descriptor(of_data)),
        ];
        let beside = words.into_iter().flat_map(|(cell, word)| cell.beside().map(|beside| (beside, word)));
        for (canary, (cell, word)) in self.canaries.iter_mut().zip(beside) {
            *canary = cell.map(|cell| {
                cell.store(word.0, Relaxed);
                Canary { cell, word: word.0 }
            });
        }
    }

    /// Returns where an access goes whose leaf of stage 1 is of a level.
    pub fn placement(&self, leaf_level: Level) -> Placement {
        let within = STAGE_1.offset(Level::L2, self.address.0);
        let output = self.memory.offset(within - STAGE_1.offset(leaf_level, within));
        Placement { address: self.address, output, walks: self.walks }
    }

    /// Writes the descriptors of a query.
    pub fn program(&self, query: &NestedQuery) {
        let path = &query.stage_1.paths[oracle::LeafPlace::FIRST];
        for (cell, level) in self.stage_1.iter().zip([Level::L2, Level::L3]) {
            if level <= path.leaf_level {
                cell.own().store(path.descriptors[level.position()].0, Relaxed);
            }
        }
        for (cell, page) in self.stage_2.iter().zip(PAGES) {
            cell.own().store(query.walks[page].path.leaf().0, Relaxed);
        }
    }

    /// Returns the leaf of stage 1, the bits that changed in the Table descriptor above it, and the leaves of stage 2.
    pub fn read(&self, query: &NestedQuery) -> (Descriptor, u64, Stage2Pages<Descriptor>) {
        let path = &query.stage_1.paths[oracle::LeafPlace::FIRST];
        let [first, last] = self.stage_1.map(|cell| cell.own().load(Relaxed));
        let (leaf, tables) = match path.leaf_level {
            Level::L2 => (first, 0),
            _ => (last, first ^ path.descriptors[Level::L2.position()].0),
        };
        let mut leaves = Stage2Pages::of(Descriptor::INVALID);
        for page in Stage2Page::ALL {
            leaves[page] = query.walks[page].path.leaf();
        }
        for (cell, page) in self.stage_2.iter().zip(PAGES) {
            leaves[page] = Descriptor(cell.own().load(Relaxed));
        }
        (Descriptor(leaf), tables, leaves)
    }

    /// Returns every bit that changed in a canary, and mends it.
    pub fn neighbours(&self) -> u64 {
        self.canaries.iter().flatten().fold(0, |changed, canary| changed | canary.mend())
    }
}

/// A walk that is not part of any.
fn nowhere() -> Stage2Walk {
    let descriptors = [Descriptor::INVALID; Level::ALL.len()];
    let path = oracle::Path { descriptors, leaf_level: Level::L3 };
    Stage2Walk { address: PhysicalAddress(0), path }
}
