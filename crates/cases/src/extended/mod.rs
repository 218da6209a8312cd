//! A third space of accesses, beside the product: what TCR2_EL1 turns on, against the same oracle. Indirect permissions
//! (FEAT_S1PIE, rows I01 to I06), and the Access flag of Table descriptors (FEAT_HAFT, rows J01 to J06).
//!
//! [`Granted`] is a setting of PIR_EL1 and PIRE0_EL1; a [`Combination`] varies it with tables, leaf, controls and access, and is
//! named by a number. Machines are those of [`geometries`](crate::geometries), with tables of 4K and 48 bits of address.
//! [`Selection`] says which combinations a case is about.

mod combination;
mod granted;
mod question;
mod selection;

pub use combination::{COMBINATIONS, Combination, TableFlags};
pub use granted::{Granted, Kept};
pub use selection::{Extension, Selection, Setting, Theme};

#[cfg(test)]
mod tests;
