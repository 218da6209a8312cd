//! The fault of an access in one page.

use super::Clause;
use afdbm::fault::FaultStatus;

/// Why an access to a page cannot complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    pub(super) status: FaultStatus,
    pub(super) clause: Clause,
    /// A plain read would have been refused in the same way.
    pub(super) read_too: bool,
    /// An Alignment fault that no translation comes before.
    pub(super) early: bool,
    /// A Permission fault to which the dirty state alone is due.
    pub(super) for_dirty_state: bool,
}
