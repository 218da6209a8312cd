//! Gathering what failed: a few regions that hold all failures and nothing that passed.
//!
//! A finding grows from one failure: each condition in turn takes in each value for which every combination that was
//! run fails alike. So a finding is exact (all of its combinations failed, with the same signature), no value can be
//! added to it, and a condition that it does not name does not matter. Memory is bounded: a byte for each combination
//! of the slice, and [`FINDINGS`] findings.

use super::{
    Class, Combination, Judge, Machine, Region, Signature, Slice, Status, grow::grow, members::Members,
};
use crate::oracle::{Allowed, Aspect, Clause, Ending, explain};
use arrayvec::ArrayVec;
use core::fmt;

/// The most findings that are kept.
pub const FINDINGS: usize = 64;

/// How many failures a finding is tried to grow from.
const SEEDS: usize = 3;

/// The most members of a finding that are run again to tell which rule it breaks.
const MEMBERS_ASKED: usize = 32;

/// The combinations that fail alike.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The conditions.
    pub region: Region,
    /// Among which combinations they were found.
    pub scope: Region,
    /// In what they fail.
    pub signature: Signature,
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
    /// break. The statuses are used up.
    ///
    /// # Panics
    ///
    /// Panics if there are fewer statuses than combinations.
    pub fn gather<M: Machine>(&mut self, slice: &Slice, statuses: &mut [Status], judge: &mut Judge<'_, M>) {
        assert!(statuses.len() as u64 >= slice.len(), "{} statuses", statuses.len());
        for place in 0..statuses.len() {
            // A later seed may give a larger region first: again until this one is in.
            while let Some(signature) = statuses[place].signature().filter(|_| !statuses[place].is_gathered())
            {
                if self.found.is_full() {
                    self.overflow += 1;
                    break;
                }
                self.take_largest(slice, statuses, place, signature, judge);
            }
        }
    }

    /// Adds the largest region that grows from some failures with `signature`, `place` on.
    fn take_largest<M: Machine>(
        &mut self,
        slice: &Slice,
        statuses: &mut [Status],
        place: usize,
        signature: Signature,
        judge: &mut Judge<'_, M>,
    ) {
        let mut best: Option<(u64, Region, Combination)> = None;
        for seed in seeds(statuses, place, signature) {
            let Some(representative) = slice.combination(seed as u64) else { continue };
            let (size, region) = grow(slice, statuses, &representative, signature);
            if best.is_none_or(|(largest, ..)| size > largest) {
                best = Some((size, region, representative));
            }
        }
        let Some((count, region, representative)) = best else { return };
        for (place, _) in Members::new(slice, region) {
            if statuses[place].signature() == Some(signature) {
                statuses[place] = statuses[place].gathered();
            }
        }
        let scope = Region::of(slice);
        let (clauses, reproduced) = (ArrayVec::new(), true);
        let mut finding = Finding { region, scope, signature, count, representative, clauses, reproduced };
        (finding.clauses, finding.reproduced) = ask(slice, &finding, statuses, judge);
        self.add(finding, slice, statuses);
    }

    /// Adds a finding, to one that it continues if there is such a one.
    fn add(&mut self, finding: Finding, slice: &Slice, statuses: &[Status]) {
        let mut whole = finding;
        while let Some((place, joined)) = self
            .found
            .iter()
            .enumerate()
            .find_map(|(place, known)| Some((place, known.join(&whole, slice, statuses)?)))
        {
            self.found.remove(place);
            whole = joined;
        }
        if self.found.try_push(whole).is_err() {
            self.overflow += 1;
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

/// Returns some failures with `signature` that are in no finding yet: the one at `place`, and later ones at growing
/// distances.
fn seeds(statuses: &[Status], place: usize, signature: Signature) -> ArrayVec<usize, SEEDS> {
    let mut seeds = ArrayVec::new();
    let open = |status: &Status| status.signature() == Some(signature) && !status.is_gathered();
    let mut from = place;
    while let (Some(rest), false) = (statuses.get(from..), seeds.is_full()) {
        let Some(distance) = rest.iter().position(open) else { break };
        seeds.push(from + distance);
        from += distance + 1 + (statuses.len() - place) / (4 * SEEDS);
    }
    seeds
}

impl Finding {
    /// Tells whether the finding says that a combination of `class` fails.
    #[must_use]
    pub fn covers(&self, combination: &Combination, class: Class) -> bool {
        let digits = combination.digits();
        self.signature.concerns(class) && self.region.contains(&digits) && self.scope.contains(&digits)
    }

    /// Returns the two as one, if their union is a region that fails alike.
    fn join(&self, other: &Self, slice: &Slice, statuses: &[Status]) -> Option<Self> {
        if self.signature != other.signature || self.clauses != other.clauses {
            return None;
        }
        let region = self.region.join(&other.region)?;
        let scope = self.scope.join(&other.scope)?;
        let count = if self.scope == other.scope {
            // Within a slice the two may overlap.
            let members = Members::new(slice, region);
            members.filter(|(place, _)| statuses[*place].signature() == Some(self.signature)).count() as u64
        } else {
            self.count + other.count
        };
        Some(Self { region, scope, count, reproduced: self.reproduced && other.reproduced, ..self.clone() })
    }
}

/// Runs some members again; returns the rules that explain all of them, and whether all failed again.
fn ask<M: Machine>(
    slice: &Slice,
    finding: &Finding,
    statuses: &[Status],
    judge: &mut Judge<'_, M>,
) -> (ArrayVec<Clause, 4>, bool) {
    let mut candidates: Option<u128> = None;
    let mut fallback = None;
    let mut reproduced = true;
    let step = usize::try_from(finding.count).unwrap_or(usize::MAX) / MEMBERS_ASKED + 1;
    let members = Members::new(slice, finding.region)
        .filter(|(place, _)| statuses[*place].signature() == Some(finding.signature))
        .map(|(_, digits)| Combination::from_digits(&digits));
    let asked: ArrayVec<Combination, MEMBERS_ASKED> = members.step_by(step).take(MEMBERS_ASKED).collect();
    for combination in asked {
        let Ok(seen) = judge.examine(&combination) else { continue };
        let Some(mismatch) = seen.mismatch else {
            reproduced = false;
            continue;
        };
        fallback = fallback.or(Some(broken(&seen.allowed, mismatch.nearest, mismatch.aspect)));
        let explains =
            explain(&seen.query, &seen.outcome).fold(0, |set, clause| set | 1_u128 << clause as u8);
        candidates = Some(candidates.unwrap_or(!0) & explains);
    }
    let set = candidates.unwrap_or(0);
    let mut clauses: ArrayVec<Clause, 4> =
        Clause::ALL.iter().copied().filter(|&clause| set >> clause as u8 & 1 != 0).take(4).collect();
    if let (true, Some(clause)) = (clauses.is_empty(), fallback) {
        clauses.push(clause);
    }
    (clauses, reproduced)
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
        Aspect::Neighbours => Clause::NeighboursSurvive,
        Aspect::Memory if completes => Clause::WriteReachesMemory,
        Aspect::Memory => Clause::FaultLeavesMemory,
    }
}

impl fmt::Display for Finding {
    /// Shows `CONDITIONS: 12288 of 12288 fail: ASPECT where ENDING is expected; rule R_..., row D12: ...`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions = self.region.within(self.scope);
        write!(formatter, "{conditions}: {count} of {count} fail: {}", self.signature, count = self.count)?;
        for (place, clause) in self.clauses.iter().enumerate() {
            write!(formatter, "{} {clause}", if place == 0 { ";" } else { " or" })?;
        }
        if !self.reproduced {
            write!(formatter, "; not every time")?;
        }
        Ok(())
    }
}
