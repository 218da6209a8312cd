//! A run as records: the options that ask for it, the log that tells of it, and the verdict.
#![no_std]
#![forbid(unsafe_code)]

pub mod options;
pub mod report;
