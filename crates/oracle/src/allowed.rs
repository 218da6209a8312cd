//! What the architecture allows of one access: a bounded set of alternatives, without allocation.

use super::{Clause, Leaves, Outcome, Pages, Par, TableUpdate};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::fault::{FaultStatus, Syndrome};
use afdbm::stage::Stage;
use arrayvec::ArrayVec;

/// Whether the hardware makes a change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Change {
    /// The change is forbidden.
    #[default]
    Never,
    /// The change is made or not.
    May,
    /// The change is required.
    Must,
}

impl Change {
    /// Returns what two accesses, one after the other, do together.
    #[must_use]
    pub fn and_then(self, later: Self) -> Self {
        self.max(later)
    }

    /// Returns `May` where `permitted`, else `Never`.
    #[must_use]
    pub const fn may_if(permitted: bool) -> Self {
        if permitted { Self::May } else { Self::Never }
    }
}

/// What happens to one leaf descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Update {
    /// AF goes from 0 to 1. Without meaning where it is 1 already.
    pub accessed: Change,
    /// AP\[2\] goes from 1 to 0. `Never` unless the descriptor is writable-clean.
    pub dirtied: Change,
    /// Becoming dirty with AF=0 is forbidden.
    pub dirty_needs_accessed: bool,
    /// A page of which a byte was written must be dirty: the descriptor is writable-clean.
    pub written_is_dirty: bool,
}

/// How the bytes that an access covers in one page may stand afterwards: a set of [`Bytes`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BytesSet(u8);

/// How the bytes that an access covers in one page stand afterwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Bytes {
    /// As before the access; also what an access that stores the old value leaves.
    #[default]
    Old,
    /// All as the access writes them.
    New,
    /// Some as before, some as the access writes them.
    Mixed,
    /// Neither.
    Foreign,
}

impl BytesSet {
    /// Only [`Bytes::Old`].
    pub const OLD: Self = Self(1 << Bytes::Old as u8);
    /// Only [`Bytes::New`].
    pub const NEW: Self = Self(1 << Bytes::New as u8);
    /// [`Bytes::Old`], [`Bytes::New`] or [`Bytes::Mixed`].
    pub const PARTLY_WRITTEN: Self =
        Self(1 << Bytes::Old as u8 | 1 << Bytes::New as u8 | 1 << Bytes::Mixed as u8);
    /// Any value.
    pub const ANY: Self = Self(0b1111);

    /// Tells whether the set holds `bytes`.
    #[must_use]
    pub const fn contains(self, bytes: Bytes) -> bool {
        self.0 >> bytes as u8 & 1 != 0
    }
}

/// A syndrome of which some bits may have any value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SyndromePattern {
    /// The expected value of ESR_EL1.
    pub value: Syndrome,
    /// The bits that are compared.
    pub mask: u64,
}

impl SyndromePattern {
    /// Tells whether `syndrome` agrees in all bits that are compared.
    #[must_use]
    pub const fn matches(self, syndrome: Syndrome) -> bool {
        (syndrome.0 ^ self.value.0) & self.mask == 0
    }
}

/// What an access ends in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It completes, and there is no value to look at.
    Completes,
    /// It completes and returns what memory held.
    ReturnsData,
    /// It completes and returns anything (a clause that was taken out).
    ReturnsAnything,
    /// STXR returns 0 (`true`) or 1.
    ReturnsStatus(bool),
    /// STXR returns 0 or 1 (a clause that was taken out).
    ReturnsAnyStatus,
    /// AT: PAR_EL1 holds this output address, in the granule of 4 KiB.
    ReportsOutput(PhysicalAddress),
    /// AT: PAR_EL1 holds this fault.
    ReportsFault(FaultStatus),
    /// AT by both stages: PAR_EL1 holds this fault of stage 2.
    ReportsStage2Fault {
        /// PAR_EL1.
        report: Par,
        /// The bits of PAR_EL1 that are compared.
        mask: u64,
    },
    /// AT: PAR_EL1 holds anything (a clause that was taken out).
    ReportsAnything,
    /// An abort.
    Faults {
        /// ESR_EL1.
        syndrome: SyndromePattern,
        /// FAR_EL1.
        address: VirtualAddress,
        /// The bits of FAR_EL1 that are compared.
        address_mask: u64,
    },
}

/// One way in which the access may go.
#[derive(Clone, Copy, Debug)]
pub struct Alternative<S = ()> {
    /// What it ends in.
    pub ending: Ending,
    /// What happens to each leaf; nothing to one that the access does not have.
    pub updates: Leaves<Update>,
    /// What happens to the Access flag of the Table descriptors of each page's walk.
    pub tables: Pages<TableUpdate>,
    /// The bytes in each page.
    pub bytes: Pages<BytesSet>,
    /// The clause that decides the ending.
    pub clause: Clause,
    /// What it says of stage 2, where there is one.
    pub stage_2: S,
}

impl Alternative {
    /// Returns the same with what stage 2 makes of it.
    pub(super) fn with_stage_2<S>(&self, stage_2: S) -> Alternative<S> {
        let Self { ending, updates, tables, bytes, clause, .. } = *self;
        Alternative { ending, updates, tables, bytes, clause, stage_2 }
    }
}

impl<S: PartialEq> PartialEq for Alternative<S> {
    /// Compares the predictions; the clause is only their explanation.
    fn eq(&self, other: &Self) -> bool {
        self.ending == other.ending
            && self.updates == other.updates
            && self.tables == other.tables
            && self.bytes == other.bytes
            && self.stage_2 == other.stage_2
    }
}

/// What became of the access that went before ([`super::TlbState`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(u8)]
pub enum Before {
    /// There was none.
    #[default]
    Nothing,
    /// It was to complete.
    Completes,
    /// It was to fault, in one of the pages at least.
    Faults,
}

/// What may happen to a contiguous group, over and above its accessed member.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Group {
    /// Other members may have their Access flag set.
    pub shares_flag: bool,
    /// The accessed member's Access flag is not required.
    pub flag_elsewhere: bool,
    /// The dirty state may be recorded in any member in place of the accessed one.
    pub dirty_elsewhere: bool,
    /// How many members may become dirty.
    pub dirtied_at_most: u8,
}

/// The most alternatives that an access has.
pub const ALTERNATIVES: usize = 6;

/// All that the architecture allows of one access.
#[derive(Clone, Debug)]
pub struct Allowed<S = (), const MOST: usize = ALTERNATIVES> {
    alternatives: ArrayVec<Alternative<S>, MOST>,
    /// Bits of the leaves that no update changes.
    pub leaf_mask: u64,
    /// Bits of the Table descriptors that nothing changes.
    pub table_mask: u64,
    /// Bits of the neighbouring descriptors that nothing changes.
    pub neighbour_mask: u64,
    /// What holds of a contiguous group.
    pub group: Group,
    /// What became of the access that went before.
    pub before: Before,
}

impl<S: PartialEq, const MOST: usize> PartialEq for Allowed<S, MOST> {
    fn eq(&self, other: &Self) -> bool {
        self.alternatives() == other.alternatives()
            && self.leaf_mask == other.leaf_mask
            && self.table_mask == other.table_mask
            && self.neighbour_mask == other.neighbour_mask
            && self.group == other.group
    }
}

impl Default for Allowed {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, const MOST: usize> Allowed<S, MOST> {
    /// Nothing is allowed yet, and all other bits survive.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            alternatives: ArrayVec::new_const(),
            leaf_mask: !Stage::One.hardware_managed(),
            table_mask: !0,
            neighbour_mask: !0,
            group: Group {
                shares_flag: false,
                flag_elsewhere: false,
                dirty_elsewhere: false,
                dirtied_at_most: 1,
            },
            before: Before::Nothing,
        }
    }

    /// Adds an alternative.
    ///
    /// # Panics
    ///
    /// Panics if there are `MOST` already, which no query has.
    pub(super) fn allow(&mut self, alternative: Alternative<S>) {
        self.alternatives.push(alternative);
    }

    /// Returns the alternatives, one at least.
    #[must_use]
    pub fn alternatives(&self) -> &[Alternative<S>] {
        &self.alternatives
    }

    pub(super) fn alternatives_mut(&mut self) -> &mut [Alternative<S>] {
        &mut self.alternatives
    }
}

impl Allowed {
    /// Returns the outcome that a machine shows which takes the first alternative and makes every change
    /// that it may make (`eager`), or none but those that it must make.
    ///
    /// `query` is the one from which this was predicted.
    #[must_use]
    pub fn example(&self, query: &super::Query, eager: bool) -> Outcome {
        Outcome::example(query, &self.alternatives[0], eager)
    }
}
