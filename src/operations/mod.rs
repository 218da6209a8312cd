//! Operations on live descriptors, which hardware and other software may change at the same time.
//!
//! Each operation works on a [`Slot`], one 64-bit cell of a translation table, and says in its documentation what
//! it takes from memory, what from its caller, and which lock it relies on. None touches a TLB: what must be
//! invalidated comes back as an [`Invalidation`], which the caller discharges.

mod contiguous;
mod handler;
mod hooks;
mod invalidation;
mod lock_free;
mod set_access_flags;
mod slot;
mod variant;

pub use contiguous::{C1, set_access_flags_contiguous};
pub use handler::{Handled, Refusal, handle_fault, handle_group_fault};
pub use hooks::{Closed, Hooked, HookedGroup, Hooks};
pub use invalidation::{Invalidation, Place, Scope};
pub use lock_free::{LockFree, set_access_flags_lock_free};
pub use set_access_flags::{Change, Outcome, build_entry, join, set_access_flags};
pub use slot::{Slot, SlotGroup, Step};
pub use variant::{GroupVariant, V4, Variant};
