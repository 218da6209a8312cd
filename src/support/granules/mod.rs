//! Accesses through tables of any granule, size and format: the sites, the regime that walks them, and the machine that the
//! oracle's judge asks.

mod machine;
pub mod regime;
pub mod runner;
mod site;

pub use machine::{Sites, ThisCpu};
pub use regime::El10;
