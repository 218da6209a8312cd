//! What a small memory manager that swaps needs beside page tables: the contents that show a lost write, the
//! history of a page, and a compressed store in memory.
//!
//! None of it knows a machine: memory comes from the caller, as atomic words.
#![no_std]
#![forbid(unsafe_code)]

mod encode;
mod history;
mod objects;
mod pattern;
mod plan;
mod store;

pub use encode::{Damaged, Encoded, PAGE_WORDS, Scratch};
pub use history::{Event, EventKind, HISTORY_WORDS, History};
pub use objects::{CLASSES, class_of};
pub use pattern::{Found, Pattern};
pub use plan::{Defaults, MAX_THREADS, Plan, PlanError, Request};
pub use store::{Backing, Slot, Statistics, Store};
