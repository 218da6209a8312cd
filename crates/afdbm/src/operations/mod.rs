//! Operations on live descriptors, which hardware and other software may change at the same time.
//!
//! Each operation works on a [`Slot`], one 64-bit cell of a translation table, and says in its documentation what
//! it takes from memory, what from its caller, and which lock it relies on. None touches a TLB: what must be
//! invalidated comes back as an [`Invalidation`], which the caller discharges. Beside each stands what it does to
//! the value, as a pure function. Which bit records a write, and whether it falls or rises, is the
//! [`Stage`](crate::stage::Stage)'s; the texts speak of RO, the state before the record.
//!
//! What a hypervisor does to a guest's pages is [`stage_2`]'s.

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
pub mod stage_2;
mod update;
mod variant;
mod write_protect;

pub use crate::invalidation::{
    Invalidation, Location, Place, Scope, Stage2Invalidation, Stage2Place, Stage2Tlbi,
};
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
pub use invariant::{
    AccessEnd, Answer, Attempt, Breach, Grant, Invariant, Orders, Overwrite, Passage, Rewrite, Transition,
    UnknownInvariant, Writes, commutes, encoding, encoding_at, invalid_stays, monotone, monotone_at,
    no_invented_permission, no_invented_permission_at, no_lost_dirty, no_lost_dirty_at, no_over_dirty,
    no_over_dirty_at, progress, return_value, tlb,
};
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
