//! Stage 1 translation tables: build, walk, change, and the break-before-make check.
//!
//! Memory comes from a [`Frames`], which hands out table frames and resolves their addresses, so that the same
//! builder works on the kernel's memory and on a host's heap. Nothing here touches a TLB or a cache: a change of
//! a live descriptor returns the [`Invalidation`](crate::operations::Invalidation) owed, and a new mapping needs the
//! barriers of its caller (DSB ISHST before the first use).

mod address_space;
mod break_before_make;
mod change;
mod error;
mod frames;
mod range;
mod walk;

pub use address_space::{AddressSpace, Mapping};
pub use break_before_make::{Reason, break_before_make_required};
pub use error::TableError;
pub use frames::{Frames, Table};
pub use range::InputRange;
pub use walk::{Leaf, Walk, WalkStep};

#[cfg(test)]
mod tests;
