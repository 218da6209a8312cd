//! Running combinations on a machine and holding each against the oracle.

use super::{Combination, Dropped, Machine, Purpose, Shape, Status, filter};
use crate::{
    descriptor::Level,
    fault::FaultStatus,
    oracle::{
        Allowed, Architecture, Aspect, Before, Ending, Features, Fingerprint, Mismatch, Outcome, Query,
        check, predict,
    },
};
use core::fmt;

/// What was to happen, as far as a finding tells it apart: the ending of the first alternative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Expected {
    /// The access was to complete.
    Completion,
    /// A Translation fault.
    Translation,
    /// An Address size fault.
    AddressSize,
    /// An Access flag fault.
    AccessFlag,
    /// A Permission fault.
    Permission,
    /// An Alignment fault.
    Alignment,
}

impl Expected {
    pub(super) const ALL: [Self; 6] = [
        Self::Completion,
        Self::Translation,
        Self::AddressSize,
        Self::AccessFlag,
        Self::Permission,
        Self::Alignment,
    ];

    /// Returns what the first alternative ends in.
    fn of(allowed: &Allowed) -> Self {
        let status = match allowed.alternatives()[0].ending {
            Ending::Faults { syndrome, .. } => syndrome.value.status(),
            Ending::ReportsFault(status) => status,
            _ => return Self::Completion,
        };
        match status {
            FaultStatus::Translation(_) => Self::Translation,
            FaultStatus::AddressSize(_) => Self::AddressSize,
            FaultStatus::AccessFlag(_) => Self::AccessFlag,
            FaultStatus::Permission(_) => Self::Permission,
            _ => Self::Alignment,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Completion => "completion",
            Self::Translation => "Translation fault",
            Self::AddressSize => "Address size fault",
            Self::AccessFlag => "Access flag fault",
            Self::Permission => "Permission fault",
            Self::Alignment => "Alignment fault",
        })
    }
}

/// What a combination was to come to: only combinations of one class are compared with each other when failures are
/// gathered, so that a finding need not say when an access is permitted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Class {
    /// What was to happen.
    pub expected: Expected,
    /// What became of the access that went before.
    pub before: Before,
}

impl Class {
    /// Returns the class of a prediction.
    #[must_use]
    pub fn of(allowed: &Allowed) -> Self {
        Self { expected: Expected::of(allowed), before: allowed.before }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.expected)?;
        formatter.write_str(match self.before {
            Before::Nothing => "",
            Before::Completes => " after another access",
            Before::Faults => " after another access that faults",
        })
    }
}

/// In what a combination failed: its failures are gathered by this.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signature {
    /// What differs.
    pub aspect: Aspect,
    /// What was to happen.
    pub class: Class,
}

impl Signature {
    /// Returns the signature of a mismatch with `allowed`.
    #[must_use]
    pub fn of(allowed: &Allowed, mismatch: Mismatch) -> Self {
        let class = Class::of(allowed);
        let before = if looks_back(mismatch.aspect) { class.before } else { Before::Nothing };
        Self { aspect: mismatch.aspect, class: Class { before, ..class } }
    }

    /// Tells whether combinations of `class` are compared with those that fail so.
    #[must_use]
    pub fn concerns(&self, class: Class) -> bool {
        self.class.expected == class.expected
            && (!looks_back(self.aspect) || self.class.before == class.before)
    }
}

/// Tells whether what is wrong may be the doing of the access that went before.
const fn looks_back(aspect: Aspect) -> bool {
    matches!(
        aspect,
        Aspect::FlagMissing
            | Aspect::FlagUnexpected
            | Aspect::DirtyMissing
            | Aspect::DirtyUnexpected
            | Aspect::DirtyWithoutFlag
            | Aspect::LeafBits
            | Aspect::Group
            | Aspect::Tables
            | Aspect::Neighbours
    )
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} where {} is expected", self.aspect, self.class)
    }
}

/// What a run came to, in counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Combinations that were run.
    pub run: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Combinations that were dropped, by reason ([`Dropped::ALL`]).
    pub dropped: [u64; Dropped::ALL.len()],
    /// The choices that the machine was seen to make.
    pub fingerprint: Fingerprint,
}

impl Tally {
    /// Takes in what another CPU counted.
    pub fn merge(&mut self, other: &Self) {
        self.run += other.run;
        self.failed += other.failed;
        for (mine, theirs) in self.dropped.iter_mut().zip(other.dropped) {
            *mine += theirs;
        }
        self.fingerprint.merge(&other.fingerprint);
    }

    /// Returns how many combinations were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.iter().sum()
    }
}

/// One combination that was run, with all that a log has to say of it.
#[derive(Clone, Copy, Debug)]
pub struct Examination {
    /// What was asked.
    pub query: Query,
    /// What was allowed.
    pub allowed: Allowed,
    /// What was seen.
    pub outcome: Outcome,
    /// In what it differs, if it is not allowed.
    pub mismatch: Option<Mismatch>,
}

/// Holds what a machine does against the oracle.
#[derive(Debug)]
pub struct Judge<'a, M> {
    machine: &'a mut M,
    features: Features,
    placements: [Option<super::Placement>; 18],
}

impl<'a, M: Machine> Judge<'a, M> {
    /// Asks the machine once for what does not change.
    pub fn new(machine: &'a mut M) -> Self {
        let features = machine.features();
        let mut placements = [None; 18];
        for level in [Level::L1, Level::L2, Level::L3] {
            for contiguous in [false, true] {
                for purpose in [Purpose::Data, Purpose::Code, Purpose::Crossing] {
                    let shape = Shape { level, contiguous, purpose };
                    placements[place(shape)] = machine.place(shape);
                }
            }
        }
        Self { machine, features, placements }
    }

    /// Returns what the combination asks, or why it is dropped.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    #[inline]
    pub fn query(&self, combination: &Combination) -> Result<Query, Dropped> {
        if let Some(dropped) = filter(combination, &self.features) {
            return Err(dropped);
        }
        let placement = self.placements[place(Shape::of(combination))].as_ref().ok_or(Dropped::NoMemory)?;
        placement.query(combination, self.features).ok_or(Dropped::NoMemory)
    }

    /// Runs one combination.
    #[inline]
    pub fn judge(&mut self, combination: &Combination, tally: &mut Tally) -> Status {
        let query = match self.query(combination) {
            Ok(query) => query,
            Err(dropped) => {
                tally.dropped[dropped as usize] += 1;
                return Status::NOT_RUN;
            }
        };
        let outcome = self.machine.run(combination, &query);
        let allowed = predict(Architecture, &query);
        tally.run += 1;
        match check(&query, &allowed, &outcome) {
            Ok(()) => {
                tally.fingerprint.observe(&query, &allowed, &outcome);
                Status::passed(Class::of(&allowed))
            }
            Err(mismatch) => {
                tally.failed += 1;
                Status::failed(Signature::of(&allowed, mismatch))
            }
        }
    }

    /// Runs one combination for its own sake; `None` if it is dropped.
    pub fn examine(&mut self, combination: &Combination) -> Option<Examination> {
        let query = self.query(combination).ok()?;
        let outcome = self.machine.run(combination, &query);
        let allowed = predict(Architecture, &query);
        let mismatch = check(&query, &allowed, &outcome).err();
        Some(Examination { query, allowed, outcome, mismatch })
    }

    /// Runs combinations in turn and notes what becomes of each, until there are no more or no more room.
    ///
    /// Returns how many were taken.
    pub fn judge_all(
        &mut self,
        combinations: impl Iterator<Item = Combination>,
        statuses: &mut [Status],
        tally: &mut Tally,
    ) -> usize {
        let mut taken = 0;
        for (status, combination) in statuses.iter_mut().zip(combinations) {
            *status = self.judge(&combination, tally);
            taken += 1;
        }
        taken
    }
}

const fn place(shape: Shape) -> usize {
    ((shape.level.number() as usize - 1) * 2 + shape.contiguous as usize) * 3 + shape.purpose as usize
}
