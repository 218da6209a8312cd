//! Exhaustive model checking of the operations on live descriptors.
//!
//! The explorer runs the shipped source: an operation is called on a [`tape`], a slot that replays what
//! the operation has seen so far, lets it take one more step on the world's memory, and throws the rest away. Between
//! any two steps every other agent may take any of its own: hardware walkers with their TLBs, fault handlers, other
//! operations. Every state is visited once, breadth first, so that the first counter-example is a shortest one.

pub mod algebra;
pub mod battery;
pub mod contract;
pub mod contract_group;
pub mod contract_handler;
pub mod descriptors;
pub mod explore;
pub mod family;
pub mod operation;
pub mod render;
pub mod scenario;
pub mod shipped;
pub mod software;
pub mod stage_2;
mod step_evidence;
pub mod tape;
pub mod testing;
pub mod walker;
pub mod world;
