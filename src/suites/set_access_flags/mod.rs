//! Every version of set_access_flags from every legal state, one access at a time at EL0.
//!
//! A trial is a state of the page, HA and HD of the CPU, and one or two accesses; the fault handler resolves what
//! faults, with the version under trial. Each access is judged by the invariants. What is right has to pass every
//! trial; each historical version is a negative control, which has to break just the invariants that it is known
//! to break.

mod contiguous;
mod cost;
mod neighbours;
mod trial;

pub use contiguous::carry_out as carry_out_group_trials;
pub use neighbours::carry_out as carry_out_operation;
pub use trial::carry_out as carry_out_trials;

use super::Function;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[("saf-instruction-count", cost::count)];
