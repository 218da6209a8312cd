//! The product's combinations on this machine: the accesses, and the CPUs that make them.

pub mod access;
pub mod crew;
pub mod machine;
pub mod site;
pub mod stages;

use super::Trouble;
use crate::memory::case_memory::CaseMemory;
use crew::Crew;

/// Gathers the CPUs that take part.
///
/// # Errors
///
/// [`Trouble`] for want of memory.
pub fn gather_crew(memory: &CaseMemory) -> Result<Crew<'_>, Trouble> {
    Crew::new(memory).ok_or_else(|| Trouble::Other("no memory for the tables of every CPU".into()))
}
