//! What failed, by kind: all that a host needs to tell a known failure from a new one.
//!
//! A kind is a [`Signature`] with the clause that the machine behaves as if it did not know, in a [`Group`]. To which kind a failure
//! belongs follows from the failure alone, and a kind keeps a sum and a union: what is told depends neither on the order
//! in which CPUs work, nor on what else was run. A sample of a machine's failures tells smaller boxes than all of them,
//! never larger ones.

use super::Kind;
use super::{Combination, Examination, Group, Region, Signature};
use arrayvec::ArrayVec;
use oracle::explain;

/// The most kinds that are told apart.
const KINDS: usize = 64;

/// The failures of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    /// In what they fail, and where.
    pub kind: Kind,
    /// How many.
    pub count: u64,
    /// The one of the lowest number.
    pub representative: Combination,
}

/// The failures so far.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    kinds: ArrayVec<Failures, KINDS>,
    /// What there was no room for, as a kind that no expectation holds.
    more: Option<Failures>,
}

impl Kinds {
    /// Takes in a failure; what passed is passed over.
    #[cold]
    pub fn note(&mut self, combination: &Combination, seen: &Examination) {
        let Some(mismatch) = seen.mismatch else { return };
        // The last clause that explains it is the most particular: a prediction asks for the general ones first.
        let clause = explain(&seen.query, &seen.outcome).next_back();
        let mut region = Region::NONE;
        region.extend(combination);
        let region = region.in_regime(seen.query.controls.regime);
        let kind = Kind { signature: Signature::of(&seen.allowed, mismatch), clause, region };
        self.add(&Failures { kind, count: 1, representative: *combination });
    }

    /// Takes in what another CPU noted.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|failures| self.add(failures));
    }

    /// Takes in failures of one kind.
    pub fn add(&mut self, failures: &Failures) {
        let key = |failures: &Failures| {
            (Group::of(&failures.representative), failures.kind.signature, failures.kind.clause)
        };
        match self.kinds.binary_search_by_key(&key(failures), key) {
            Ok(at) => self.kinds[at].join(failures),
            Err(at) if !self.kinds.is_full() => self.kinds.insert(at, *failures),
            Err(_) => {
                let kind = Kind { clause: None, region: Region::ALL, ..failures.kind };
                self.more.get_or_insert(Failures { kind, count: 0, ..*failures }).join(failures);
            }
        }
    }

    /// Goes through the kinds, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Failures> {
        self.kinds.iter().chain(&self.more)
    }
}

impl Failures {
    fn join(&mut self, other: &Self) {
        self.kind.region = self.kind.region.spanning(&other.kind.region);
        self.count += other.count;
        if other.representative.order() < self.representative.order() {
            self.representative = other.representative;
        }
    }
}
