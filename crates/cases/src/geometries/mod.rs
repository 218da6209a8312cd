//! A second space of accesses, beside the product: every granule, size and format of the tables of TTBR0_EL1, with every
//! level that has leaves, against the same oracle.
//!
//! [`Tables`] is a setting of the tables; a [`Combination`] varies it with leaf, controls and access, and is named by a
//! number. [`Selection`] says which of them a case is about.

mod combination;
mod output;
mod place;
mod question;
mod selection;
mod tables;

pub use combination::{COMBINATIONS, Combination, KINDS};
pub use output::Output;
pub use place::Place;
pub use question::{OneStage, Placement, Shape};
pub use selection::{Selection, Theme};
pub use tables::{Size, Tables};

#[cfg(test)]
mod tests;
