//! Gathering what failed: a few regions that hold all failures and nothing that passed.
//!
//! A finding is exact (all of its combinations failed, with the same signature), no value can be added to it, and a
//! condition that it does not name does not matter. Memory is bounded: a [`Status`] for each combination of the slice, a
//! [`Row`] for those that share all but the leaf, and [`FINDINGS`] findings.

use super::{
    Class, Combination, Judge, ProductMachine, Region, Row, Signature, Slice, Status,
    bits::{Bits, words},
    examples::Examples,
    learn::learn,
};
use afdbm::regime::Regime;
use arrayvec::ArrayVec;
use core::fmt;
use oracle::{Allowed, Aspect, Clause, Ending, explains};

/// A set of clauses.
type Clauses = Bits<{ words(Clause::ALL.len()) }>;

/// The most findings that are kept.
pub const FINDINGS: usize = 128;

/// The most members of a finding that are run again to tell which rule it breaks.
const MEMBERS_ASKED: u64 = 32;

/// The combinations that fail alike.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The conditions.
    pub region: Region,
    /// Among which combinations they were found.
    pub scope: Region,
    /// Among which such were looked for.
    pub among: Region,
    /// In what they fail: one or the other.
    pub signatures: ArrayVec<Signature, 2>,
    /// How many were run of the class; all of them failed.
    pub count: u64,
    /// One of them.
    pub representative: Combination,
    /// The rules that the machine behaves as if it did not know, any one of which would explain every member that was
    /// asked; where there is none, the rule that the representative breaks.
    pub clauses: ArrayVec<Clause, 4>,
    /// The members that were asked again failed again.
    pub reproduced: bool,
}

/// What was found, over all slices.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    found: ArrayVec<Finding, FINDINGS>,
    overflow: u64,
}

impl Findings {
    /// Gathers the failures of `slice`, whose combinations came to `statuses`, and asks `judge` again which rules they
    /// break; `rows` is for work. What all of `whole`, of which the slice is a part, have in common goes without saying.
    ///
    /// # Panics
    ///
    /// Panics if there are fewer statuses than combinations, or fewer rows than they need.
    pub fn gather<M: ProductMachine>(
        &mut self,
        (slice, whole): (&Slice, &Slice),
        statuses: &[Status],
        rows: &mut [Row],
        judge: &mut Judge<'_, M>,
    ) {
        let (found, expected) = (statuses.len(), slice.len());
        assert!(found as u64 >= expected, "{found} statuses for {expected} combinations");
        let mut examples = Examples::new(slice, rows);
        let mut gathered = [false; Status::FAILURES];
        for status in statuses {
            let (Some(failure), Some(signature)) = (status.failure(), status.signature()) else { continue };
            if core::mem::replace(&mut gathered[failure], true) {
                continue;
            }
            if let Some(failure) = signature.counterpart().and_then(|other| Status::failed(other).failure()) {
                gathered[failure] = true;
            }
            examples.load(statuses, signature);
            let among = Region::of(whole);
            self.continue_known(&mut examples, (statuses, signature), among, judge);
            for _ in 0..FINDINGS {
                let Some(region) = learn(&examples) else { break };
                self.take(&mut examples, statuses, (region, among), judge);
            }
            self.overflow += examples.uncovered();
        }
    }

    /// Takes the regions of known findings as far as they hold here as well. Where digits rotate, a part holds so few of
    /// their values that what is learnt in it alone would be another region in each part, and no two could be joined.
    fn continue_known<M: ProductMachine>(
        &mut self,
        examples: &mut Examples<'_>,
        (statuses, signature): (&[Status], Signature),
        among: Region,
        judge: &mut Judge<'_, M>,
    ) {
        let mut place = 0;
        while let Some(known) = self.found.get(place) {
            let region = known.region.moved_into(&examples.scope());
            if known.is_gathered_by(signature) && examples.holds_uncovered_alone(&region) {
                // The finding may have been joined with what it is continued by, and stand elsewhere.
                self.take(examples, statuses, (region, among), judge);
            } else {
                place += 1;
            }
        }
    }

    /// Adds what a region holds as a finding.
    fn take<M: ProductMachine>(
        &mut self,
        examples: &mut Examples<'_>,
        statuses: &[Status],
        (region, among): (Region, Region),
        judge: &mut Judge<'_, M>,
    ) {
        examples.cover(&region);
        let count = examples.count(&region);
        let Some(answer) = ask(examples, statuses, &region, count, judge) else { return };
        let Answer { representative, signatures, clauses, reproduced } = answer;
        let scope = examples.scope();
        self.add(
            Finding { region, scope, among, signatures, count, representative, clauses, reproduced },
            examples,
        );
    }

    /// Adds a finding, to one that it continues if there is such a one.
    fn add(&mut self, finding: Finding, examples: &Examples<'_>) {
        let mut whole = finding;
        while let Some((place, joined)) = self
            .found
            .iter()
            .enumerate()
            .find_map(|(place, known)| Some((place, known.join(&whole, examples)?)))
        {
            self.found.remove(place);
            whole = joined;
        }
        if let Err(left) = self.found.try_push(whole) {
            self.overflow += left.element().count;
        }
    }

    /// Returns what was found.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.found.iter()
    }

    /// Returns how many failures are in no finding, for want of room.
    #[must_use]
    pub const fn overflow(&self) -> u64 {
        self.overflow
    }

    /// Tells whether nothing failed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty() && self.overflow == 0
    }
}

impl Finding {
    /// Tells whether the finding says that a combination of `class` fails.
    #[must_use]
    pub fn covers(&self, combination: &Combination, class: Class) -> bool {
        let digits = combination.digits();
        self.signatures.iter().any(|one| one.concerns(class))
            && self.region.contains(&digits)
            && self.scope.contains(&digits)
    }

    /// Tells whether failures with `signature` are gathered with these.
    fn is_gathered_by(&self, signature: Signature) -> bool {
        let held = |one| self.signatures.contains(&one);
        held(signature) || signature.counterpart().is_some_and(held)
    }

    /// Returns the two as one, if their union is a region that fails alike.
    fn join(&self, other: &Self, examples: &Examples<'_>) -> Option<Self> {
        if self.among != other.among || !other.signatures.iter().all(|one| self.is_gathered_by(*one)) {
            return None;
        }
        let explains_both = |clause: &Clause| other.clauses.contains(clause);
        let clauses: ArrayVec<Clause, 4> = self.clauses.iter().copied().filter(explains_both).collect();
        if clauses.is_empty() {
            return None;
        }
        let region = self.region.join(&other.region)?;
        let scope = self.scope.join(&other.scope)?;
        let count = if self.scope == other.scope {
            // Within a slice the two may overlap.
            examples.count(&region)
        } else {
            self.count + other.count
        };
        let mut signatures = self.signatures.clone();
        add(&mut signatures, other.signatures.iter().copied());
        let reproduced = self.reproduced && other.reproduced;
        Some(Self { region, scope, signatures, count, clauses, reproduced, ..self.clone() })
    }
}

/// What the members of a finding have to say.
struct Answer {
    representative: Combination,
    signatures: ArrayVec<Signature, 2>,
    clauses: ArrayVec<Clause, 4>,
    reproduced: bool,
}

/// Runs some members again; returns the first, in what they failed, the rules that explain all of them, and whether all
/// failed again.
fn ask<M: ProductMachine>(
    examples: &Examples<'_>,
    statuses: &[Status],
    region: &Region,
    count: u64,
    judge: &mut Judge<'_, M>,
) -> Option<Answer> {
    let mut first = None;
    let mut signatures = ArrayVec::new();
    let mut candidates: Option<Clauses> = None;
    let mut fallback = None;
    let mut reproduced = true;
    let step = count / MEMBERS_ASKED + 1;
    let mut next = 0;
    examples.positive(region, &mut |place, combination| {
        add(&mut signatures, statuses[place].signature());
        next += 1;
        if next % step != 1 % step {
            return;
        }
        let combination = combination();
        first = first.or(Some(combination));
        let Ok(seen) = judge.examine(&combination) else { return };
        let Some(mismatch) = seen.mismatch else {
            reproduced = false;
            return;
        };
        fallback = fallback.or(Some(broken(&seen.allowed, mismatch.nearest, mismatch.aspect)));
        let left = candidates.unwrap_or(Clauses::ALL);
        let mut still = Clauses::NONE;
        for &clause in Clause::ALL {
            if left.contains(clause as usize) && explains(clause, &seen.query, &seen.outcome) {
                still.insert(clause as usize);
            }
        }
        candidates = Some(still);
    });
    let set = candidates.unwrap_or_default();
    let mut clauses: ArrayVec<Clause, 4> =
        Clause::ALL.iter().copied().filter(|&clause| set.contains(clause as usize)).take(4).collect();
    if let (true, Some(clause)) = (clauses.is_empty(), fallback) {
        clauses.push(clause);
    }
    first.map(|representative| Answer { representative, signatures, clauses, reproduced })
}

/// Adds a signature to those of a finding, in their order. There are no more than one and its counterpart.
fn add(signatures: &mut ArrayVec<Signature, 2>, new: impl IntoIterator<Item = Signature>) {
    for signature in new {
        if !signatures.contains(&signature) {
            signatures.push(signature);
            signatures.sort_unstable();
        }
    }
}

/// Returns the rule that a mismatch breaks, where no single rule explains it.
fn broken(allowed: &Allowed, nearest: u8, aspect: Aspect) -> Clause {
    let alternative = allowed.alternatives().get(usize::from(nearest));
    let decides = alternative.map_or(Clause::AccessSetsFlag, |one| one.clause);
    let completes = alternative.is_some_and(|one| !matches!(one.ending, Ending::Faults { .. }));
    match aspect {
        Aspect::UnexpectedFault | Aspect::MissingFault | Aspect::FaultStatus => decides,
        Aspect::Syndrome | Aspect::ExceptionCount => Clause::SyndromeIsComplete,
        Aspect::FaultAddress => Clause::FaultAddress,
        Aspect::Returned => match alternative.map(|one| one.ending) {
            Some(Ending::ReturnsStatus(_)) => Clause::ExclusiveStatus,
            Some(Ending::ReportsOutput(_)) => Clause::TranslationReportsOutput,
            Some(Ending::ReportsFault(_)) => Clause::TranslationReportsFault,
            _ => Clause::ReadReturnsData,
        },
        Aspect::FlagMissing => Clause::AccessSetsFlag,
        Aspect::FlagUnexpected => Clause::AccessFlagNeedsEnable,
        Aspect::DirtyMissing if completes => decides,
        Aspect::DirtyMissing => Clause::WrittenIsDirty,
        Aspect::DirtyUnexpected if completes => Clause::ReadLeavesClean,
        Aspect::DirtyUnexpected => Clause::FaultLeavesClean,
        Aspect::DirtyWithoutFlag => Clause::DirtyNeedsFlag,
        Aspect::LeafBits => Clause::OtherBitsSurvive,
        Aspect::Group => Clause::GroupRecordsOnce,
        Aspect::Tables => Clause::TablesSurvive,
        Aspect::TableFlagMissing => Clause::WalkSetsTableFlags,
        Aspect::Neighbours => Clause::NeighboursSurvive,
        Aspect::Memory if completes => Clause::WriteReachesMemory,
        Aspect::Memory => Clause::FaultLeavesMemory,
    }
}

impl Finding {
    /// Returns the finding as it reads of accesses in `regime`.
    #[must_use]
    pub fn in_regime(&self, regime: Regime) -> Self {
        Self { region: self.region.in_regime(regime), among: self.among.in_regime(regime), ..self.clone() }
    }
}

impl fmt::Display for Finding {
    /// Shows `CONDITIONS: 12288 of 12288 fail: ASPECT where ENDING is expected; rule R_..., row D12: ...`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions = self.region.within(self.among);
        write!(formatter, "{conditions}: {count} of {count} fail: ", count = self.count)?;
        for (place, signature) in self.signatures.iter().enumerate() {
            let last = place + 1 == self.signatures.len();
            match last {
                true => write!(formatter, "{signature}")?,
                false => write!(formatter, "{} or ", signature.aspect)?,
            }
        }
        for (place, clause) in self.clauses.iter().enumerate() {
            write!(formatter, "{} {clause}", if place == 0 { ";" } else { " or" })?;
        }
        if !self.reproduced {
            write!(formatter, "; not every time")?;
        }
        Ok(())
    }
}
