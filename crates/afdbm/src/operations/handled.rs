//! What a fault handler reports.

use crate::descriptor::Descriptor;
use crate::fault::FaultStatus;
use crate::operations::Change;

/// Why a fault is not one that this handler resolves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// Neither an Access flag fault nor a write's Permission fault.
    Status(FaultStatus),
    /// The cell holds no valid leaf of its level.
    NoLeaf(Descriptor),
    /// A write's Permission fault on a descriptor that software may not write.
    NotWritable(Descriptor),
    /// A fault from EL0 on a descriptor that EL0 may not use.
    NotUser(Descriptor),
}

/// What became of a fault.
#[must_use = "it holds the invalidation that is owed"]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handled {
    /// The descriptor was changed. Discharge what is owed, then try the access again.
    Resolved(Change),
    /// Nothing had to be changed: another agent was faster, or this CPU's TLB holds a stale entry. A local
    /// invalidation is owed, then try the access again. Without it the stale entry faults for ever.
    Spurious(Change),
    /// Not a fault of this kind; nothing was written.
    NotOurs(Refusal),
}
