//! Hardware management of the Access flag and the dirty state (FEAT_HAFDBS), as a library.
//!
//! This is the portable half of `afdbm`: descriptors, page tables, the operations on live descriptors, and
//! the records of a run. It has no `unsafe` code, no privileged instruction and no global state, and runs
//! unchanged in the bare-metal kernel, under the model checker on the host, and in another kernel.
#![no_std]
#![forbid(unsafe_code)]

pub mod address;
pub mod coverage;
pub mod descriptor;
pub mod device_tree;
pub mod fault;
pub mod history;
pub mod operations;
pub mod options;
pub mod oracle;
pub mod product;
pub mod report;
pub mod swap;
pub mod tables;
pub mod time;
