//! Tests of the space: its numbers, and machines that lie in it.

mod indirect;
mod lying;
mod machine;
mod numbering;
