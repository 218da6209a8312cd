//! The evidence of one access to one page that nobody else uses, by which the invariants judge it.

use crate::probe::{Ending, FAULT_CAP, ProbeReport, Stub};
use crate::support::findings::Findings;
use crate::support::handler::{Made, Taken};
use afdbm::descriptor::Descriptor;
use afdbm::fault::FaultStatus;
use afdbm::operations::{
    AccessEnd, Answer, Attempt, Breach, Grant, Passage, Rewrite, Transition, Writes, encoding, monotone,
    no_invented_permission, no_lost_dirty, no_over_dirty, progress, return_value, tlb,
};
use alloc::format;
use core::fmt;

/// How often software may change the descriptor for one access where nobody interferes: for the Access flag, then for
/// the permission. A fault that finds nothing to change may come between, since a walk need not see an earlier store at
/// once (Arm ARM R_WZCBG), and counts for [`FAULT_CAP`] alone.
const CHANGES: u32 = 2;

/// One access, as it went.
#[derive(Debug)]
pub struct AccessEvidence<'a> {
    /// What it was.
    pub stub: Stub,
    /// The page's own descriptor before it.
    pub before: Descriptor,
    /// And after it.
    pub after: Descriptor,
    /// The descriptors that may hold the record of its write: the page's own; where a TLB has used a sibling's entry of a
    /// contiguous group, all of that (Arm ARM R_JKCXG).
    pub records: &'a [Descriptor],
    /// What became of it.
    pub seen: &'a ProbeReport,
    /// How often the fault handler changed the descriptor.
    pub changes: u32,
}

impl fmt::Display for AccessEvidence<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stub, before, after, seen, .. } = self;
        write!(formatter, "{stub}: {before} to {after}, {} after {} faults", seen.ending, seen.faults)
    }
}

impl AccessEvidence<'_> {
    /// Notes what the access breaks; `told` is the trial, for an example.
    pub fn judge(&self, findings: &mut Findings, told: &dyn fmt::Display) {
        for breach in self.breaches().into_iter().flatten() {
            findings.note(breach.invariant(), || format!("{told}: {self}: {breach}"));
        }
    }

    fn breaches(&self) -> [Option<Breach>; 8] {
        let Self { before, after, .. } = *self;
        let is_write = self.stub == Stub::Store;
        let landed = is_write && self.seen.ending == Ending::Returned;
        let writes = |memory| Writes {
            landed: before.is_dirty() || landed,
            attempted: before.is_dirty() || is_write,
            memory,
            returned_dirty: false,
            given_up: false,
        };
        let asks_dirty = is_write && before.is_writable();
        let grant = Grant { before, after, asks_writable: false, asks_dirty, authorised: true };
        // The page's TLB entries were invalidated before: what is not writable was never to be written.
        let write_withdrawn = !before.is_writable();
        let end = self.end();
        [
            no_lost_dirty(&writes(self.records)),
            no_over_dirty(&writes(&[after])),
            no_invented_permission(&grant),
            monotone(&Transition { before, after, taken_back: 0 }),
            encoding(&Rewrite { before, after, by_hardware: false }),
            progress(&Attempt { faults: self.seen.faults, cap: FAULT_CAP, end }),
            progress(&Attempt { faults: self.changes, cap: CHANGES, end }),
            tlb(&Passage { write_withdrawn, ..Passage::by_walk(after, landed) }),
        ]
    }

    fn end(&self) -> AccessEnd {
        let status = self.seen.fault.map(|fault| fault.syndrome.status());
        let is_permitted = self.stub != Stub::Store || self.before.is_writable();
        match self.seen.ending {
            Ending::Returned => AccessEnd::Passed,
            Ending::FaultLoop | Ending::TimedOut => AccessEnd::Endless,
            Ending::Fault if !is_permitted && matches!(status, Some(FaultStatus::Permission(_))) => {
                AccessEnd::Forbidden
            }
            Ending::Fault => AccessEnd::Refused,
        }
    }
}

/// Notes what the routine broke about one fault; `entry` is what was asked of it.
pub fn judge_step(findings: &mut Findings, taken: &Taken, entry: Descriptor, told: &dyn fmt::Display) {
    let Taken { found, left, memory, made, .. } = *taken;
    let breach = match made {
        Made::Resolved => monotone(&Transition { before: found, after: left, taken_back: 0 }),
        Made::Unchanged => return_value(&Answer::nothing_changed(memory, entry)),
        Made::Stale | Made::Refused => None,
    };
    if let Some(breach) = breach {
        findings.note(breach.invariant(), || format!("{told}: {taken}: {breach}; the entry is {entry}"));
    }
}
