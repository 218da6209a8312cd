//! Boots with litmus files.
