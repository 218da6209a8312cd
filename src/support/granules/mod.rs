//! Accesses through tables of any granule, size and format: the sites, the regime that walks them, and the machine that the
//! oracle's judge asks.

mod machine;
pub mod regime;
mod site;

pub use machine::Sites;
pub use regime::El10;
