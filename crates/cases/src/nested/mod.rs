//! A third space of accesses: both stages of the EL1&0 regime at once, against the same oracle.
//!
//! A [`Combination`] is a setting of the tables of stage 2, the controls of both stages, an access, and the leaves that it
//! meets: that of stage 1, and those of stage 2 for a page of stage 1's tables and for the data. [`Selection`] says which of
//! them a case is about.

mod combination;
mod leaves;
mod place;
mod question;
mod selection;

pub use combination::{COMBINATIONS, Combination, Controls, TableMemory, Walked};
pub use leaves::{DataLeaf, Leaf, TableLeaf};
pub use place::Place;
pub use question::{BothStages, Examination, Placement, STAGE_1, Shape};
pub use selection::{Selection, Setting, Theme};

#[cfg(test)]
mod tests;
