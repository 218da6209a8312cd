//! Every combination of leaf, tables, controls and access, against the oracle.
//!
//! [`Combination`] is one of some thousand million, named by a number; [`filter()`] drops what cannot be executed or is
//! left open, and says why; a [`Slice`] is a part of the product that is run as one, the [covering set](covering()) and
//! the [whole](full) are made of slices; a [`Machine`] runs a combination; [`Judge`] holds it against the oracle,
//! [`Findings`] gathers what fails into boxes that cover exactly the failing combinations, [`Kinds`] into what a host
//! compares with what it expects.

mod board;
mod circumstance;
mod combination;
mod condition;
mod covering;
mod filter;
mod findings;
mod group;
mod grow;
mod judge;
mod kind;
mod kinds;
mod machine;
mod pages;
mod show;
mod signature;
mod slice;
mod status;
mod words;

pub use board::Row;
pub use circumstance::Circumstance;
pub use combination::{COMBINATIONS, Combination, Digit, Digits, ORDER_VERSION, RADICES, access_digit};
pub use condition::{Condition, Region};
pub use covering::{Sample, covering, full};
pub use filter::{Dropped, filter};
pub use findings::{FINDINGS, Finding, Findings};
pub use group::Group;
pub use judge::{Examination, Judge, Source, Tally};
pub use kind::{Kind, ParseKindError};
pub use kinds::{Failures, Kinds};
pub use machine::{GEOMETRY, Machine, Placement, Purpose, Shape, Work};
pub use pages::{LEAF_BITS, LeafBits, SecondPage, TableBits, TablePlace};
pub use show::Conditions;
pub use signature::{Class, Expected, Signature};
pub use slice::{Axis, Combinations, Derivation, Parts, Slice};
pub use status::Status;

#[cfg(test)]
mod tests;
