//! Running combinations on a machine and holding each against the oracle.

use super::{Class, Combination, Dropped, Kinds, Machine, Purpose, Shape, Signature, Status, filter};
use crate::{
    descriptor::Level,
    oracle::{Allowed, Architecture, Features, Fingerprint, Mismatch, Outcome, Query, Seen, check, predict},
};
use core::fmt;

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

impl fmt::Display for Examination {
    /// Shows lines: the descriptor before, what is allowed, what was seen, in what it differs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = &self.query.access;
        write!(formatter, "{} at {}, leaf {}", access.kind.name(), access.address, self.query.first.leaf())?;
        if access.kind.is_crossing() {
            write!(formatter, ", second {}", self.query.second.leaf())?;
        }
        for (place, alternative) in self.allowed.alternatives().iter().enumerate() {
            write!(formatter, "\n{}: {alternative}", if place == 0 { "allowed" } else { "     or" })?;
        }
        write!(formatter, "\n   seen: {}", Seen { query: &self.query, outcome: &self.outcome })?;
        match self.mismatch {
            Some(mismatch) => write!(formatter, "\ndiffers: {}", mismatch.aspect),
            None => Ok(()),
        }
    }
}

/// Holds what a machine does against the oracle.
#[derive(Debug)]
pub struct Judge<'a, M> {
    machine: &'a mut M,
    features: Features,
    placements: [Option<super::Placement>; 18],
    kinds: Option<&'a mut Kinds>,
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
        Self { machine, features, placements, kinds: None }
    }

    /// Notes the failures that are judged in `kinds`.
    #[must_use]
    pub fn noting(self, kinds: &'a mut Kinds) -> Self {
        Self { kinds: Some(kinds), ..self }
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
                if let Some(kinds) = &mut self.kinds {
                    kinds.note(
                        combination,
                        &Examination { query, allowed, outcome, mismatch: Some(mismatch) },
                    );
                }
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
