//! What the invariants say of one access to one page that nobody else uses.

use crate::probe::{Ending, FAULT_CAP, Seen, Stub};
use crate::support::findings::Findings;
use crate::support::handler::{Made, Taken};
use afdbm::descriptor::Descriptor;
use afdbm::fault::FaultStatus;
use afdbm::operations::Invariant;
use afdbm::stage::Stage;
use alloc::format;
use alloc::string::String;
use core::fmt;

/// The bits that an access may change.
const CHANGING: u64 =
    Descriptor::AF | Descriptor::DBM | Descriptor::SOFTWARE_DIRTY | Stage::One.dirty_bit().mask();
/// The faults that one access may take where nobody interferes: Access flag, then permission.
const FAULTS: u32 = 2;

/// One access, as it went.
#[derive(Debug)]
pub struct Judged<'a> {
    /// What it was.
    pub stub: Stub,
    /// The page's own descriptor before it.
    pub before: Descriptor,
    /// And after it.
    pub after: Descriptor,
    /// What became of it.
    pub seen: &'a Seen,
}

impl fmt::Display for Judged<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stub, before, after, seen } = self;
        write!(formatter, "{stub}: {before} to {after}, {} after {} faults", seen.ending, seen.faults)
    }
}

impl Judged<'_> {
    fn is_write(&self) -> bool {
        self.stub == Stub::Store
    }

    /// Whether the page lets the access pass, sooner or later.
    fn is_permitted(&self) -> bool {
        !self.is_write() || self.before.is_writable()
    }

    fn landed(&self) -> bool {
        self.is_write() && self.seen.ending == Ending::Returned
    }

    /// Holds the access against the invariants; `told` is the trial, for an example.
    pub fn judge(&self, findings: &mut Findings, told: &dyn fmt::Display) {
        let Self { before, after, .. } = *self;
        let mut note = |invariant, broken: bool, how: &str| {
            if broken {
                findings.note(invariant, || format!("{told}: {self}: {how}"));
            }
        };
        let must_be_dirty = before.is_dirty() || self.landed();
        note(Invariant::NoLostDirty, must_be_dirty && !after.is_dirty(), "the dirty state is lost");
        let invented = after.is_writable() && !before.is_writable()
            || before.is_read_only() && !after.is_read_only() && !(self.is_write() && before.is_writable());
        note(Invariant::NoInventedPermission, invented, "a permission that nobody asked for");
        let passed = self.landed() && !self.is_permitted();
        note(Invariant::NoInventedPermission, passed, "a write to a page that is not writable passes");
        let others = (before.0 ^ after.0) & !CHANGING != 0;
        note(Invariant::Monotone, others, "a bit that no access changes");
        let illegal = before.is_legal_state() && !after.is_legal_state();
        note(Invariant::Encoding, illegal, "no legal state");
        let over = !self.is_write() && !before.is_dirty() && after.is_dirty();
        note(Invariant::NoOverDirty, over, "dirty without a write");
        if let Some(how) = self.lacks_progress() {
            note(Invariant::Progress, true, &how);
        }
    }

    fn lacks_progress(&self) -> Option<String> {
        let status = self.seen.fault.map(|fault| fault.syndrome.status());
        match (self.seen.ending, self.is_permitted()) {
            (Ending::FaultLoop, _) => Some(format!("a fault loop, ended by the cap of {FAULT_CAP}")),
            (Ending::Fault, false) if matches!(status, Some(FaultStatus::Permission(_))) => None,
            (Ending::Fault | Ending::TimedOut, _) => Some(format!("it never passes: {status:?}")),
            (Ending::Returned, _) => {
                (self.seen.faults > FAULTS).then(|| format!("more than {FAULTS} faults"))
            }
        }
    }
}

/// Holds what the routine did about one fault against the invariants; `entry` is what was asked of it.
pub fn judge_step(findings: &mut Findings, taken: &Taken, entry: Descriptor, told: &dyn fmt::Display) {
    let Taken { found, left, memory, made, .. } = *taken;
    let rising = Descriptor::AF | Descriptor::DBM | Descriptor::SOFTWARE_DIRTY;
    let fell = found.0 & !left.0 & rising != 0;
    let rose = !found.0 & left.0 & Stage::One.dirty_bit().mask() != 0;
    let others = (found.0 ^ left.0) & !CHANGING != 0;
    if made == Made::Resolved && (fell || rose || others) {
        findings.note(Invariant::Monotone, || format!("{told}: {taken}"));
    }
    let unsatisfied = entry.0 & !memory.0 & rising != 0 || memory.is_read_only() && !entry.is_read_only();
    if made == Made::Spurious && unsatisfied {
        findings.note(Invariant::ReturnValue, || {
            format!("{told}: nothing to change, though the entry is {entry} and memory {memory}")
        });
    }
}
