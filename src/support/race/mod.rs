//! A race of two CPUs on one descriptor: what races with what, and what the invariants say of a round.

pub mod histogram;
pub mod interleaving;
pub mod round_evidence;
