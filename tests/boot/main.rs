//! The kernel on the emulator: each test boots it, or the few images made from it, and reads the log.
//!
//! `AFDBM_KERNEL` names the kernel, else it is built; `AFDBM_QEMU` names the emulator, else it is the one on the path.

mod booted;
mod broken_trees;
mod cases;
mod debugger;
mod defects;
mod device_trees;
mod images;
#[path = "../support/kernel.rs"]
mod kernel;
mod machines;
#[path = "../support/ran.rs"]
mod ran;
mod refusals;
