//! What each predicate is asked about: plain evidence, which a checker gathers in its own way.

use crate::descriptor::Descriptor;
use crate::operations::Outcome;
use crate::stage::Stage;

/// What became of the writes to a page, for [`no_lost_dirty`](super::no_lost_dirty) and
/// [`no_over_dirty`](super::no_over_dirty).
#[derive(Clone, Copy, Debug)]
pub struct Writes<'a> {
    /// A write landed since the last completed clean, or the page was dirty at the start.
    pub landed: bool,
    /// A write was attempted, or software asked to have one recorded. True wherever `landed` is.
    pub attempted: bool,
    /// The page's descriptor; of a contiguous group all of them, since any may hold the record (row F03).
    pub memory: &'a [Descriptor],
    /// The operation that removed the descriptor, or declared the page clean, returned it dirty.
    pub returned_dirty: bool,
    /// Nobody asks for the record: an operation holds it between break and make, or clears it without a look.
    pub given_up: bool,
}

/// A change of the permission to write, for [`no_invented_permission`](super::no_invented_permission).
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// What the last decision about the permission left in memory.
    pub before: Descriptor,
    /// What memory holds now.
    pub after: Descriptor,
    /// Somebody asked for W.
    pub asks_writable: bool,
    /// Somebody asked for a write to be let through: RO may fall.
    pub asks_dirty: bool,
    /// Software may write, by the last decision.
    pub authorised: bool,
}

/// One step of the routine, or several with nothing but hardware between, for [`monotone`](super::monotone).
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// What memory held, with every flag that an access or an earlier step has recorded since.
    pub before: Descriptor,
    /// What memory holds now.
    pub after: Descriptor,
    /// The flags that another operation takes back meanwhile, as aging does with AF.
    pub taken_back: u64,
}

/// One change of a descriptor by anybody, or several, for [`encoding`](super::encoding).
#[derive(Clone, Copy, Debug)]
pub struct Rewrite {
    /// What memory held.
    pub before: Descriptor,
    /// What memory holds now.
    pub after: Descriptor,
    /// The hardware of a walker made the change, in one update.
    pub by_hardware: bool,
}

/// How an access, or the routine that serves it, came to an end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessEnd {
    /// The access was made, or goes on.
    Passed,
    /// It faulted, and software was right not to resolve that.
    Forbidden,
    /// It faulted, and software did not resolve what it should have.
    Refused,
    /// The routine does not end by itself, or the access was still faulting when it was given up.
    Endless,
}

/// How often an access faulted, for [`progress`](super::progress).
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Faults of one kind, or all of them.
    pub faults: u32,
    /// How many there may be.
    pub cap: u32,
    /// How it ended.
    pub end: AccessEnd,
}

/// What an operation returned, for [`return_value`](super::return_value).
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// What it said.
    pub outcome: Outcome,
    /// What memory held when it said so.
    pub memory: Descriptor,
    /// The bits that its words promise to be set.
    pub set: u64,
    /// The bits that they promise to be clear.
    pub clear: u64,
}

impl Answer {
    /// What "nothing changed" promises of the routine that was asked for `entry`: AF, W and D as in the entry or more,
    /// RO as in the entry or clear.
    #[must_use]
    pub const fn nothing_changed(memory: Descriptor, entry: Descriptor) -> Self {
        const RAISED: u64 = Descriptor::AF | Descriptor::DBM | Descriptor::SOFTWARE_DIRTY;
        let (set, clear) = (entry.0 & RAISED, !entry.0 & Stage::One.dirty_bit().clean());
        Self { outcome: Outcome::Unchanged, memory, set, clear }
    }
}

/// A store over an invalid descriptor, for [`invalid_stays`](super::invalid_stays).
#[derive(Clone, Copy, Debug)]
pub struct Overwrite {
    /// What memory held.
    pub before: Descriptor,
    /// What memory holds now.
    pub after: Descriptor,
    /// Whoever wrote is the one that maps a page here, or brings back what it had hidden.
    pub may_map: bool,
}

/// What two histories left that should leave the same, for [`commutes`](super::commutes).
#[derive(Clone, Copy, Debug)]
pub struct Orders {
    /// After one order, or after one time.
    pub one: Descriptor,
    /// After the other order, or after two times.
    pub other: Descriptor,
}

/// An access that passed, for [`tlb`](super::tlb).
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// It wrote.
    pub write: bool,
    /// The TLB entry that translated it; `None` if a walk of memory did.
    pub cached: Option<Descriptor>,
    /// What memory held then.
    pub memory: Descriptor,
    /// The permission to write was withdrawn, and the invalidation is complete.
    pub write_withdrawn: bool,
    /// The page was removed, and the invalidation is complete.
    pub removed: bool,
    /// Its walk recorded the write, on a CPU whose HD was switched off, and the invalidation is complete.
    pub recorded_without_management: bool,
}

impl Passage {
    /// An access by a walk of memory that nothing was withdrawn from.
    #[must_use]
    pub const fn by_walk(memory: Descriptor, write: bool) -> Self {
        Self {
            write,
            cached: None,
            memory,
            write_withdrawn: false,
            removed: false,
            recorded_without_management: false,
        }
    }
}
