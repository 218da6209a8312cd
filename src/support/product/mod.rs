//! The product's combinations on this machine: the accesses, and the CPUs that make them.

pub mod access;
pub mod crew;
pub mod machine;
pub mod site;
pub mod stages;
mod walks;
