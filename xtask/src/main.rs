//! The host side of afdbm.
fn main() {}
