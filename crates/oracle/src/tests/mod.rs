//! The oracle, rule family by rule family. Each test states a row of the case table and the row beside it that
//! goes the other way.

extern crate std;

mod access_flag;
mod crossing;
mod dirty_state;
mod faults;
mod group;
mod indirect;
mod judging;
mod liberties;
mod memory_operation;
mod permissions;
mod regimes;
mod stage_2;
mod table_flag;

use super::{
    Access, AccessKind, Allowed, Architecture, Change, Controls, Ending, ExceptionLevel, Extensions,
    Features, HardwareManagement, Path, PrivilegedAccessNever, Query, TlbState, predict,
};
use crate::{LeafPlace, Leaves};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, LeafAttributes, TableAttributes};
use afdbm::fault::{FaultStatus, Syndrome};
use afdbm::geometry::{Geometry, Level};
use afdbm::stage::Stage;

/// The address of the tests' accesses, 16 bytes before the end of a page.
const ADDRESS: u64 = 0x7f_ffff_eff0;
/// RW, EL1: DBM=0, AP[2]=0.
const RW: u64 = Descriptor::AF;
/// Read-only, EL1: DBM=0, AP[2]=1.
const RO: u64 = Descriptor::AF | Stage::One.dirty_bit().clean();
/// Writable-clean, EL1.
const CLEAN: u64 = Descriptor::AF | Descriptor::DBM | Stage::One.dirty_bit().clean();
/// Writable-dirty, EL1.
const DIRTY: u64 = Descriptor::AF | Descriptor::DBM;
/// EL0's too.
const USER: u64 = Descriptor::AP1;
/// AF.
const AF: u64 = Descriptor::AF;

/// Everything implemented.
const FEATURES: Features = Features {
    hardware_management: HardwareManagement::AccessFlagAndDirtyState,
    privileged_access_never: PrivilegedAccessNever::Pan3,
    atomics: true,
    read_check_write: true,
    tags: true,
    misaligned_atomics: false,
    user_access_override: true,
    unprivileged_refusal: true,
    cache_before_coherency: true,
    zeroing: true,
    hierarchy_disables: true,
    extensions: Extensions {
        atomics_128: true,
        limited_ordering: true,
        acquire_pc: 3,
        persistence: 2,
        translate_any: true,
        scalable_vectors: true,
        memory_operations: true,
        hypervisor: true,
    },
};

fn table() -> Descriptor {
    Descriptor::table(Geometry::SIZE_4K, PhysicalAddress(0x4400_0000), TableAttributes::NONE)
}

fn leaf(level: Level, bits: u64) -> Descriptor {
    let plain = LeafAttributes { accessed: false, ..LeafAttributes::KERNEL_DATA };
    Descriptor::leaf(Geometry::SIZE_4K, level, PhysicalAddress(0x4000_0000), plain)
        .without(Descriptor::PXN | Descriptor::UXN)
        .with(bits)
}

fn path(level: Level, bits: u64) -> Path {
    let mut descriptors = [table(); Level::ALL.len()];
    descriptors[level.position()] = leaf(level, bits);
    Path { descriptors, leaf_level: level }
}

/// An EL1 access to a level 3 page with these bits, HA=HD=1, cold.
fn query(kind: AccessKind, bits: u64) -> Query {
    Query {
        controls: Controls { hardware_access_flag: true, hardware_dirty_state: true, ..Controls::default() },
        features: FEATURES,
        access: Access { kind, level: ExceptionLevel::El1, address: VirtualAddress(ADDRESS) },
        paths: Leaves::stage_1(path(Level::L3, bits), path(Level::L3, bits)),
        tlb: TlbState::Cold,
    }
}

fn el0(query: Query) -> Query {
    Query { access: Access { level: ExceptionLevel::El0, ..query.access }, ..query }
}

fn controls(query: Query, change: impl FnOnce(&mut Controls)) -> Query {
    let mut query = query;
    change(&mut query.controls);
    query
}

/// HA and HD.
fn managed(query: Query, flag: bool, dirty: bool) -> Query {
    controls(query, |controls| {
        controls.hardware_access_flag = flag;
        controls.hardware_dirty_state = dirty;
    })
}

fn with_table(query: Query, attributes: TableAttributes) -> Query {
    let mut query = query;
    let place = query.paths[LeafPlace::FIRST].at(Level::L2);
    *place = place.with(attributes.bits());
    query
}

fn allowed(query: &Query) -> Allowed {
    predict(Architecture, query)
}

/// The only fault that is allowed, or `None` if the access must complete; fails where both are allowed.
fn fault(query: &Query) -> Option<FaultStatus> {
    let allowed = allowed(query);
    let [one] = allowed.alternatives() else { panic!("not one alternative: {allowed:?}") };
    match one.ending {
        Ending::Faults { syndrome, .. } => Some(syndrome.value.status()),
        Ending::ReportsFault(status) => Some(status),
        _ => None,
    }
}

fn syndrome(query: &Query) -> Syndrome {
    match allowed(query).alternatives()[0].ending {
        Ending::Faults { syndrome, .. } => syndrome.value,
        other => panic!("no fault: {other:?}"),
    }
}

/// What happens to AF and to AP[2] of the first page, whatever the ending.
fn changes(query: &Query) -> (Change, Change) {
    let allowed = allowed(query);
    let first = allowed.alternatives()[0].updates[LeafPlace::FIRST];
    (first.accessed, first.dirtied)
}

const TRANSLATION: Option<FaultStatus> = Some(FaultStatus::Translation(Level::L3));
const PERMISSION: Option<FaultStatus> = Some(FaultStatus::Permission(Level::L3));
const ACCESS_FLAG: Option<FaultStatus> = Some(FaultStatus::AccessFlag(Level::L3));
const ALIGNMENT: Option<FaultStatus> = Some(FaultStatus::Alignment);
