//! Another judge of the oracle: what Arm's own executable specification reaches, line by line.
//!
//! A [`Line`] holds an input and every outcome that the specification reaches for it. [`judge()`] asks the oracle the
//! same: each outcome must be allowed, and what else the oracle allows must be what a named [`Exception`] permits. The
//! format of the lines stands in the README beside this crate, for whoever wants to hold another oracle against them.

mod exception;
mod judge;
mod line;
mod memory;
mod query;

pub use exception::Exception;
pub use judge::{Disagreement, LineVerdict, judge, judge_by};
pub use line::{Change, Ending, Line, LineError, Page, Reached};
pub use memory::{MemoryEnding, MemoryLine, MemoryReached, Space, judge_memory, judge_memory_by};
