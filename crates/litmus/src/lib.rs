//! Litmus files of herd for AArch64 with page tables (variant `vmsa`), as data.
//!
//! The host parses a file, writes the threads' code as assembly, and packs it into a [`module`]; the kernel parses the
//! same text again, runs the threads, and holds each [`FinalState`] that it sees against the condition and against the states
//! that the model allows. What a file says and what is not supported is decided here, and nowhere else.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod assembly;
mod condition;
mod lexer;
pub mod module;
mod parse;
mod problem;
mod state;
mod test;
#[cfg(test)]
mod tests;
mod value;
pub mod verdict;

pub use condition::{Expression, Quantifier};
pub use problem::{Expected, Place, Problem, Unsupported};
pub use state::{Fault, FaultKind, FaultPattern, FinalState, Observable, Shown, StateError};
pub use test::{Extensions, Label, Line, OnFault, Test, Thread};
pub use value::{Descriptor, Value};
