//! The host's machine with both stages.

use crate::hardware::{Format, HELD, Hardware, Memory, Run};
use crate::nested::{BothStages, Placement, STAGE_1, Shape};
use crate::product::Purpose;
use crate::space::{Implemented, Machine};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;
use oracle::{
    Bytes, Event, Features, LeafPlace, Leaves, NestedOutcome, NestedQuery, Outcome, Pages, Path, Siblings,
    Stage2Page, Stage2Pages, Stage2Seen, Stage2Walk,
};
use std::vec::Vec;

extern crate std;

/// Bits 29:21, 20:12 and the offset all differ.
const ADDRESS: u64 = 0x2a5c_d040;
/// VTTBR_EL2: room for 16 tables of 64K.
const ROOT: u64 = 0x1000_0000;
/// The tables of stage 2 below the first, a 64K each.
const TABLES: u64 = 0x1100_0000;
const TABLE_2: Stage2Page = Stage2Page::Table(Level::L2);
const TABLE_3: Stage2Page = Stage2Page::Table(Level::L3);
/// The pages that stage 2 translates, with bits of intermediate physical address and a physical address.
const PAGES: [(Stage2Page, u64, u64); 3] = [
    (TABLE_2, 0x5a1_2345_6000, 0x2080_0000),
    (TABLE_3, 0x3c9_9a8b_7000, 0x20c0_0000),
    (Stage2Page::Data, 0x6d2_5cc4_5000, 0x2040_0000),
];

/// The intermediate physical address of a page: it fills the input, and has its highest bit.
fn intermediate(bits: u64, format: &Format) -> u64 {
    let top = 1 << (format.input - 1);
    bits & (top - 1) | top
}

impl Machine<BothStages> for Hardware {
    fn features(&self) -> Features {
        self.features
    }

    fn implemented(&self) -> Implemented {
        // 48 bits of physical address, every granule, FEAT_XNX.
        Implemented { mmfr0: 5 | 1 << 20, mmfr1: 1 << 28, mmfr2: 0, mmfr3: 0 }
    }

    fn place(&mut self, shape: Shape) -> Option<Placement> {
        let format = Format::of(shape.place.geometry(&Machine::<BothStages>::implemented(self)));
        let level = shape.walked.leaf_level();
        let first = Format::of(STAGE_1);
        let offset = ADDRESS & ((1 << first.shift(level.number())) - 1);
        let mut output = 0;
        let mut walks = Stage2Pages::of(Stage2Walk {
            address: PhysicalAddress(0),
            path: Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: Level::L3 },
        });
        // The code lies elsewhere.
        let code = if shape.purpose == Purpose::Code { 1 << 21 } else { 0 };
        for (number, (page, bits, physical)) in (0..).zip(PAGES) {
            let base = intermediate(bits ^ if page == Stage2Page::Data { code } else { 0 }, &format);
            let (address, leaf_level) = match page {
                Stage2Page::Data => {
                    output = base & !((1 << first.shift(level.number())) - 1);
                    (output | offset, shape.place.level)
                }
                Stage2Page::Table(of) => (first.cell(of.number(), base, ADDRESS), Level::L3),
            };
            let mut descriptors = [Descriptor::INVALID; Level::ALL.len()];
            for at in Level::ALL.into_iter().filter(|at| at.number() >= format.start && *at < leaf_level) {
                let next = TABLES + (number * 8 + at.position() as u64) * 0x1_0000;
                // The first table is one for all, and those below it each walk's own.
                descriptors[at.position()] = Descriptor(next | 0b11);
            }
            let kind = if leaf_level == Level::L3 { 0b10 } else { 0 };
            descriptors[leaf_level.position()] = Descriptor(physical | kind);
            walks[page] =
                Stage2Walk { address: PhysicalAddress(address), path: Path { descriptors, leaf_level } };
        }
        Some(Placement { address: VirtualAddress(ADDRESS), output: PhysicalAddress(output), walks })
    }

    fn run(&mut self, _shape: Shape, query: &NestedQuery) -> NestedOutcome {
        let layout = Layout::of(query);
        let before = layout.memory.clone();
        let first = Format::of(STAGE_1);
        let index = first.cell(2, 0, ADDRESS);
        let root = query.walks[TABLE_2].address.0 - index;
        let mut run =
            Run::new(self, &query.stage_1, Some(query.controls), (root, ROOT), layout.memory, layout.data);
        let (event, abort) = run.execute();
        let after = run.memory;
        let leaf = Descriptor(after.read(layout.leaf));
        let mut leaves = Stage2Pages::of(Descriptor::INVALID);
        for page in Stage2Page::ALL {
            let cell = layout.leaves.iter().find(|(of, _)| *of == page);
            let held = cell.map(|(_, cell)| Descriptor(after.read(*cell)));
            leaves[page] = held.unwrap_or_else(|| query.walks[page].path.leaf());
        }
        let tables_changed = layout.table.map_or(0, |table| before.read(table) ^ after.read(table));
        let mut known: Vec<u64> = layout.leaves.iter().map(|(_, cell)| *cell).collect();
        known.extend([layout.leaf, layout.data]);
        known.extend(layout.table);
        let bytes = match after.read(layout.data) {
            HELD => Bytes::Old,
            word if word == HELD + 1 => Bytes::New,
            _ => Bytes::Foreign,
        };
        let stage_1 = Outcome {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(leaf, query.stage_1.paths[LeafPlace::SECOND].leaf()),
            siblings: Siblings::default(),
            tables_accessed: Pages::default(),
            tables_changed,
            neighbours_changed: after.changed(&before, &known),
            bytes: Pages([bytes, Bytes::Old]),
        };
        NestedOutcome { stage_1, stage_2: Stage2Seen { abort: abort.map(PhysicalAddress), leaves } }
    }
}

/// Memory as a query has it, and where its descriptors stand.
struct Layout {
    memory: Memory,
    /// The leaf of stage 1, and the table above it.
    leaf: u64,
    table: Option<u64>,
    /// The leaves of stage 2.
    leaves: Vec<(Stage2Page, u64)>,
    data: u64,
}

impl Layout {
    fn of(query: &NestedQuery) -> Self {
        let format = Format::of(query.controls.geometry);
        let stage_1 = &query.stage_1.paths[LeafPlace::FIRST];
        let is_page = stage_1.leaf_level == Level::L3;
        let mut memory = Memory::default();
        let mut leaves = Vec::new();
        let mut placed = |memory: &mut Memory, page: Stage2Page| {
            let walk = &query.walks[page];
            let (address, level) = (walk.address.0, walk.path.leaf_level);
            let mut base = ROOT;
            for at in Level::ALL.into_iter().filter(|at| at.number() >= format.start && *at <= level) {
                let cell = format.cell(at.number(), base, address);
                let descriptor = walk.path.descriptors[at.position()];
                assert!(at.number() == format.start || memory.read(cell) == 0, "a cell of one walk");
                memory.write(cell, descriptor.0);
                base = format.address(descriptor.0);
                if at == level {
                    leaves.push((page, cell));
                }
            }
            let size = 1 << format.shift(level.number());
            base & !(size - 1) | address & (size - 1)
        };
        let upper = placed(&mut memory, TABLE_2);
        let lower = is_page.then(|| placed(&mut memory, TABLE_3));
        let data = placed(&mut memory, Stage2Page::Data);
        let (leaf, table) = match lower {
            Some(lower) => (lower, Some(upper)),
            None => (upper, None),
        };
        memory.write(leaf, stage_1.leaf().0);
        if let Some(table) = table {
            memory.write(table, stage_1.descriptors[Level::L2.position()].0);
        }
        memory.write(data, HELD);
        Self { memory, leaf, table, leaves, data }
    }
}
