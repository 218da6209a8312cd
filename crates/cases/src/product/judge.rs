//! Running combinations on a machine and holding each against the oracle.

use super::{
    Calibration, Class, Combination, Combinations, Dropped, Kinds, Placement, ProductMachine, Purpose, Shape,
    Signature, Status, Variant, Varied, filter, outside,
    prepared_row::{PreparedRow, PreparedRows},
    translated::translate,
};
use afdbm::descriptor::Level;
use afdbm::regime::Regime;
use core::fmt;
use oracle::LeafPlace;
use oracle::{Allowed, Architecture, Features, Fingerprint, Mismatch, Outcome, Query, Seen, check, predict};

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
#[derive(Clone, Debug)]
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

impl Examination {
    /// Holds what was seen against what is allowed.
    #[must_use]
    pub fn new(query: Query, outcome: Outcome) -> Self {
        let allowed = predict(Architecture, &query);
        let mismatch = check(&query, &allowed, &outcome).err();
        Self { query, allowed, outcome, mismatch }
    }
}

impl fmt::Display for Examination {
    /// Shows lines: the descriptor before, what is allowed, what was seen, in what it differs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = &self.query.access;
        write!(
            formatter,
            "{} at {}, leaf {}",
            access.kind.name(),
            access.address,
            self.query.paths[LeafPlace::FIRST].leaf()
        )?;
        if access.kind.is_crossing() {
            write!(formatter, ", second {}", self.query.paths[LeafPlace::SECOND].leaf())?;
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
    regime: Regime,
    calibration: Calibration,
    placements: [Option<Placement>; 18],
    rows: PreparedRows,
    kinds: Option<&'a mut Kinds>,
}

impl<'a, M: ProductMachine> Judge<'a, M> {
    /// Asks the machine once for what does not change.
    pub fn new(machine: &'a mut M) -> Self {
        let (features, regime, calibration) = (machine.features(), machine.regime(), machine.calibration());
        let mut placements = [None; 18];
        for level in [Level::L1, Level::L2, Level::L3] {
            for contiguous in [false, true] {
                for purpose in [Purpose::Data, Purpose::Code, Purpose::Crossing] {
                    let shape = Shape { level, contiguous, purpose };
                    placements[place(shape)] = machine.place(shape);
                }
            }
        }
        Self {
            machine,
            features,
            regime,
            calibration,
            placements,
            rows: PreparedRows::default(),
            kinds: None,
        }
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
    pub fn query(&self, combination: &Combination) -> Result<Query, Dropped> {
        let machine = (self.regime, self.calibration);
        let placement = placement(&self.placements, &self.features, machine, combination)?;
        let mut query = placement.query(combination, self.features);
        translate(self.regime, &mut query);
        Ok(query)
    }

    /// Runs one combination.
    pub fn judge(&mut self, combination: &Combination, tally: &mut Tally) -> Status {
        let mut status = [Status::NOT_RUN];
        self.judge_all(Source::One(Some(*combination)), &mut status, tally, None);
        status[0]
    }

    /// Runs one combination for its own sake.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    pub fn examine(&mut self, combination: &Combination) -> Result<Examination, Dropped> {
        self.examine_varied(&Varied { combination: *combination, variant: Variant::PLAIN })
    }

    /// Runs one combination, varied, for its own sake.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    pub fn examine_varied(&mut self, varied: &Varied) -> Result<Examination, Dropped> {
        let mut query = self.query(&varied.combination)?;
        varied.variant.apply(&mut query);
        let outcome = self.machine.run(&varied.combination, &query);
        Ok(Examination::new(query, outcome))
    }

    /// Runs combinations in turn and notes what becomes of each, until there are no more or no more room; tells all of
    /// the last one where `told` asks for it.
    ///
    /// Returns how many were taken.
    pub fn judge_all(
        &mut self,
        mut combinations: Source<'_>,
        statuses: &mut [Status],
        tally: &mut Tally,
        mut told: Option<&mut Result<Examination, Dropped>>,
    ) -> usize {
        let mut taken = 0;
        for status in statuses {
            let Some(combination) = combinations.current() else { break };
            *status = self.step(combination, tally, told.as_deref_mut());
            combinations.advance();
            taken += 1;
        }
        taken
    }

    fn step(
        &mut self,
        combination: &Combination,
        tally: &mut Tally,
        told: Option<&mut Result<Examination, Dropped>>,
    ) -> Status {
        let Self { placements, features, regime, calibration, .. } = self;
        let asked = self.rows.ask(combination, |combination| {
            let placement = placement(placements, features, (*regime, *calibration), combination)?;
            Ok(PreparedRow::new(combination, placement, *features, *regime))
        });
        let (query, allowed) = match asked {
            Ok(asked) => asked,
            Err(dropped) => {
                tally.dropped[dropped as usize] += 1;
                if let Some(told) = told {
                    *told = Err(dropped);
                }
                return Status::NOT_RUN;
            }
        };
        let outcome = self.machine.run(combination, query);
        tally.run += 1;
        let (status, mismatch) = match check(query, allowed, &outcome) {
            Ok(()) => {
                tally.fingerprint.observe(query, allowed, &outcome);
                (Status::passed(Class::of(allowed)), None)
            }
            Err(mismatch) => {
                tally.failed += 1;
                (Status::failed(Signature::of(allowed, mismatch)), Some(mismatch))
            }
        };
        if told.is_some() || mismatch.is_some() {
            let examination = Examination { query: *query, allowed: allowed.clone(), outcome, mismatch };
            match (told, &mut self.kinds) {
                // Looked at once more: counted already.
                (Some(told), _) => *told = Ok(examination),
                (None, Some(kinds)) => kinds.note(combination, &examination),
                (None, None) => {}
            }
        }
        status
    }
}

/// Combinations, one after the other.
#[derive(Clone, Debug)]
pub enum Source<'a> {
    /// Those of a slice.
    Slice(Combinations<'a>),
    /// A single one.
    One(Option<Combination>),
}

impl Source<'_> {
    /// Returns the combination that is next, where it stands: an iterator would copy each.
    const fn current(&self) -> Option<&Combination> {
        match self {
            Self::Slice(combinations) => combinations.current(),
            Self::One(combination) => combination.as_ref(),
        }
    }

    /// Goes on to the one after it.
    fn advance(&mut self) {
        match self {
            Self::Slice(combinations) => combinations.advance(),
            Self::One(combination) => *combination = None,
        }
    }
}

/// Returns where a combination is run, or why it is dropped.
fn placement<'p>(
    placements: &'p [Option<Placement>],
    features: &Features,
    (regime, calibration): (Regime, Calibration),
    combination: &Combination,
) -> Result<&'p Placement, Dropped> {
    let dropped = outside(regime, combination)
        .or_else(|| filter(combination, features))
        .or_else(|| calibration.drops(combination, features));
    if let Some(dropped) = dropped {
        return Err(dropped);
    }
    let placement = placements[place(Shape::of(combination))].as_ref();
    placement.filter(|place| place.serves(combination)).ok_or(Dropped::NoMemory)
}

const fn place(shape: Shape) -> usize {
    ((shape.level.position() - Level::L1.position()) * 2 + shape.contiguous as usize) * 3
        + shape.purpose as usize
}
