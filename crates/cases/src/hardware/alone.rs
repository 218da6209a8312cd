//! An access that stage 1 alone translates: memory as a query has it, and what is seen of it afterwards.

use super::std::vec::Vec;
use super::{Format, HELD, Hardware, Memory, Run};
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;
use oracle::{Bytes, Event, LeafPlace, Leaves, Levels, Outcome, Pages, Query, Siblings};

/// TTBR0_EL1.
const ROOT: u64 = 0x2000_0000;
const AF: u64 = Descriptor::AF;

/// Makes the access of a query.
pub(crate) fn run(hardware: &Hardware, query: &Query) -> Outcome {
    let layout = Layout::of(query);
    let before = layout.memory.clone();
    let mut run = Run::new(hardware, query, None, (ROOT, 0), layout.memory, layout.data);
    let (event, _) = run.execute();
    let after = run.memory;
    let changed = |cell: u64| before.read(cell) ^ after.read(cell);
    let mut accessed = Levels::NONE;
    let mut tables_changed = 0;
    for (level, cell) in &layout.tables {
        let flagged = changed(*cell) & after.read(*cell) & AF;
        if flagged != 0 {
            accessed = accessed.with(*level);
        }
        tables_changed |= changed(*cell) & !flagged;
    }
    let member = |siblings: Siblings, cell: &u64| {
        siblings.with(Descriptor(before.read(*cell)), Descriptor(after.read(*cell)))
    };
    let siblings = layout.siblings.iter().fold(Siblings::default(), member);
    let mut known: Vec<u64> = layout.tables.iter().map(|(_, cell)| *cell).collect();
    known.extend(&layout.siblings);
    known.extend([layout.leaf, layout.data]);
    let bytes = match after.read(layout.data) {
        HELD => Bytes::Old,
        word if word == HELD + 1 => Bytes::New,
        _ => Bytes::Foreign,
    };
    Outcome {
        event,
        exceptions: u8::from(matches!(event, Event::Faulted(_))),
        leaves: Leaves::stage_1(Descriptor(after.read(layout.leaf)), query.paths[LeafPlace::SECOND].leaf()),
        siblings,
        tables_accessed: Pages([accessed, Levels::NONE]),
        tables_changed,
        neighbours_changed: after.changed(&before, &known),
        bytes: Pages([bytes, Bytes::Old]),
    }
}

/// Memory as a query has it, and where its descriptors stand.
struct Layout {
    memory: Memory,
    tables: Vec<(Level, u64)>,
    leaf: u64,
    /// The other members of a contiguous group.
    siblings: Vec<u64>,
    data: u64,
}

impl Layout {
    fn of(query: &Query) -> Self {
        let format = Format::of(query.controls.range.geometry);
        let path = &query.paths[LeafPlace::FIRST];
        let address = query.access.address.0;
        let mut memory = Memory::default();
        let mut tables = Vec::new();
        let mut base = ROOT;
        let levels = Level::ALL.into_iter().filter(|at| at.number() >= format.start && *at < path.leaf_level);
        for at in levels {
            let (cell, descriptor) =
                (format.cell(at.number(), base, address), path.descriptors[at.position()]);
            memory.write(cell, descriptor.0);
            tables.push((at, cell));
            base = format.address(descriptor.0);
        }
        let number = path.leaf_level.number();
        let leaf = format.cell(number, base, address);
        let (size, word) = (1_u64 << format.shift(number), path.leaf().0);
        let mut siblings = Vec::new();
        if word & Descriptor::CONTIGUOUS != 0 {
            let group = format.group(number);
            let first = leaf & !(8 * group - 1);
            for cell in (0..group).map(|member| first + 8 * member) {
                // Each leads to the next piece of memory.
                let steps = cell.wrapping_sub(leaf).cast_signed() / 8;
                memory.write(cell, word.wrapping_add_signed(steps * size.cast_signed()));
                siblings.push(cell);
            }
            siblings.retain(|cell| *cell != leaf);
        }
        memory.write(leaf, word);
        let data = format.address(word) & !(size - 1) | address & (size - 1);
        memory.write(data, HELD);
        Self { memory, tables, leaf, siblings, data }
    }
}
