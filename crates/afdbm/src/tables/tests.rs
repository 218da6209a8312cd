use super::{
    AddressSpace, Frames, InputRange, Mapping, Range, Reason, Table, TableError, break_before_make_required,
};
use crate::address::{Asid, PhysicalAddress, VirtualAddress};
use crate::descriptor::{
    AccessPermission, Decoded, Descriptor, LeafAttributes, Level, MemoryType, TableAttributes,
};
use crate::operations::Scope;
use core::{cell::Cell, mem::align_of, sync::atomic::Ordering::Relaxed};
extern crate std;
use std::{boxed::Box, vec::Vec};

/// Tables on the heap, at made-up physical addresses.
struct Heap {
    tables: Vec<Box<Table>>,
    used: Cell<usize>,
}

const BASE: u64 = 0x7_0000_0000;

impl Heap {
    fn new(frames: usize) -> Self {
        Self { tables: (0..frames).map(|_| Box::default()).collect(), used: Cell::new(0) }
    }
}

impl Frames for Heap {
    fn allocate(&self) -> Option<PhysicalAddress> {
        let index = self.used.get();
        self.used.set(index + 1);
        (index < self.tables.len()).then(|| PhysicalAddress(BASE + 4096 * index as u64))
    }

    fn table(&self, address: PhysicalAddress) -> Option<&Table> {
        let index = usize::try_from(address.0.checked_sub(BASE)? / 4096).ok()?;
        self.tables.get(index).map(|table| &**table)
    }
}

fn space(range: Range, size: u32, frames: usize) -> AddressSpace<Heap> {
    let input = InputRange::new(range, size).expect("a size of the 4K granule");
    AddressSpace::new(Heap::new(frames), input, Some(Asid(7))).expect("a frame for the root")
}

fn mapping(address: u64, output: u64, level: Level) -> Mapping {
    Mapping {
        address: VirtualAddress(address),
        output: PhysicalAddress(output),
        level,
        attributes: LeafAttributes { dirty_bit_modifier: true, ..LeafAttributes::KERNEL_DATA },
        tables: TableAttributes::NONE,
    }
}

#[test]
fn a_table_is_a_frame() {
    assert_eq!((size_of::<Table>(), align_of::<Table>()), (4096, 4096));
}

#[test]
fn the_first_level_follows_from_the_size() {
    let level = |size| InputRange::new(Range::Lower, size).map(InputRange::start_level);
    assert_eq!(
        [16, 24, 25, 33, 34, 39].map(level),
        [
            Some(Level::L0),
            Some(Level::L0),
            Some(Level::L1),
            Some(Level::L1),
            Some(Level::L2),
            Some(Level::L2),
        ]
    );
    assert_eq!([15, 40].map(level), [None, None]);
}

#[test]
fn pages_and_blocks_live_side_by_side_in_both_ranges() {
    for range in [Range::Lower, Range::Upper] {
        for size in [16, 22, 25] {
            let upper = if range == Range::Lower { 0 } else { u64::MAX << (64 - size) };
            let space = space(range, size, 8);
            for (address, output, level) in [
                (upper | 0x4000_0000, 0x8000_0000, Level::L1),
                (upper | 0x20_0000, 0x8020_0000, Level::L2),
                (upper | 0x5000, 0x8000_5000, Level::L3),
            ] {
                let request = mapping(address, output, level);
                let cell = space.map(&request).expect("free").cell.load(Relaxed);
                let inside = VirtualAddress(address + level.size() - 1);
                let leaf = space.leaf(inside).expect("mapped");
                assert_eq!(
                    (leaf.level(), leaf.place.address.0, leaf.place.asid),
                    (level, address, space.asid())
                );
                assert_eq!(leaf.cell.load(Relaxed), cell);
                let decoded = Descriptor(cell).decode(level);
                let attributes = request.attributes;
                assert_eq!(decoded, Decoded::Leaf { output: PhysicalAddress(output), attributes });
                let walk = space.walk(inside).expect("in range");
                let levels: Vec<_> = walk.steps().map(|step| step.level).collect();
                let first = space.input().start_level();
                let expected: Vec<_> =
                    Level::ALL.into_iter().filter(|at| (first..=level).contains(at)).collect();
                assert_eq!(levels, expected);
            }
        }
    }
}

#[test]
fn the_cell_is_where_its_address_says() {
    let space = space(Range::Lower, 25, 4);
    let leaf = space.map(&mapping(0x7000, 0x8000_0000, Level::L3)).map(|leaf| leaf.cell_address);
    assert_eq!(leaf, Ok(PhysicalAddress(BASE + 2 * 4096 + 7 * 8)));
}

#[test]
fn requests_that_make_no_sense_are_named() {
    let space = space(Range::Lower, 25, 3);
    let error = |mapping| space.map(&mapping).map(|_| ()).expect_err("refused");
    let (high, odd) = (VirtualAddress(1 << 39), VirtualAddress(0x1000));
    assert_eq!(error(mapping(1 << 39, 0, Level::L3)), TableError::OutOfRange(high));
    assert_eq!(error(mapping(0x1000, 0, Level::L2)), TableError::MisalignedInput(odd, Level::L2));
    let output = PhysicalAddress(0x1000);
    assert_eq!(error(mapping(0, 0x1000, Level::L2)), TableError::MisalignedOutput(output, Level::L2));
    let output = PhysicalAddress(1 << 48);
    assert_eq!(error(mapping(0, 1 << 48, Level::L3)), TableError::MisalignedOutput(output, Level::L3));
    assert_eq!(error(mapping(0, 0, Level::L0)), TableError::NoLeafAt(Level::L0));
    assert!(matches!(space.leaf(odd), Err(TableError::NotMapped(_, Level::L1, Descriptor::INVALID))));
    space.map(&mapping(0, 0, Level::L3)).map(|_| ()).expect("the last two frames");
    assert!(matches!(error(mapping(0, 0, Level::L3)), TableError::AlreadyMapped(_, Level::L3, _)));
    assert!(matches!(error(mapping(0, 0, Level::L2)), TableError::AlreadyMapped(_, Level::L2, _)));
    assert_eq!(error(mapping(1 << 30, 0, Level::L3)), TableError::OutOfFrames);
}

#[test]
fn table_attributes_are_those_asked_for_or_an_error() {
    let space = space(Range::Lower, 25, 4);
    let tables = TableAttributes { read_only: true, ..TableAttributes::NONE };
    space.map(&Mapping { tables, ..mapping(0, 0, Level::L3) }).map(|_| ()).expect("free");
    let walk = space.walk(VirtualAddress(0)).expect("in range");
    let found: Vec<_> = walk.steps().map(|step| step.decode()).collect();
    assert!(matches!(found[0], Decoded::Table { attributes, .. } if attributes == tables));
    assert!(matches!(found[1], Decoded::Table { attributes, .. } if attributes == tables));
    let error = space.map(&mapping(0x1000, 0, Level::L3)).map(|_| ()).expect_err("other attributes");
    assert_eq!(error, TableError::OtherTableAttributes(VirtualAddress(0x1000), Level::L1, tables));
}

#[test]
fn live_changes_owe_an_invalidation() {
    let space = space(Range::Lower, 25, 4);
    let address = VirtualAddress(0x3000);
    space.map(&mapping(0x3000, 0x8000_0000, Level::L3)).map(|_| ()).expect("free");
    let (before, owed) = space.change(address, true, |found| found.with(Descriptor::AP2)).expect("no break");
    assert!(!before.is_read_only());
    assert_eq!((owed.start(), owed.scope(), owed.entries()), (address, Scope::AllCpus, 1));
    let error = space.change(address, true, |found| Descriptor(found.0 + 4096)).map(|_| ());
    assert_eq!(error, Err(TableError::NeedsBreak(address, Reason::OutputAddress)));
    let (removed, owed) = space.unmap(address).expect("mapped");
    assert_eq!(removed, before.with(Descriptor::AP2));
    assert!(owed.is_owed() && owed.last_level_only());
    assert!(space.unmap(address).is_err() && space.change(address, true, |found| found).is_err());
    let (found, owed) = space.set_raw(address, Level::L3, before).expect("the table is still there");
    assert_eq!((found, owed.last_level_only()), (Descriptor::INVALID, false));
    assert_eq!(space.leaf(address).map(|leaf| leaf.cell.load(Relaxed)), Ok(before.0));
}

#[test]
fn break_before_make_follows_the_list() {
    let old = Descriptor::leaf(
        Level::L3,
        PhysicalAddress(0x1000),
        LeafAttributes { permission: AccessPermission::ReadOnly, ..LeafAttributes::KERNEL_DATA },
    );
    let moved = |descriptor: Descriptor| Descriptor(descriptor.0 + 0x1000);
    let memory =
        MemoryType::NonCacheable as u64 * (Descriptor::ATTRIBUTE_INDEX & !(Descriptor::ATTRIBUTE_INDEX << 1));
    let free = Descriptor::AF
        | Descriptor::AP1
        | Descriptor::AP2
        | Descriptor::DBM
        | Descriptor::PXN
        | Descriptor::UXN;
    let cases = [
        (old, Descriptor(old.0 ^ free), false, false, None),
        (old, old.with(memory), false, true, Some(Reason::MemoryType)),
        (old, old.without(Descriptor::SHAREABILITY), false, true, Some(Reason::MemoryType)),
        (old, old.with(Descriptor::NG), false, true, Some(Reason::Global)),
        (old, old.with(Descriptor::CONTIGUOUS), false, true, Some(Reason::Size)),
        (old, moved(old), false, true, None),
        (old, moved(old), false, false, Some(Reason::OutputAddress)),
        (old, moved(old).without(Descriptor::AP2), false, true, Some(Reason::OutputAddress)),
        (old.without(Descriptor::AP2), moved(old), false, true, Some(Reason::OutputAddress)),
        (old.with(Descriptor::DBM), moved(old), false, true, None),
        (old.with(Descriptor::DBM), moved(old), true, true, Some(Reason::OutputAddress)),
        (old, Descriptor::INVALID, true, false, None),
        (Descriptor::INVALID, old, true, false, None),
    ];
    for (old, new, hd, same, reason) in cases {
        let found = break_before_make_required(old, new, Level::L3, hd, same);
        assert_eq!(found, reason, "{old} to {new}, hd={hd}, same contents={same}");
    }
    let block = Descriptor::leaf(Level::L2, PhysicalAddress(0x20_0000), LeafAttributes::KERNEL_DATA);
    let table = Descriptor::table(PhysicalAddress(0x5000), TableAttributes::NONE);
    let check = |old, new| break_before_make_required(old, new, Level::L2, false, true);
    assert_eq!(check(block, table), Some(Reason::Size));
    assert_eq!(check(table, moved(table)), Some(Reason::OutputAddress));
    assert_eq!(check(table, table.with(Descriptor::PXN_TABLE)), None);
}
