//! Makes the mutants.
fn main() {}
