//! The kernel: boots, runs the suites, prints the verdict.
//!
//! Unsafe code has a fence: `machine` and `memory`. What stands above, probes and suites with what they share, has none.
#![cfg_attr(target_os = "none", no_std, no_main, deny(unsafe_code))]
#![allow(
    clippy::cast_possible_truncation,
    reason = "usize has 64 bits here, and a field is masked where it is read"
)]
#![allow(unreachable_pub, reason = "within a binary, pub says what a module offers to the others")]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg(target_os = "none")]
mod description;
#[cfg(target_os = "none")]
#[allow(unsafe_code, reason = "the machine is what the fence is around")]
mod machine;
#[cfg(target_os = "none")]
#[allow(unsafe_code, reason = "so is memory")]
mod memory;
#[cfg(target_os = "none")]
mod probe;
#[cfg(target_os = "none")]
mod start;
#[cfg(target_os = "none")]
mod suites;
#[cfg(target_os = "none")]
mod support;

/// The linker script, so that a change of it links again.
#[cfg(target_os = "none")]
const _: &[u8] = include_bytes!("../linker.ld");

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("afdbm-kernel runs on bare metal: boot it with scripts/run, or `cargo run`");
    std::process::exit(2);
}
