//! The hardware dirty state tracking structure (FEAT_HDBSS): a list of what hardware made dirty in stage 2, so that a
//! hypervisor need not look at every descriptor.
//!
//! The PE appends an entry when it turns a writable-clean descriptor of stage 2 writable-dirty (Arm ARM R_WZKFT, R_PCTTC). What
//! the list says is where to look: an entry may stand twice, or for an update that then did not take place, since the entry is
//! written first. The descriptor is still the record: [`make_clean`](crate::operations::stage_2::make_clean) takes it.
//!
//! ```
//! use afdbm::address::IntermediatePhysicalAddress;
//! use afdbm::geometry::{Geometry, Level};
//! use afdbm::hdbss::{DirtyBitmap, Producer, harvest};
//! use core::sync::atomic::AtomicU64;
//!
//! // After an exit of the guest: DSB, then HDBSSPROD_EL2 says that two entries are written.
//! let structure = [0x4000_0007, 0x4020_0005, 0, 0].map(AtomicU64::new);
//! let bitmap = [const { AtomicU64::new(0) }; 16];
//! let dirty = DirtyBitmap::new(&bitmap, IntermediatePhysicalAddress(0x4000_0000), Geometry::SIZE_4K);
//! let found = harvest(&structure, Producer(2), Geometry::SIZE_4K, |one| dirty.mark(one).expect("RAM of the guest"));
//! assert!(found.is_complete() && !found.full);
//! assert_eq!((dirty.pages(), dirty.is_marked(0), dirty.is_marked(512)), (1 + 512, true, true));
//! ```

mod bitmap;
mod entry;
mod harvest;
mod registers;

pub use bitmap::{DirtyBitmap, OutOfRange};
pub use entry::{Dirtied, Entry, EntryError};
pub use harvest::{Harvest, harvest};
pub use registers::{BaseError, Producer, Size, WriteFault, base_register};

#[cfg(test)]
mod tests;
