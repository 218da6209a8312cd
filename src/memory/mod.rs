//! Memory: the kernel's own mappings, frames and heap, and the address spaces of the cases.

pub mod anonymous;
pub mod case_memory;
pub mod case_space;
pub mod cells;
pub mod containment;
pub mod data;
pub mod frames;
mod heap;
pub mod hole;
pub mod identity;
pub mod large;
pub mod linear;
pub mod litmus_space;
pub mod mapping;
pub mod module;
mod pool;
mod presence;
pub mod stage_2;
mod start;
pub mod walk;

pub use start::{FirmwareTables, StartError, find_device_tree, initialize, map_device_early};
