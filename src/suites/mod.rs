//! How the cases of each suite are carried out; what they are is declared in the crate `cases`.

mod abandonment;
mod batch;
mod context;
mod findings;
mod functions;
mod group;
mod handler;
mod litmus;
mod ordering;
mod product;
mod races;
mod rendezvous;
mod rows;
mod run;
mod seed;
mod self_check;
mod sequences;
mod set_access_flags;
mod software;
mod speculation;
mod stale;
mod swap;
mod sweep;
mod table_memory;
mod updates;
mod walk;

pub use context::{Conclusion, Context, Trouble};
pub use run::{Machine, run};

/// What carries out a case.
pub type Function = fn(&mut Context<'_>) -> Conclusion;
