//! Descriptors, page tables and the operations on live descriptors of an arm64 kernel, where hardware manages the Access
//! flag and the dirty state (FEAT_HAFDBS) and where it does not.
//!
//! A fault handler, for a machine that does not manage the flags by itself:
//!
//! ```
//! use afdbm::{
//!     address::{Asid, PhysicalAddress, VirtualAddress},
//!     descriptor::{AccessPermission, Descriptor, LeafAttributes, Level},
//!     fault::{Fault, Syndrome},
//!     geometry::Geometry,
//!     operations::{Closed, Handled, Invalidation, Place, Scope, V4, handle_fault, made_old, write_protect},
//!     regime::Translation,
//! };
//! use core::sync::atomic::{AtomicU64, Ordering};
//!
//! // What a kernel does with DSB, TLBI and DSB; here it only tells whose TLBs would be meant.
//! fn discharge(owed: Invalidation) -> Scope {
//!     owed.scope()
//! }
//!
//! /// Returns whether the access is to be tried again.
//! fn on_fault(fault: &Fault, leaf: &AtomicU64, place: Place) -> bool {
//!     // The page-table lock is held here.
//!     match handle_fault::<V4, _, _>(fault, leaf, place, &Closed) {
//!         Handled::Resolved(change) | Handled::Spurious(change) => {
//!             discharge(change.owed);
//!             true
//!         }
//!         Handled::NotOurs(_) => false,
//!     }
//! }
//!
//! // A page that was written, then aged: dirty, old.
//! let attributes = LeafAttributes {
//!     permission: AccessPermission::ReadWrite,
//!     dirty_bit_modifier: true,
//!     ..LeafAttributes::KERNEL_DATA
//! };
//! let output = PhysicalAddress(0x8000_0000);
//! let page = made_old(Descriptor::leaf(Geometry::SIZE_4K, Level::L3, output, attributes));
//! let leaf = AtomicU64::new(page.0);
//! let translation = Translation::EL10_4K;
//! let place = Place { address: VirtualAddress(0x1000), asid: Some(Asid(1)), level: Level::L3, translation };
//!
//! // A read takes an Access flag fault (Data Abort from EL0, DFSC 0x0b): young again, and still dirty.
//! let fault = Fault { syndrome: Syndrome(0x24 << 26 | 0x0b), address: place.address };
//! assert!(on_fault(&fault, &leaf, place));
//! let found = Descriptor(leaf.load(Ordering::Relaxed));
//! assert!(found.is_young() && found.is_dirty() && !found.is_read_only());
//!
//! // Withdrawing the write keeps the dirty state, and every CPU has to forget the translation.
//! let change = write_protect(&leaf, place);
//! assert!(change.left.is_dirty() && !change.left.is_writable());
//! assert_eq!(discharge(change.owed), Scope::AllCpus);
//! ```
//!
//! [`operations`] has the rest of the family, each with its contract: aging, cleaning, write protection, removal, and all of
//! these for contiguous groups; [`operations::stage_2`] has those of a hypervisor, with a dirty log, and [`hdbss`]
//! reads the list that hardware may keep of it. [`tables`] builds and walks tables, [`fault`] decodes syndromes, [`descriptor`] holds the
//! format; [`geometry`], [`stage`] and [`regime`] say what differs by granule, stage and regime; [`tlbi`] has the
//! instructions that discharge what is owed, with their operands.
//! Nothing here has `unsafe` code, a privileged instruction or global state.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate self as afdbm;

pub mod address;
pub mod descriptor;
pub mod fault;
pub mod geometry;
pub mod hdbss;
mod invalidation;
pub mod operations;
pub mod regime;
pub mod stage;
pub mod tables;
pub mod tlbi;
