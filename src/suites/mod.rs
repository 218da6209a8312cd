//! How the cases of each suite are carried out; what they are is declared in the crate `cases`.

mod abandonment;
mod copy_and_set;
mod dirty_log;
mod functions;
mod herd;
mod invalidations;
mod ordering;
mod probes;
mod product;
mod races;
mod regimes;
mod run;
mod seed;
mod self_check;
mod sequences;
mod set_access_flags;
mod software;
mod spaces;
mod stale;
mod swap;
mod sweep;
mod table_memory;
mod updates;

pub use crate::support::{Conclusion, Context, Trouble};
pub use run::{BootReport, run};

/// What carries out a case.
pub type Function = fn(&mut Context<'_>) -> Conclusion;
