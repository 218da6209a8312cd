//! Accesses that both stages translate: the sites, and the machine that the oracle's judge asks.

mod machine;
mod site;

pub use machine::Sites;
