//! What the architecture allows: a pure function from controls, descriptors and access to a set of outcomes.
//!
//! [`predict()`] is the only judge in this project. It has the structure of the architecture's own pseudocode
//! (walk, permissions, Access flag, dirty state, swap), each clause of it is a [`Clause`] that names its rule, and
//! nothing in it knows what a machine does. [`check()`] holds an observed [`Outcome`] against a prediction.
//!
//! Covered is stage 1 of the EL1&0, EL2 and EL2&0 regimes, VMSAv8-64, each granule, direct and indirect permissions
//! (FEAT_S1PIE), the Access flag of tables (FEAT_HAFT), the range of TTBR0_ELx, tables in Normal Write-Back memory;
//! with [`predict_nested()`] stage 2 of the EL1&0 regime. An implementation with FEAT_HAFDBS for the Access flag only is predicted as if HD were 0 (row A03 asserts
//! nothing there).
//!
//! ```
//! use afdbm::address::{PhysicalAddress, VirtualAddress};
//! use afdbm::descriptor::{AccessPermission, Descriptor, LeafAttributes, Level, TableAttributes};
//! use afdbm::geometry::Geometry;
//! use afdbm::stage::Stage;
//! use oracle::*;
//!
//! // A store to a writable-clean page: no fault, and the page becomes dirty.
//! let table = |next| Descriptor::table(Geometry::SIZE_4K, PhysicalAddress(next), TableAttributes::NONE);
//! let leaf = Descriptor::leaf(Geometry::SIZE_4K, Level::L3, PhysicalAddress(0x8000), LeafAttributes {
//!     permission: AccessPermission::PrivilegedReadOnly,
//!     dirty_bit_modifier: true,
//!     ..LeafAttributes::KERNEL_DATA
//! });
//! let none = Descriptor::INVALID;
//! let query = Query {
//!     controls: Controls { hardware_access_flag: true, hardware_dirty_state: true, ..Controls::default() },
//!     features: Features {
//!         hardware_management: HardwareManagement::AccessFlagAndDirtyState,
//!         ..Features::default()
//!     },
//!     access: Access { kind: AccessKind::Store, level: ExceptionLevel::El1, address: VirtualAddress(0x1000) },
//!     paths: Leaves::stage_1(
//!         Path { descriptors: [none, table(0x1000), table(0x2000), table(0x3000), leaf], leaf_level: Level::L3 },
//!         Path { descriptors: [none; 5], leaf_level: Level::L0 },
//!     ),
//!     tlb: TlbState::Cold,
//! };
//! let allowed = predict(Architecture, &query);
//! let seen = allowed.example(&query, true);
//! assert_eq!(seen.leaves[LeafPlace::FIRST], Stage::One.with_dirty(leaf));
//! assert_eq!(check(&query, &allowed, &seen), Ok(()));
//! assert!(check(&query, &allowed, &Outcome { leaves: Leaves::stage_1(leaf, none), ..seen }).is_err());
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod access;
mod allowed;
mod alternatives;
mod approach;
mod check;
mod choices;
mod controls;
mod crossing;
mod declaration;
mod explain;
mod fingerprint;
mod indirect;
mod kinds;
mod leaves;
mod memory_operation;
mod observed;
mod permissions;
mod predict;
mod refusal;
mod report;
mod rules;
mod show;
mod single;
mod stage_2;
mod table_flag;
mod translate;
mod walk;

pub use access::{Access, ExceptionLevel};
pub use allowed::{
    ALTERNATIVES, Allowed, Alternative, Before, Bytes, BytesSet, Change, Ending, Group, SyndromePattern,
    Update,
};
pub use check::{Aspect, Mismatch, check};
pub use choices::Choice;
pub use controls::{
    Controls, Extensions, Features, HardwareManagement, PermissionScheme, PrivilegedAccessNever,
    RangeControls, TlbState,
};
pub use declaration::{
    Active, Compare, Family, Form, Misaligned, Operation, Reason, Requirement, Returns, Stores,
};
pub use explain::{explain, explain_nested, explains};
pub use fingerprint::{Answers, Fingerprint};
pub use indirect::permission_index;
pub use kinds::AccessKind;
pub use leaves::{LeafPlace, Leaves, Page, Pages};
pub use memory_operation::{
    Bulk, DestinationByte, Inconsistent, MemoryOperation, OperatedPage, Part, Registers,
};
pub use observed::{Event, Outcome, Par, Siblings, Value};
pub use predict::{Prepared, predict};
pub use rules::{Architecture, Clause, Rules, Without};
pub use show::Seen;
pub use stage_2::{
    NestedAllowed, NestedOutcome, NestedQuery, NestedSeen, Stage2Abort, Stage2Controls, Stage2Effect,
    Stage2Page, Stage2Pages, Stage2Seen, Stage2Walk, check_nested, predict_nested,
};
pub use table_flag::{Levels, TableUpdate};
pub use walk::Path;

/// All that a prediction depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Query {
    /// The controls of the regime.
    pub controls: Controls,
    /// What the PE implements.
    pub features: Features,
    /// The access.
    pub access: Access,
    /// The walks, as the descriptors stood before any access; that of the second page is looked at for crossing
    /// accesses only.
    pub paths: Leaves<Path>,
    /// What went before.
    pub tlb: TlbState,
}

#[cfg(test)]
mod tests;
