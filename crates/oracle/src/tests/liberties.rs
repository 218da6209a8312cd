//! Faults that an access may take or not, each beside the access that has no such choice.

use super::{ADDRESS, CLEAN, FEATURES, RO, RW, allowed, controls, query, std::vec::Vec};
use crate::{AccessKind, Change, Ending, Features, LeafPlace, Leaves, Path, Query};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, MemoryType};
use afdbm::fault::FaultStatus;
use afdbm::geometry::{Geometry, Granule, Level};

/// How the access may end, and whether each way may make the page dirty.
fn endings(query: &Query) -> Vec<(Option<FaultStatus>, Change)> {
    let ending = |ending| match ending {
        Ending::Faults { syndrome, .. } => Some(syndrome.value.status()),
        Ending::ReportsFault(status) => Some(status),
        _ => None,
    };
    let dirtied = |one: &crate::Alternative| one.updates[LeafPlace::FIRST].dirtied;
    allowed(query).alternatives().iter().map(|one| (ending(one.ending), dirtied(one))).collect()
}

fn of_memory(memory: MemoryType, query: Query) -> Query {
    let mut query = query;
    let leaf = query.paths[LeafPlace::FIRST].at(Level::L3);
    *leaf = leaf.with((memory as u64) << Descriptor::ATTRIBUTE_INDEX.trailing_zeros());
    query
}

/// An access beside `ADDRESS` on a PE with FEAT_LSE2.
fn relaxed(kind: AccessKind, bits: u64, offset: u64) -> Query {
    let features = Features { misaligned_atomics: true, ..FEATURES };
    let mut query = Query { features, ..query(kind, bits) };
    query.access.address = VirtualAddress(ADDRESS - 16 + offset);
    query
}

const ALIGNMENT: Option<FaultStatus> = Some(FaultStatus::Alignment);
const PERMISSION: Option<FaultStatus> = Some(FaultStatus::Permission(Level::L3));

#[test]
fn a_misaligned_atomic_is_performed_within_16_bytes_of_write_back_memory() {
    // Arm ARM B2.8.2.1.2.
    let swap = |offset| endings(&relaxed(AccessKind::Swap, CLEAN, offset));
    assert_eq!(swap(1), [(None, Change::Must)]);
    assert_eq!(swap(9), [(None, Change::Must), (ALIGNMENT, Change::Never)]);
    let read_only = relaxed(AccessKind::Swap, RO, 9);
    assert_eq!(endings(&read_only), [(PERMISSION, Change::Never), (ALIGNMENT, Change::Never)]);
    let mut invalid = relaxed(AccessKind::Swap, RW, 9);
    *invalid.paths[LeafPlace::FIRST].at(Level::L3) = Descriptor::INVALID;
    assert_eq!(endings(&invalid).len(), 2);
    let checked = controls(relaxed(AccessKind::Swap, CLEAN, 9), |controls| controls.alignment_checked = true);
    assert_eq!(endings(&checked), [(ALIGNMENT, Change::Never)]);
    // B2.8.2.1.3: acquire and release must fault there, with SCTLR_EL1.nAA=0.
    assert_eq!(endings(&relaxed(AccessKind::StoreRelease, CLEAN, 1)), [(None, Change::Must)]);
    assert_eq!(endings(&relaxed(AccessKind::StoreRelease, CLEAN, 9)), [(ALIGNMENT, Change::Never)]);
}

#[test]
fn a_misaligned_atomic_of_other_memory_may_fault() {
    // Arm ARM B2.8.2.1.2, B2.8.2.1.3.
    for kind in [AccessKind::Swap, AccessKind::StoreRelease, AccessKind::StoreExclusivePass] {
        let other = of_memory(MemoryType::NonCacheable, relaxed(kind, CLEAN, 1));
        assert_eq!(endings(&other), [(None, Change::Must), (ALIGNMENT, Change::May)], "{kind:?}");
        let aligned = of_memory(MemoryType::NonCacheable, relaxed(kind, CLEAN, 0));
        assert_eq!(endings(&aligned), [(None, Change::Must)], "{kind:?}");
    }
    let plain = of_memory(MemoryType::NonCacheable, relaxed(AccessKind::Store, CLEAN, 1));
    assert_eq!(endings(&plain), [(None, Change::Must)]);
}

#[test]
fn a_fetch_from_device_memory_may_be_refused() {
    // Pseudocode `Unpredictable_INSTRDEVICE`.
    let fetch = of_memory(MemoryType::Device, query(AccessKind::Fetch, RO));
    assert_eq!(endings(&fetch), [(None, Change::Never), (PERMISSION, Change::Never)]);
    let refused = of_memory(MemoryType::Device, query(AccessKind::Fetch, RO | Descriptor::PXN));
    assert_eq!(endings(&refused), [(PERMISSION, Change::Never)]);
    assert_eq!(endings(&query(AccessKind::Fetch, RO)), [(None, Change::Never)]);
}

/// An access through a contiguous Block of level 1 with these bits of input and output address.
fn grouped(kind: AccessKind, input: u8, output: u8, block: u64) -> Query {
    let geometry = Geometry::new(Granule::Size4K, input, output, false).expect("sizes of the granule");
    let mut query = controls(query(kind, RW), |controls| controls.range.geometry = geometry);
    let mut path = Path { leaf_level: Level::L1, ..query.paths[LeafPlace::FIRST] };
    let bits = Descriptor::CONTIGUOUS | Descriptor::VALID | RW;
    *path.at(Level::L1) = Descriptor(geometry.encode_address(PhysicalAddress(block)) | bits);
    query.paths = Leaves::stage_1(path, path);
    query.access.address = VirtualAddress(0x4000_0000);
    query
}

#[test]
fn a_group_larger_than_the_addresses_may_fault() {
    // Row F07; pseudocode `AArch64.ContiguousBitFaults`, `StageOA`.
    let size = Some(FaultStatus::AddressSize(Level::L1));
    let translation = Some(FaultStatus::Translation(Level::L1));
    let load = |input, output, block| {
        let ways = endings(&grouped(AccessKind::Load, input, output, block));
        ways.iter().map(|(status, _)| *status).collect::<Vec<_>>()
    };
    assert_eq!(load(34, 48, 0x4000_0000), [None]);
    assert_eq!(load(33, 48, 0x4000_0000), [None, translation]);
    assert_eq!(load(48, 32, 0x4000_0000), [None]);
    assert_eq!(load(48, 32, 0x1_4000_0000), [None, size]);
    assert_eq!(load(48, 36, 0x10_4000_0000), [size]);
    assert_eq!(load(33, 32, 0x1_4000_0000), [None, translation, size]);
    assert_eq!(load(33, 32, 0x10_4000_0000), [size, translation]);
    let translated = endings(&grouped(AccessKind::TranslateRead, 33, 48, 0x4000_0000));
    assert_eq!(translated.len(), 2);
}
