//! Tests of the space: its numbers, its places, and the machines that lie in it.

mod numbering;
