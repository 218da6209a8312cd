//! The host side alone: logs of every kind, whole, cut short, tampered with, or missing, from a stand-in for the
//! emulator, and command lines that it has to refuse.

mod bench;
mod bounds;
mod build;
mod disk;
mod elsewhere;
mod endings;
mod expect;
mod left_behind;
mod logs;
#[path = "../support/ran.rs"]
mod ran;
mod readers;
mod release;
mod report;
mod retry;
mod soak;
mod terminal;
mod trust;
mod usage;
mod verdicts;
