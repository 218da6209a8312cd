//! Every combination of leaf, tables, controls and access, against the oracle.
//!
//! [`Combination`] is one of some thousand million, named by a number; [`filter()`] drops what cannot be executed or is
//! left open, and says why; a [`Slice`] is a part of the product that is run as one, the [covering set](covering()) and
//! the [whole](full) are made of slices; a [`ProductMachine`] runs a combination; [`Judge`] holds it against the oracle,
//! [`Findings`] gathers what fails into boxes that cover exactly the failing combinations, [`Kinds`] into what a host
//! compares with what it expects.

mod bits;
mod calibration;
mod circumstance;
mod combination;
mod counter;
mod covering;
mod dimension;
mod examples;
mod filter;
mod findings;
mod group;
mod judge;
mod kind;
mod kinds;
mod learn;
mod machine;
mod pages;
mod prepared_row;
mod region;
mod show;
mod signature;
mod slice;
mod status;
mod translated;
mod values;
mod variation;
mod words;

pub use calibration::Calibration;
pub use circumstance::Circumstance;
pub use combination::InRegime;
pub(crate) use covering::mix;
pub use covering::{Sample, covering, full};
pub use dimension::{COMBINATIONS, Combination, Condition, Digit, Digits, ORDER_VERSION, RADICES};
pub use examples::Row;
pub use filter::{Dropped, filter};
pub use findings::{FINDINGS, Finding, Findings};
pub use group::Group;
pub use judge::{Examination, Judge, Source, Tally};
pub use kind::{Kind, ParseKindError};
pub use kinds::{Failures, Kinds};
pub use machine::{GEOMETRY, Placement, ProductMachine, Purpose, Shape};
pub use pages::{LEAF_BITS, LeafBits, SecondPage, TableBits, TablePlace};
pub use region::{Region, ValueSet};
pub use show::Conditions;
pub use signature::{Class, Expected, Signature};
pub use slice::{Axis, Combinations, Parts, Slice};
pub use status::Status;
pub use translated::outside;
pub(crate) use values::Values;
pub use values::access_digit;
pub use variation::{Variant, Variation, Varied};

#[cfg(test)]
mod tests;
