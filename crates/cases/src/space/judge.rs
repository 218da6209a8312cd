//! Running combinations on a machine and holding each against the oracle.

use super::{Implemented, Lacking, Tally};
use crate::product::{self, Examination, Failures, Kind, Kinds, Region, Signature};
use core::fmt;
use oracle::{Clause, Features, Mismatch, Outcome, Query, explain};

/// Accesses of one kind: what they need of memory, what is asked of the oracle.
pub trait Space {
    /// What memory and which tables an access needs.
    type Shape: Copy;

    /// Where an access goes.
    type Placement;

    /// One access that was run.
    type Examination: Examined;
}

/// What is asked, in a space.
pub(crate) type Asked<S> = <<S as Space>::Examination as Examined>::Query;

/// What is seen, in a space.
pub(crate) type Seen<S> = <<S as Space>::Examination as Examined>::Outcome;

/// One access that was run, held against the oracle, with all that a log has to say of it.
pub trait Examined: fmt::Display + fmt::Debug {
    /// What was asked.
    type Query;

    /// What was seen.
    type Outcome: PartialEq;

    /// Holds what was seen against what is allowed.
    fn new(query: Self::Query, outcome: Self::Outcome) -> Self;

    /// Returns what was seen.
    fn outcome(&self) -> &Self::Outcome;

    /// Returns in what it differs, if it is not allowed.
    fn mismatch(&self) -> Option<Mismatch>;

    /// Returns the signature of a mismatch.
    fn signature(&self, mismatch: Mismatch) -> Signature;

    /// Returns the clauses that the machine behaves as if it did not know.
    fn explain(&self) -> impl DoubleEndedIterator<Item = Clause>;
}

impl Examined for Examination {
    type Query = Query;
    type Outcome = Outcome;

    fn new(query: Query, outcome: Outcome) -> Self {
        Self::new(query, outcome)
    }

    fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    fn mismatch(&self) -> Option<Mismatch> {
        self.mismatch
    }

    fn signature(&self, mismatch: Mismatch) -> Signature {
        Signature::of(&self.allowed, mismatch)
    }

    fn explain(&self) -> impl DoubleEndedIterator<Item = Clause> {
        explain(&self.query, &self.outcome)
    }
}

/// A machine that can be asked what it does in a space.
pub trait Machine<S: Space> {
    /// Returns what the PE implements.
    fn features(&self) -> Features;

    /// Returns what the PE can walk.
    fn implemented(&self) -> Implemented;

    /// Returns where an access of this shape goes, or `None` if the machine has no memory for it, or memory of its own beyond
    /// what the tables reach. Always the same for the same shape.
    fn place(&mut self, shape: S::Shape) -> Option<S::Placement>;

    /// Sets the controls and the descriptors of `query`, empties the TLB of them, makes the access that is to go before,
    /// makes the access, and reports all that changed. What is said of the product's machine holds here, too.
    fn run(&mut self, shape: S::Shape, query: &Asked<S>) -> Seen<S>;
}

/// Why a combination is not run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dropped {
    /// The product would drop it.
    Product(product::Dropped),
    /// The PE lacks the tables.
    Lacking(Lacking),
    /// The level has no contiguous groups here.
    NoGroup,
    /// No descriptor of the format holds the output address, or the machine itself needs as much.
    NoSuchOutput,
    /// An access, or its speculation, would go to where no memory is.
    OutputWithoutMemory,
    /// The machine has no memory at which the access could be made.
    NoMemory,
    /// The indirect permission 0b1001 is for the guarded control stack (FEAT_GCS), which is not asked about.
    GuardedControlStack,
    /// A reserved indirect permission of EL0 grants it nothing (Arm ARM R_LLZDZ); whether PAN takes it for an access that EL0
    /// has is told differently by text and pseudocode.
    ReservedPermission,
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(dropped) => write!(formatter, "{dropped}"),
            Self::Lacking(lacking) => write!(formatter, "this CPU has {lacking}"),
            Self::NoGroup => formatter.write_str("no contiguous group at this level of these tables"),
            Self::NoSuchOutput => formatter.write_str("no such output address in this format"),
            Self::OutputWithoutMemory => formatter.write_str("no memory at the output address"),
            Self::NoMemory => formatter.write_str("no memory for it on this machine"),
            Self::ReservedPermission => formatter.write_str("PAN with a reserved permission of EL0"),
            Self::GuardedControlStack => formatter.write_str("the permission of a guarded control stack"),
        }
    }
}

/// One combination of a space.
pub trait Question: fmt::Display + fmt::Debug {
    /// The space of the machines that can run it.
    type Space: Space;

    /// Returns what memory and which tables it needs.
    fn shape(&self) -> <Self::Space as Space>::Shape;

    /// Returns its number.
    fn index(&self) -> u64;

    /// Returns the combination of the product that is nearest: what is known of its values, for the filter and for the
    /// conditions of a kind of failure.
    fn of_product(&self) -> product::Combination;

    /// Returns the conditions that it fulfils, for a kind of failure: those of the combination of the product.
    fn region(&self) -> Region {
        let mut region = Region::NONE;
        region.extend(&self.of_product());
        region
    }

    /// Returns what it asks of a machine.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    fn query(&self, judge: &mut Judge<'_, Self::Space>) -> Result<Asked<Self::Space>, Dropped>;
}

/// Holds what a machine does against the oracle.
pub struct Judge<'a, S: Space> {
    machine: &'a mut dyn Machine<S>,
    pub(crate) features: Features,
    pub(crate) implemented: Implemented,
}

impl<'a, S: Space> Judge<'a, S> {
    /// Asks the machine once for what does not change.
    pub fn new(machine: &'a mut dyn Machine<S>) -> Self {
        let (features, implemented) = (machine.features(), machine.implemented());
        Self { machine, features, implemented }
    }

    /// Returns where the accesses of a shape go.
    pub(crate) fn place(&mut self, shape: S::Shape) -> Result<S::Placement, Dropped> {
        self.machine.place(shape).ok_or(Dropped::NoMemory)
    }

    /// Runs one combination.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    pub fn examine(&mut self, question: &impl Question<Space = S>) -> Result<S::Examination, Dropped> {
        if let Some(dropped) = product::filter(&question.of_product(), &self.features) {
            return Err(Dropped::Product(dropped));
        }
        let query = question.query(self)?;
        let outcome = self.machine.run(question.shape(), &query);
        Ok(S::Examination::new(query, outcome))
    }

    /// Runs one combination, and counts it; returns it where it fails, after it was noted.
    pub fn judge(
        &mut self,
        question: &impl Question<Space = S>,
        tally: &mut Tally<Dropped>,
        kinds: &mut Kinds,
    ) -> Option<S::Examination> {
        let seen = match self.examine(question) {
            Ok(seen) => seen,
            Err(dropped) => {
                tally.drop_for(dropped);
                return None;
            }
        };
        tally.run += 1;
        let mismatch = seen.mismatch()?;
        tally.failed += 1;
        let clause = seen.explain().next_back();
        let kind = Kind { signature: seen.signature(mismatch), clause, region: question.region() };
        kinds.add(&Failures { kind, count: 1, representative: question.of_product() });
        Some(seen)
    }
}
