//! Swapping under memory pressure, with any version of set_access_flags: the report's scenario.
//!
//! A small memory manager runs threads at EL0 over fewer frames than they use pages. The table says what each
//! version comes to on each machine, from sequences that leave nothing to chance; the versions that are right then
//! run under pressure too. The other cases run the report's workload at any size.

mod acts;
mod counts;
mod fault;
mod machines;
mod manager;
mod pressure;
mod reclaim;
mod run;
mod stop;
mod store_memory;
mod table;
mod tell;
mod thread;
mod window;

pub use table::fill;

use super::Function;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("table-of-verdicts", table::verdicts),
    ("streamed-buffer-survives", run::stream),
    ("random-accesses-survive", run::mix),
    ("hardware-spares-faults", run::compare),
];
