//! The condition: what it says, and whether a state satisfies it.

use crate::state::{FaultPattern, FinalState};
use crate::test::Test;
use crate::value::Value;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

/// What a test claims of its condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantifier {
    /// `exists`: a question, no claim.
    Exists,
    /// `~exists`: no state satisfies it.
    NotExists,
    /// `forall`: every state satisfies it.
    ForAll,
}

impl Quantifier {
    /// Returns what herd's first line calls it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Exists => "Allowed",
            Self::NotExists => "Forbidden",
            Self::ForAll => "Required",
        }
    }
}

impl fmt::Display for Quantifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Exists => "exists",
            Self::NotExists => "~exists",
            Self::ForAll => "forall",
        })
    }
}

/// A condition on a state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expression {
    /// Always, or never.
    Constant(bool),
    /// What stands at a place of [`Test::observed`] has this value.
    Equals(u8, Value),
    /// There was such a fault.
    Fault(FaultPattern),
    /// Not so.
    Not(Box<Self>),
    /// All of these.
    All(Vec<Self>),
    /// One of these.
    Any(Vec<Self>),
}

impl Expression {
    /// Tells whether the state satisfies the condition.
    #[must_use]
    pub fn holds(&self, state: &FinalState) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::Equals(place, value) => state.values.get(usize::from(*place)) == Some(value),
            Self::Fault(pattern) => state.faults.iter().any(|fault| pattern.matches(fault)),
            Self::Not(inner) => !inner.holds(state),
            Self::All(parts) => parts.iter().all(|part| part.holds(state)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(state)),
        }
    }

    /// Shows the condition in herd's words.
    #[must_use]
    pub const fn shown<'a>(&'a self, test: &'a Test) -> ShownExpression<'a> {
        ShownExpression { expression: self, test, nested: false }
    }
}

/// A condition with the test whose names it has.
#[derive(Clone, Copy, Debug)]
pub struct ShownExpression<'a> {
    expression: &'a Expression,
    test: &'a Test,
    nested: bool,
}

impl ShownExpression<'_> {
    fn join(&self, formatter: &mut fmt::Formatter<'_>, parts: &[Expression], sign: &str) -> fmt::Result {
        if self.nested {
            formatter.write_str("(")?;
        }
        for (index, expression) in parts.iter().enumerate() {
            if index > 0 {
                write!(formatter, " {sign} ")?;
            }
            write!(formatter, "{}", ShownExpression { expression, nested: true, ..*self })?;
        }
        formatter.write_str(if self.nested { ")" } else { "" })
    }
}

impl fmt::Display for ShownExpression<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.expression {
            Expression::Constant(value) => write!(formatter, "{value}"),
            Expression::Equals(place, value) => match self.test.observed.get(usize::from(*place)) {
                Some(observable) => {
                    write!(formatter, "{}={}", observable.shown(self.test), value.shown(self.test))
                }
                None => Ok(()),
            },
            Expression::Fault(pattern) => write!(formatter, "fault{}", pattern.shown(self.test)),
            Expression::Not(inner) => {
                write!(formatter, "not ({})", ShownExpression { expression: inner, nested: false, ..*self })
            }
            Expression::All(parts) => self.join(formatter, parts, "/\\"),
            Expression::Any(parts) => self.join(formatter, parts, "\\/"),
        }
    }
}
