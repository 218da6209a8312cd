//! Hardware management of the Access flag and the dirty state (FEAT_HAFDBS), as a library for arm64 kernels.
//!
//! Descriptors, faults, page tables, and the operations on live descriptors. It has no `unsafe` code, no privileged
//! instruction and no global state, and runs unchanged in a bare-metal kernel and under a model checker on the host.
#![no_std]
#![forbid(unsafe_code)]

pub mod address;
pub mod descriptor;
pub mod fault;
pub mod geometry;
mod invalidation;
pub mod operations;
pub mod regime;
pub mod stage;
pub mod tables;
