//! A second space of accesses, beside the product: every granule, size and format of the tables of TTBR0_EL1, with every
//! level that has leaves, against the same oracle.
//!
//! [`Tables`] is a setting of the tables; a [`Combination`] varies it with leaf, controls and access, and is named by a
//! number; a [`Machine`] runs it; [`Judge`] holds what was seen against the oracle. [`Selection`] says which of them a case
//! is about.

mod combination;
mod implemented;
mod judge;
mod output;
mod place;
mod selection;
mod tables;

pub use combination::{COMBINATIONS, Combination, KINDS, ORDER_VERSION};
pub use implemented::{Implemented, Lacking};
pub use judge::{Dropped, Judge, Machine, Placement, Question, Shape};
pub use output::Output;
pub use place::Place;
pub use selection::{Selection, Theme};
pub use tables::{Size, Tables};

#[cfg(test)]
mod tests;
