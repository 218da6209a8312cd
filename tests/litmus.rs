//! Boots with litmus files: our own pass, those with a wrong verdict fail, and bad input is named.

#[path = "support/kernel.rs"]
mod kernel;
#[path = "support/ran.rs"]
mod ran;

use kernel::kernel;
use ran::Ran;
use std::{fs, path::PathBuf, process};
