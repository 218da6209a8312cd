//! Operations on live descriptors, which hardware and other software may change at the same time.
//!
//! Each operation works on a [`Slot`], one 64-bit cell of a translation table, and says in its documentation what
//! it takes from memory, what from its caller, and which lock it relies on. None touches a TLB: what must be
//! invalidated comes back as an [`Invalidation`], which the caller discharges. Beside each stands what it does to
//! the value, as a pure function. Which bit records a write, and whether it falls or rises, is the
//! [`Stage`](crate::stage::Stage)'s; the texts speak of RO, the state before the record.
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
//! let place = Place {
//!     address: VirtualAddress(0x1000),
//!     asid: Some(Asid(1)),
//!     level: Level::L3,
//!     translation: Translation::EL10_4K,
//! };
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

mod age;
mod change;
mod clean;
mod contiguous;
mod fold;
mod grant;
mod handled;
mod handler;
mod hooks;
mod invariant;
mod lock_free;
mod modify;
mod remove;
mod set_access_flags;
mod slot;
mod update;
mod variant;
mod write_protect;

pub use crate::invalidation::{Invalidation, Place, Scope};
pub use age::{made_old, make_old, test_and_clear_young};
pub use change::{Change, Outcome};
pub use clean::{made_clean, make_clean, make_old_and_clean};
pub use contiguous::{
    set_access_flags_contiguous, test_and_clear_young_contiguous, write_protect_contiguous,
};
pub use fold::{FoldError, refold, unfold};
pub use grant::{made_dirty, made_writable, make_dirty, make_writable};
pub use handled::{Handled, Refusal};
pub use handler::{handle_fault, handle_group_fault};
pub use hooks::{Closed, Hooked, HookedGroup, Hooks};
pub use invariant::{Invariant, UnknownInvariant};
pub use lock_free::set_access_flags_lock_free;
pub use modify::{Access, NO_ACCESS, Protection, modified, modify};
pub use remove::{break_before_make, get_and_clear};
pub use set_access_flags::{build_entry, join, set_access_flags};
pub use slot::{Slot, SlotGroup, Step};
pub use update::{granted_scope, update};
pub use variant::{C1, GroupVariant, LockFree, V4, Variant};
pub use write_protect::{write_protect, write_protected};

#[cfg(test)]
mod tests;
