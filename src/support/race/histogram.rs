//! How often each outcome of a race was seen.

use super::round_evidence::{Broken, Round};
use crate::support::Context;
use afdbm::descriptor::Descriptor;
use afdbm::operations::Invariant;
use afdbm::stage::Stage;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// The flags that make an outcome, each a bit of its index.
const FLAGS: [(u64, &str); 5] = [
    (Descriptor::DBM, "W"),
    (Descriptor::SOFTWARE_DIRTY, "D"),
    (Descriptor::AF, "AF"),
    (Stage::One.dirty_bit().mask(), "RO"),
    (Descriptor::VALID, "valid"),
];
/// Outcomes that can be told apart.
const OUTCOMES: usize = 1 << (2 * FLAGS.len() + 1);

/// One outcome: the flags that the operation found, those at the end, and whether a store landed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoundOutcome(usize);

impl RoundOutcome {
    /// The outcome of a round.
    #[must_use]
    pub fn of(round: &Round) -> Self {
        let flags = |descriptor: Descriptor| {
            let bit = |(index, (mask, _)): (usize, &(u64, &str))| usize::from(descriptor.has(*mask)) << index;
            FLAGS.iter().enumerate().map(bit).sum::<usize>()
        };
        let landed = usize::from(round.other.landed);
        Self((landed << FLAGS.len() | flags(round.software.found)) << FLAGS.len() | flags(round.after))
    }
}

impl fmt::Display for RoundOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (landed, found) = (self.0 >> (2 * FLAGS.len()), self.0 >> FLAGS.len());
        let landed = if landed == 0 { "no store" } else { "a store landed" };
        write!(formatter, "{landed}; found {}; left {}", Flags(found), Flags(self.0))
    }
}

/// The flags of a descriptor, by their bits of the index.
struct Flags(usize);

impl fmt::Display for Flags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const VALID: usize = 1 << (FLAGS.len() - 1);
        let flags = self.0 % (2 * VALID);
        match flags {
            0 => return formatter.write_str("zero"),
            VALID => return formatter.write_str("no flag"),
            _ => {}
        }
        let mut separator = if flags & VALID == 0 { "invalid " } else { "" };
        for (index, (_, name)) in FLAGS.iter().enumerate().filter(|(index, _)| 1 << index != VALID) {
            if flags >> index & 1 != 0 {
                write!(formatter, "{separator}{name}")?;
                separator = "·";
            }
        }
        Ok(())
    }
}

/// The outcomes of a race, each with its count and, where it is forbidden, why.
#[derive(Debug)]
pub struct Histogram(Vec<Counted>);

#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    rounds: u64,
    forbidden: Broken,
    /// What makes the first round of this outcome special: a seed.
    first: Option<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self(vec![Counted::default(); OUTCOMES])
    }
}

impl Histogram {
    /// Counts a round.
    pub fn add(&mut self, outcome: RoundOutcome, broken: Broken) {
        let counted = &mut self.0[outcome.0];
        counted.rounds += 1;
        counted.forbidden = counted.forbidden.or(broken);
    }

    /// Counts the round of a seed, and remembers the first seed of each outcome.
    pub fn add_seed(&mut self, outcome: RoundOutcome, broken: Broken, seed: u64) {
        self.add(outcome, broken);
        self.0[outcome.0].first.get_or_insert(seed);
    }

    fn seen(&self) -> impl Iterator<Item = (RoundOutcome, &Counted)> {
        let outcomes = self.0.iter().enumerate().filter(|(_, counted)| counted.rounds != 0);
        outcomes.map(|(index, counted)| (RoundOutcome(index), counted))
    }

    /// Returns how many outcomes were seen.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.seen().count()
    }

    /// Says each outcome, the forbidden ones marked.
    pub fn tell(&self, context: &mut Context<'_>) {
        for (outcome, Counted { rounds, forbidden, first }) in self.seen() {
            let first = Prefixed(", first with --seed ", *first);
            if forbidden.is_empty() {
                context.say(format_args!("{rounds:9} {outcome}{first}"));
            } else {
                let list = List(*forbidden);
                context.say(format_args!("{rounds:9} {outcome}{first} FORBIDDEN by {list}"));
            }
        }
    }
}

struct List(Broken);

impl fmt::Display for List {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, invariant) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{}", Invariant::name(invariant))?;
        }
        Ok(())
    }
}

struct Prefixed(&'static str, Option<u64>);

impl fmt::Display for Prefixed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.map_or(Ok(()), |seed| write!(formatter, "{}{seed:#x}", self.0))
    }
}
