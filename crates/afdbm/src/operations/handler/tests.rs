use super::{handle_fault, handle_group_fault};
use crate::address::{Asid, PhysicalAddress, VirtualAddress};
use crate::descriptor::{AccessPermission, Descriptor, LeafAttributes};
use crate::fault::{Fault, FaultStatus, Syndrome};
use crate::geometry::{Geometry, Level};
use crate::operations::{C1, Closed, Handled, LockFree, Outcome, Place, Refusal, Scope, V4};
use crate::regime::Translation;
use crate::stage::Stage;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

const DATA_ABORT: u64 = 0x25 << 26;
const DATA_ABORT_LOWER: u64 = 0x24 << 26;
const INSTRUCTION_ABORT: u64 = 0x21 << 26;
const WRITE: u64 = 1 << 6;
const MAINTENANCE: u64 = 1 << 8;
const ACCESS_FLAG: u64 = 0x08;
const PERMISSION: u64 = 0x0c;

const ATTRIBUTES: LeafAttributes = LeafAttributes {
    permission: AccessPermission::ReadOnly,
    dirty_bit_modifier: true,
    accessed: false,
    ..LeafAttributes::KERNEL_DATA
};

fn place(level: Level) -> Place {
    Place {
        address: VirtualAddress(0x4000_0000),
        asid: Some(Asid(1)),
        level,
        translation: Translation::EL10_4K,
    }
}

fn leaf(level: Level) -> Descriptor {
    Descriptor::leaf(Geometry::SIZE_4K, level, PhysicalAddress(0x8000_0000), ATTRIBUTES)
}

fn fault(syndrome: u64, level: Level) -> Fault {
    let syndrome = Syndrome(syndrome | u64::from(level.number().unsigned_abs()));
    Fault { syndrome, address: place(level).address }
}

fn run(syndrome: u64, memory: Descriptor, level: Level) -> (Handled, Descriptor) {
    let cell = AtomicU64::new(memory.0);
    let handled = handle_fault::<V4, _, _>(&fault(syndrome, level), &cell, place(level), &Closed);
    (handled, Descriptor(cell.load(Relaxed)))
}

#[test]
fn a_read_makes_a_page_young_and_owes_nothing() {
    for level in [Level::L1, Level::L2, Level::L3] {
        for syndrome in [DATA_ABORT | ACCESS_FLAG, INSTRUCTION_ABORT | ACCESS_FLAG] {
            let (handled, memory) = run(syndrome, leaf(level), level);
            assert_eq!(memory, leaf(level).with(Descriptor::AF));
            let Handled::Resolved(change) = handled else { panic!("{handled:?}") };
            assert!(!change.owed.is_owed());
        }
    }
}

#[test]
fn a_write_to_an_old_clean_page_is_resolved_at_once() {
    for level in [Level::L1, Level::L2, Level::L3] {
        for status in [ACCESS_FLAG, PERMISSION] {
            let (handled, memory) = run(DATA_ABORT | WRITE | status, leaf(level), level);
            let flags = Descriptor::AF | Descriptor::SOFTWARE_DIRTY;
            assert_eq!(memory, Stage::One.with_dirty(leaf(level).with(flags)));
            let Handled::Resolved(change) = handled else { panic!("{handled:?}") };
            assert_eq!((change.owed.scope(), change.owed.bytes()), (Scope::ThisCpu, place(level).size()));
        }
    }
}

#[test]
fn a_fault_that_finds_nothing_to_change_owes_a_local_invalidation() {
    let done = Stage::One.with_dirty(leaf(Level::L3).with(Descriptor::AF | Descriptor::SOFTWARE_DIRTY));
    for syndrome in [DATA_ABORT | WRITE | PERMISSION, DATA_ABORT | ACCESS_FLAG] {
        let (handled, memory) = run(syndrome, done, Level::L3);
        assert_eq!(memory, done);
        let Handled::Spurious(change) = handled else { panic!("{handled:?}") };
        assert_eq!((change.outcome, change.owed.scope()), (Outcome::Unchanged, Scope::ThisCpu));
    }
}

#[test]
fn a_write_that_finds_the_page_old_and_not_writable_is_recorded_as_a_read() {
    let read_only = leaf(Level::L3).without(Descriptor::DBM);
    let (handled, memory) = run(DATA_ABORT | WRITE | ACCESS_FLAG, read_only, Level::L3);
    assert!(matches!(handled, Handled::Resolved(_)));
    assert_eq!(memory, read_only.with(Descriptor::AF));
}

#[test]
fn other_faults_are_not_ours_and_change_nothing() {
    let young = leaf(Level::L3).with(Descriptor::AF);
    let fixed = young.without(Descriptor::DBM);
    let invalid = Descriptor(0xdead_0000);
    let cases = [
        (DATA_ABORT | 0x04, young, Refusal::Status(FaultStatus::Translation(Level::L3))),
        (DATA_ABORT | PERMISSION, young, Refusal::Status(FaultStatus::Permission(Level::L3))),
        (INSTRUCTION_ABORT | PERMISSION, young, Refusal::Status(FaultStatus::Permission(Level::L3))),
        (
            DATA_ABORT | WRITE | MAINTENANCE | PERMISSION,
            young,
            Refusal::Status(FaultStatus::Permission(Level::L3)),
        ),
        (0x3c << 26 | ACCESS_FLAG, young, Refusal::Status(FaultStatus::AccessFlag(Level::L3))),
        (DATA_ABORT | WRITE | PERMISSION, fixed, Refusal::NotWritable(fixed)),
        (DATA_ABORT | ACCESS_FLAG, invalid, Refusal::NoLeaf(invalid)),
        (
            DATA_ABORT_LOWER | WRITE | PERMISSION,
            young.without(Descriptor::AP1),
            Refusal::NotUser(young.without(Descriptor::AP1)),
        ),
    ];
    for (syndrome, memory, refusal) in cases {
        assert_eq!(run(syndrome, memory, Level::L3), (Handled::NotOurs(refusal), memory));
    }
}

#[test]
fn maintenance_makes_a_page_young_but_never_dirty() {
    let (_, memory) = run(DATA_ABORT | WRITE | MAINTENANCE | ACCESS_FLAG, leaf(Level::L3), Level::L3);
    assert_eq!(memory, leaf(Level::L3).with(Descriptor::AF));
}

#[test]
fn the_lock_free_variant_resolves_the_same_fault() {
    let cell = AtomicU64::new(leaf(Level::L3).0);
    let fault = fault(DATA_ABORT | WRITE | PERMISSION, Level::L3);
    let handled = handle_fault::<LockFree, _, _>(&fault, &cell, place(Level::L3), &Closed);
    assert!(matches!(handled, Handled::Resolved(_)));
    assert!(Descriptor(cell.into_inner()).is_hardware_dirty());
}

#[test]
fn a_group_is_resolved_as_a_whole() {
    let member = leaf(Level::L3).with(Descriptor::CONTIGUOUS);
    let page = Geometry::SIZE_4K.page_size();
    let cells: [AtomicU64; 16] = core::array::from_fn(|index| AtomicU64::new(member.0 + page * index as u64));
    let fault = fault(DATA_ABORT | WRITE | PERMISSION, Level::L3);
    let handled = handle_group_fault::<C1, _, _>(&fault, &cells[..], 5, place(Level::L3), &Closed);
    let Handled::Resolved(change) = handled else { panic!("{handled:?}") };
    assert_eq!((change.owed.entries(), change.owed.start()), (16, place(Level::L3).address));
    assert!(cells.iter().all(|cell| Descriptor(cell.load(Relaxed)).is_hardware_dirty()));
}
