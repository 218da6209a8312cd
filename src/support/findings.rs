//! The invariants that a routine under test was seen to break, with the first example of each.

use super::context::Answer;
use super::{Conclusion, Context};
use afdbm::operations::Invariant;
use alloc::string::String;
use alloc::vec::Vec;
use cases::Expected;
use core::fmt;

/// One invariant, how often it was broken, and how the first time.
#[derive(Debug)]
struct Finding {
    invariant: Invariant,
    count: u32,
    first: String,
}

/// What was found; empty for a routine that is right.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

/// Invariants, as a list of their numbers and names.
struct Listed<I>(I);

impl<I: Iterator<Item = Invariant> + Clone> fmt::Display for Listed<I> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for invariant in self.0.clone() {
            write!(formatter, "{separator}{invariant}")?;
            separator = ", ";
        }
        if separator.is_empty() { formatter.write_str("none") } else { Ok(()) }
    }
}

impl Findings {
    /// Notes that an invariant was broken; `example` is asked for the first time only.
    pub fn note(&mut self, invariant: Invariant, example: impl FnOnce() -> String) {
        self.add(invariant, 1, example);
    }

    /// Adds what was found elsewhere.
    pub fn merge(&mut self, other: Self) {
        for Finding { invariant, count, first } in other.0 {
            self.add(invariant, count, || first);
        }
    }

    /// Counts an invariant; the list stays in their order.
    fn add(&mut self, invariant: Invariant, count: u32, first: impl FnOnce() -> String) {
        match self.0.binary_search_by_key(&invariant, |finding| finding.invariant) {
            Ok(at) => self.0[at].count += count,
            Err(at) => self.0.insert(at, Finding { invariant, count, first: first() }),
        }
    }

    /// Tells whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says each invariant that was broken, with its first example.
    pub fn tell(&self, context: &mut Context<'_>) {
        for Finding { invariant, count, first } in &self.0 {
            context.say(format_args!("breaks {invariant}, times: {count}, first: {first}"));
        }
    }

    /// Concludes about the accused as is expected of it.
    pub fn conclude(
        &self,
        context: &mut Context<'_>,
        accused: &dyn fmt::Display,
        expected: Expected,
    ) -> Conclusion {
        match expected {
            Expected::Acquitted => self.acquit(context, accused),
            Expected::Convicted(broken) => self.convict(context, accused, broken),
        }
    }

    /// Concludes that the accused is right: fails if anything was found.
    pub fn acquit(&self, context: &mut Context<'_>, accused: &dyn fmt::Display) -> Conclusion {
        if self.is_empty() {
            return Ok(Answer::PASS);
        }
        self.tell(context);
        Answer::fail(format_args!("{accused} breaks {}", Listed(self.broken())))
    }

    /// Concludes that the accused is wrong in just the way that is expected: fails if it broke anything else, or
    /// less.
    pub fn convict(
        &self,
        context: &mut Context<'_>,
        accused: &dyn fmt::Display,
        expected: &[Invariant],
    ) -> Conclusion {
        self.tell(context);
        if self.broken().eq(expected.iter().copied()) {
            return Ok(Answer::PASS);
        }
        Answer::fail(format_args!(
            "{accused} breaks {}; expected: {}",
            Listed(self.broken()),
            Listed(expected.iter().copied())
        ))
    }

    fn broken(&self) -> impl Iterator<Item = Invariant> + Clone + '_ {
        self.0.iter().map(|finding| finding.invariant)
    }
}
