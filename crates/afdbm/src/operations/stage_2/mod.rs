//! What a hypervisor does to the live descriptors of its guests, in stage 2.
//!
//! In stage 2 S2AP\[1\] is at once the permission to write and the record of a write: a page that grants writes counts as
//! written ([`is_dirty`]), and no bit of software's is used. A page is
//!
//! | DBM | S2AP\[1\] | |
//! |---|---|---|
//! | 0 | 0 | read-only, or write-protected for the log: the next write faults |
//! | 0 | 1 | writable and not logged: taken for dirty |
//! | 1 | 0 | writable-clean: hardware records the next write, or a CPU with VTCR_EL2.HD=0 faults |
//! | 1 | 1 | writable-dirty |
//!
//! A page is dirtied by a guest's stores, and by the update of a stage 1 descriptor that lies in it: a page of the guest's
//! tables is logged like any other (Arm ARM R_BDJJL; R_JCXVS lets hardware record that early).
//!
//! The operations hold against hardware at both stages, on CPUs that differ in TCR_EL1 and VTCR_EL2, and against each other.
//! The lock that one asks for keeps another decision about the same page away; a log needs none. Aging and removal are the
//! same in both stages: [`make_old`](crate::operations::make_old),
//! [`test_and_clear_young`](crate::operations::test_and_clear_young), [`get_and_clear`](crate::operations::get_and_clear)
//! and [`break_before_make`](crate::operations::break_before_make) take a [`Stage2Place`](crate::operations::Stage2Place) as well.
//!
//! A dirty log, by hardware where VTCR_EL2.HD is set and by faults where it is not:
//!
//! ```
//! use afdbm::{
//!     address::{IntermediatePhysicalAddress, Vmid},
//!     geometry::{Geometry, Level},
//!     operations::{Scope, Stage2Invalidation, Stage2Place, stage_2},
//! };
//! use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
//!
//! fn place(page: u64) -> Stage2Place {
//!     let address = IntermediatePhysicalAddress(page << 12);
//!     Stage2Place { address, vmid: Vmid(1), level: Level::L3, geometry: Geometry::SIZE_4K }
//! }
//!
//! /// Returns the pages that were written since the last time, and the invalidation after which they may be copied.
//! fn harvest(leaves: &[AtomicU64]) -> (Vec<u64>, Stage2Invalidation) {
//!     let mut owed = Stage2Invalidation::none(place(0));
//!     let dirty = (0..).zip(leaves).filter_map(|(page, leaf)| {
//!         let change = stage_2::make_clean(leaf, place(page));
//!         owed = owed.merge(change.owed);
//!         stage_2::is_dirty(change.found).then_some(page)
//!     });
//!     (dirty.collect(), owed)
//! }
//!
//! // Three pages, readable, writable and young.
//! let leaves = [0x8000_0000, 0x8000_1000, 0x8000_2000].map(|page| AtomicU64::new(page | 0x7ff));
//! for (page, leaf) in (0..).zip(&leaves) {
//!     // The log begins: what was written before it is not told apart, so that all are to be copied once.
//!     assert!(stage_2::log_by_hardware(leaf, place(page)).owed.is_owed());
//! }
//! // A CPU with HD=1 records a write in page 2; one with HD=0 takes a Permission fault for page 0.
//! leaves[2].fetch_or(1 << 7, Relaxed);
//! let write = stage_2::Permissions { write: true, ..stage_2::Permissions::READ };
//! let granted = stage_2::relax(&leaves[0], write, place(0), |_| unreachable!("nothing becomes executable"));
//! assert_eq!(granted.owed.scope(), Scope::ThisCpu);
//!
//! let (dirty, owed) = harvest(&leaves);
//! assert_eq!((dirty, owed.scope(), owed.entries()), (vec![0, 2], Scope::AllCpus, 3));
//! assert_eq!(harvest(&leaves).0, []);
//! ```

mod hardware_log;
mod relax;
mod write_protect;
mod young;

pub use hardware_log::{log_by_hardware, logged_by_hardware, made_clean, make_clean};
pub use relax::{Permissions, relax, relaxed};
pub use write_protect::{write_protect, write_protected};
pub use young::{made_young, make_young};

use crate::descriptor::Descriptor;
use crate::stage::Stage;

/// Tells whether a descriptor of stage 2 says that its page may have been written: it grants writes.
#[inline]
#[must_use]
pub const fn is_dirty(descriptor: Descriptor) -> bool {
    descriptor.is_valid() && !Stage::Two.is_read_only(descriptor)
}

#[cfg(test)]
mod tests;
