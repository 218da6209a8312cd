//! Lines that list registers and descriptors: other granules, regimes and permissions than the files of leaves have.

mod judge;
mod line;
mod nested;
mod query;

pub use judge::{judge_memory, judge_memory_by};
pub use line::{MemoryEnding, MemoryLine, MemoryReached, Space};
