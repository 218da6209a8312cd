//! The kernel: boots, runs the suites, prints the verdict.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("afdbm-kernel runs on bare metal: boot it with scripts/run, or `cargo run`");
    std::process::exit(2);
}
