//! What is asked of a machine: the rows of the case table, and the product of combinations.
#![no_std]
#![forbid(unsafe_code)]

pub mod coverage;
pub mod product;
