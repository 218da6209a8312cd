//! Tests of the space: its numbers, its places, and the machines that lie in it.

mod lying;
mod machine;
mod numbering;
