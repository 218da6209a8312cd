use super::{
    AddressSpace, Frames, InputRange, Mapping, Reason, Table, TableError, break_before_make_required,
};
use crate::address::{Asid, PhysicalAddress, VirtualAddress};
use crate::descriptor::{AccessPermission, Decoded, Descriptor, LeafAttributes, MemoryType, TableAttributes};
use crate::geometry::{Geometry, Granule, Level};
use crate::invalidation::{Place, Scope};
use crate::regime::{Range, Regime, Translation};
use crate::stage::Stage;
use core::{
    cell::Cell,
    mem::align_of,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};
extern crate std;
use std::{boxed::Box, vec::Vec};

/// Tables on the heap, at made-up physical addresses.
struct Heap {
    tables: Vec<Box<Table>>,
    used: Cell<usize>,
}

const BASE: u64 = 0x7_0000_0000;
const GEOMETRY: Geometry = Geometry::SIZE_4K;

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

    fn table(&self, address: PhysicalAddress) -> Option<&[AtomicU64]> {
        let index = usize::try_from(address.0.checked_sub(BASE)? / 4096).ok()?;
        self.tables.get(index).map(|table| &table.cells()[..])
    }
}

fn space(range: Range, bits: u8, frames: usize) -> AddressSpace<Heap> {
    let geometry = Geometry::SIZE_4K.with_input_bits(bits).expect("a size of the 4K granule");
    let input = InputRange { range, translation: Translation::stage_1(Regime::El10, geometry) };
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
    let page = usize::try_from(Granule::Size4K.page_size()).expect("a small number");
    assert_eq!((size_of::<Table>(), align_of::<Table>()), (page, page));
}

#[test]
fn pages_and_blocks_live_side_by_side_in_both_ranges() {
    for range in [Range::Lower, Range::Upper] {
        for bits in [48, 42, 39] {
            let upper = if range == Range::Lower { 0 } else { u64::MAX << bits };
            let space = space(range, bits, 8);
            for (address, output, level) in [
                (upper | 0x4000_0000, 0x8000_0000, Level::L1),
                (upper | 0x20_0000, 0x8020_0000, Level::L2),
                (upper | 0x5000, 0x8000_5000, Level::L3),
            ] {
                let request = mapping(address, output, level);
                let cell = space.map(&request).expect("free").cell.load(Relaxed);
                let inside = VirtualAddress(address + GEOMETRY.size(level) - 1);
                let leaf = space.leaf(inside).expect("mapped");
                assert_eq!(
                    (leaf.level(), leaf.place.address.0, leaf.place.asid),
                    (level, address, space.asid())
                );
                assert_eq!(leaf.cell.load(Relaxed), cell);
                let decoded = Descriptor(cell).decode(GEOMETRY, level);
                assert_eq!(decoded, Decoded::Leaf { output: PhysicalAddress(output) });
                assert_eq!(LeafAttributes::from_descriptor(Descriptor(cell)), request.attributes);
                let walk = space.walk(inside).expect("in range");
                let levels: Vec<_> = walk.steps().map(|step| step.level).collect();
                let first = space.geometry().start_level();
                let expected: Vec<_> =
                    Level::ALL.into_iter().filter(|at| (first..=level).contains(at)).collect();
                assert_eq!(levels, expected);
            }
        }
    }
}

#[test]
fn the_cell_is_where_its_address_says() {
    let space = space(Range::Lower, 39, 4);
    let leaf = space.map(&mapping(0x7000, 0x8000_0000, Level::L3)).map(|leaf| leaf.cell_address);
    assert_eq!(leaf, Ok(PhysicalAddress(BASE + 2 * 4096 + 7 * 8)));
}

#[test]
fn requests_that_make_no_sense_are_named() {
    let space = space(Range::Lower, 39, 3);
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
    let space = space(Range::Lower, 39, 4);
    let tables = TableAttributes { read_only: true, ..TableAttributes::NONE };
    space.map(&Mapping { tables, ..mapping(0, 0, Level::L3) }).map(|_| ()).expect("free");
    let walk = space.walk(VirtualAddress(0)).expect("in range");
    for step in walk.steps().take(2) {
        assert!(matches!(step.decoded, Decoded::Table { .. }));
        assert_eq!(TableAttributes::from_descriptor(step.descriptor), tables);
    }
    let error = space.map(&mapping(0x1000, 0, Level::L3)).map(|_| ()).expect_err("other attributes");
    assert_eq!(error, TableError::OtherTableAttributes(VirtualAddress(0x1000), Level::L1, tables));
}

#[test]
fn live_changes_owe_an_invalidation() {
    let space = space(Range::Lower, 39, 4);
    let address = VirtualAddress(0x3000);
    space.map(&mapping(0x3000, 0x8000_0000, Level::L3)).map(|_| ()).expect("free");
    let (before, owed) = space.change(address, true, |found| Stage::One.with_clean(found)).expect("no break");
    assert!(!before.is_read_only());
    assert_eq!((owed.start(), owed.scope(), owed.entries()), (address, Scope::AllCpus, 1));
    let error = space.change(address, true, |found| Descriptor(found.0 + 4096)).map(|_| ());
    assert_eq!(error, Err(TableError::NeedsBreak(address, Reason::OutputAddress)));
    let (removed, owed) = space.unmap(address).expect("mapped");
    assert_eq!(removed, Stage::One.with_clean(before));
    assert!(owed.is_owed() && owed.last_level_only());
    assert!(space.unmap(address).is_err() && space.change(address, true, |found| found).is_err());
    let (found, owed) = space.set_raw(address, Level::L3, before).expect("the table is still there");
    assert_eq!((found, owed.last_level_only()), (Descriptor::INVALID, false));
    assert_eq!(space.leaf(address).map(|leaf| leaf.cell.load(Relaxed)), Ok(before.0));
}

fn place(level: Level) -> Place {
    Place { address: VirtualAddress(0), asid: None, level, translation: Translation::EL10_4K }
}

#[test]
fn break_before_make_follows_the_list() {
    let old = Descriptor::leaf(
        GEOMETRY,
        Level::L3,
        PhysicalAddress(0x1000),
        LeafAttributes { permission: AccessPermission::ReadOnly, ..LeafAttributes::KERNEL_DATA },
    );
    let moved = |descriptor: Descriptor| Descriptor(descriptor.0 + 0x1000);
    let memory =
        MemoryType::NonCacheable as u64 * (Descriptor::ATTRIBUTE_INDEX & !(Descriptor::ATTRIBUTE_INDEX << 1));
    let free = Descriptor::AF
        | Descriptor::AP1
        | Stage::One.dirty_bit().mask()
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
        (old, Stage::One.with_dirty(moved(old)), false, true, Some(Reason::OutputAddress)),
        (Stage::One.with_dirty(old), moved(old), false, true, Some(Reason::OutputAddress)),
        (old.with(Descriptor::DBM), moved(old), false, true, None),
        (old.with(Descriptor::DBM), moved(old), true, true, Some(Reason::OutputAddress)),
        (old, Descriptor::INVALID, true, false, None),
        (Descriptor::INVALID, old, true, false, None),
    ];
    for (old, new, hd, same, reason) in cases {
        let found = break_before_make_required(old, new, place(Level::L3), hd, same);
        assert_eq!(found, reason, "{old} to {new}, hd={hd}, same contents={same}");
    }
    let block =
        Descriptor::leaf(GEOMETRY, Level::L2, PhysicalAddress(0x20_0000), LeafAttributes::KERNEL_DATA);
    let table = Descriptor::table(GEOMETRY, PhysicalAddress(0x5000), TableAttributes::NONE);
    let check = |old, new| break_before_make_required(old, new, place(Level::L2), false, true);
    assert_eq!(check(block, table), Some(Reason::Size));
    assert_eq!(check(table, moved(table)), Some(Reason::OutputAddress));
    assert_eq!(check(table, table.with(Descriptor::PXN_TABLE)), None);
}
