use super::{
    ACCESS_FLAG, ADDRESS, AF, ALIGNMENT, CLEAN, FEATURES, PERMISSION, RO, RW, USER, allowed, changes,
    controls, el0, fault, managed, path, query, syndrome,
};
use crate::LeafPlace;
use crate::Leaves;
use crate::{Access, AccessKind, Change, Controls, Ending, Features, Query};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::{Descriptor, Level, MemoryType};
use afdbm::fault::{ExceptionClass, FaultStatus};

const LEVEL_0: Option<FaultStatus> = Some(FaultStatus::Translation(Level::L0));

fn device(query: Query) -> Query {
    let mut query = query;
    let attribute = (MemoryType::Device as u64) << Descriptor::ATTRIBUTE_INDEX.trailing_zeros();
    *query.paths[LeafPlace::FIRST].at(Level::L3) =
        query.paths[LeafPlace::FIRST].at(Level::L3).with(attribute);
    query
}

fn at(query: Query, address: u64) -> Query {
    Query { access: Access { address: VirtualAddress(address), ..query.access }, ..query }
}

fn narrow(controls: &mut Controls, output_bits: u8) {
    controls.range.geometry =
        controls.range.geometry.with_output_bits(output_bits).expect("a size of the 4K granule");
}

#[test]
fn faults_name_their_level() {
    // B18, C07.
    for level in [Level::L1, Level::L2, Level::L3] {
        let block = |bits| Query {
            paths: Leaves::stage_1(path(level, bits), path(level, bits)),
            ..query(AccessKind::Store, 0)
        };
        assert_eq!(fault(&block(RO)), Some(FaultStatus::Permission(level)));
        assert_eq!(fault(&managed(block(0), false, false)), Some(FaultStatus::AccessFlag(level)));
        let mut invalid = block(RW);
        *invalid.paths[LeafPlace::FIRST].at(level) = Descriptor::INVALID;
        assert_eq!(fault(&invalid), Some(FaultStatus::Translation(level)));
        let mut no_table = block(RW);
        *no_table.paths[LeafPlace::FIRST].at(Level::L0) = Descriptor::INVALID;
        assert_eq!(fault(&no_table), LEVEL_0);
        // C07: the fault of APTable is the leaf's.
        let mut below = block(RW);
        *below.paths[LeafPlace::FIRST].at(Level::L0) =
            below.paths[LeafPlace::FIRST].at(Level::L0).with(Descriptor::AP_TABLE_READ_ONLY);
        assert_eq!(fault(&below), Some(FaultStatus::Permission(level)));
        // C01.
        assert_eq!(
            (fault(&block(CLEAN & !AF)), changes(&block(CLEAN & !AF))),
            (None, (Change::Must, Change::Must))
        );
    }
}

#[test]
fn a_reserved_encoding_is_invalid() {
    let mut load = query(AccessKind::Load, CLEAN & !AF);
    *load.paths[LeafPlace::FIRST].at(Level::L3) =
        load.paths[LeafPlace::FIRST].at(Level::L3).without(Descriptor::TABLE_OR_PAGE);
    assert_eq!(fault(&load), super::TRANSLATION);
    assert_eq!(changes(&load), (Change::Never, Change::Never));
}

#[test]
fn an_output_beyond_the_size_is_refused() {
    // B33: and comes before the Access flag.
    let sized = |bits, output_bits| {
        let mut load = controls(query(AccessKind::Load, bits), |controls| narrow(controls, output_bits));
        *load.paths[LeafPlace::FIRST].at(Level::L3) =
            load.paths[LeafPlace::FIRST].at(Level::L3).with(1 << 41);
        load
    };
    assert_eq!(fault(&sized(0, 40)), Some(FaultStatus::AddressSize(Level::L3)));
    assert_eq!(fault(&managed(sized(0, 40), false, false)), Some(FaultStatus::AddressSize(Level::L3)));
    assert_eq!(changes(&sized(0, 40)), (Change::Never, Change::Never));
    assert_eq!(fault(&sized(0, 44)), None);
    let mut table = controls(query(AccessKind::Load, RW), |controls| narrow(controls, 40));
    *table.paths[LeafPlace::FIRST].at(Level::L1) = table.paths[LeafPlace::FIRST].at(Level::L1).with(1 << 41);
    assert_eq!(fault(&table), Some(FaultStatus::AddressSize(Level::L1)));
}

#[test]
fn addresses_are_refused_at_level_0() {
    let tagged = at(query(AccessKind::Load, RW), ADDRESS | 0x5a << 56);
    assert_eq!(fault(&tagged), LEVEL_0);
    let ignored = controls(tagged, |controls| controls.range.top_byte_ignored = true);
    assert_eq!(fault(&ignored), None);
    let refused =
        controls(query(AccessKind::Load, RW | USER), |controls| controls.range.unprivileged_refused = true);
    assert_eq!(fault(&refused), None);
    assert_eq!(fault(&el0(refused)), LEVEL_0);
    assert_eq!(
        fault(&Query { features: Features { unprivileged_refusal: false, ..FEATURES }, ..el0(refused) }),
        None
    );
    let disabled = controls(query(AccessKind::Load, 0), |controls| controls.range.walks_disabled = true);
    assert_eq!((fault(&disabled), changes(&disabled).0), (LEVEL_0, Change::Never));
}

#[test]
fn alignment_is_checked_first_or_after_the_flag() {
    let misaligned = |kind, bits| at(query(kind, bits), ADDRESS - 0xf);
    let checked = |query| controls(query, |controls| controls.alignment_checked = true);
    assert_eq!(fault(&misaligned(AccessKind::Load, RW)), None);
    // B26, B27, D38.
    assert_eq!(fault(&checked(managed(misaligned(AccessKind::Load, 0), false, false))), ALIGNMENT);
    assert_eq!(fault(&managed(misaligned(AccessKind::LoadExclusive, 0), false, false)), ALIGNMENT);
    assert_eq!(fault(&misaligned(AccessKind::Swap, RO)), ALIGNMENT);
    let store = checked(misaligned(AccessKind::Store, CLEAN & !AF));
    assert_eq!((fault(&store), changes(&store)), (ALIGNMENT, (Change::May, Change::Never)));
    // B25, B28, D36, D37.
    let store = device(misaligned(AccessKind::Store, CLEAN & !AF));
    assert_eq!((fault(&store), changes(&store)), (ALIGNMENT, (Change::May, Change::May)));
    assert_eq!(fault(&managed(store, false, false)), ACCESS_FLAG);
    let read_only = device(misaligned(AccessKind::Store, RO));
    assert_eq!((fault(&read_only), changes(&read_only).1), (ALIGNMENT, Change::Never));
    let aligned = device(query(AccessKind::Store, CLEAN));
    assert_eq!((fault(&aligned), changes(&aligned).1), (None, Change::Must));
    assert_eq!(fault(&device(query(AccessKind::ZeroBlock, RW))), ALIGNMENT);
}

#[test]
fn the_syndrome_tells_who_and_how() {
    let load = syndrome(&managed(query(AccessKind::Load, 0), false, false));
    assert_eq!(load.class(), ExceptionClass::DataAbortSame);
    assert!(!load.write() && load.instruction_length() && !load.on_stage_1_walk());
    let store = syndrome(&el0(query(AccessKind::Store, RO)));
    assert_eq!((store.class(), store.write()), (ExceptionClass::DataAbortLower, true));
    let fetch = syndrome(&el0(query(AccessKind::Fetch, RO | Descriptor::UXN)));
    assert_eq!(fetch.class(), ExceptionClass::InstructionAbortLower);
    let unprivileged = syndrome(&query(AccessKind::LoadUnprivileged, RW));
    assert_eq!(unprivileged.class(), ExceptionClass::DataAbortSame);
    // D17 against B22.
    assert!(syndrome(&query(AccessKind::CompareAndSwapMismatch, RO)).write());
    assert!(!syndrome(&el0(query(AccessKind::Swap, RO))).write());
    assert!(!syndrome(&managed(query(AccessKind::Swap, 0), false, false)).write());
    // B21; the pair's LDXR faults first.
    let exclusive = |bits| syndrome(&managed(query(AccessKind::StoreExclusivePass, bits), false, false));
    assert!(!exclusive(0).write() && exclusive(RO).write());
    let zero = syndrome(&query(AccessKind::ZeroBlock, RO));
    assert!(zero.write() && !zero.cache_maintenance());
    let clean = syndrome(&el0(query(AccessKind::Clean, RW)));
    assert!(clean.write() && clean.cache_maintenance());
}

#[test]
fn the_fault_address_keeps_the_tag_of_data_only() {
    let held = |kind, bits| {
        let tagged = controls(at(query(kind, bits), ADDRESS | 0x5a << 56), |controls| {
            controls.range.top_byte_ignored = true;
        });
        match allowed(&tagged).alternatives()[0].ending {
            Ending::Faults { address, .. } => address.0,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(held(AccessKind::Store, RO), ADDRESS | 0x5a << 56);
    assert_eq!(held(AccessKind::Fetch, Descriptor::PXN), ADDRESS);
    assert_eq!(fault(&query(AccessKind::Store, RO)), PERMISSION);
}

#[test]
fn a_misaligned_exclusive_that_fails_faults_or_not() {
    // Arm ARM C6.2 STXR, "Aborts and alignment": IMPLEMENTATION DEFINED where the monitor does not pass.
    let misaligned = |kind| allowed(&at(query(kind, CLEAN), ADDRESS - 0xf));
    let faults = |kind| {
        let allowed = misaligned(kind);
        let is_fault = |ending| matches!(ending, Ending::Faults { .. });
        let count = allowed.alternatives().iter().filter(|one| is_fault(one.ending)).count();
        (count, allowed.alternatives().len())
    };
    assert_eq!(faults(AccessKind::StoreExclusiveFail), (1, 2));
    assert_eq!(faults(AccessKind::StoreExclusivePass), (1, 1));
}
