//! What is asked of a machine: the case table, every case as one declaration, and the product of combinations.
//!
//! [`SUITES`] holds every case, in the order in which they run. The host lists and selects cases from it, the kernel
//! carries them out, and the documents `docs/cases.md`, `docs/coverage.md` and `docs/tlbi.md` are generated from it.
#![no_std]
#![forbid(unsafe_code)]

pub mod accesses;
mod case;
mod document;
pub mod extended;
mod extent;
pub mod geometries;
#[cfg(test)]
mod hardware;
pub mod invalidating;
pub mod nested;
pub mod product;
pub mod race;
pub mod rows;
pub mod space;
pub mod states;
mod suites;
pub mod swapping;

pub use afdbm::geometry::Granule;
pub use afdbm::regime::Regime;
pub use case::{
    Asked, Body, Case, Expected, FOR_A_LITMUS_TEST, GENEROUS, LITMUS, Management, Needs, Starts, Suite,
};
pub use document::{Document, TlbiDocument};
pub use extent::Extent;
pub use suites::SUITES;

#[cfg(test)]
mod tests;
