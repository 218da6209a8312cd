//! What the tests of the host share.

mod bench;
mod ran;

pub(crate) use bench::Bench;
pub(crate) use ran::Ran;
