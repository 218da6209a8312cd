//! The kinds of a case's failures, as a log tells them and as a file of known deviations names them.

use crate::product::{Region, Signature};
use core::fmt;
use oracle::Clause;

/// A kind of failure: in what, against which rule, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// In what it fails.
    pub signature: Signature,
    /// The clause that the machine behaves as if it did not know, if a single one explains it.
    pub clause: Option<Clause>,
    /// The smallest box that holds what failed; of an expectation, the box that failures are expected in.
    pub region: Region,
}

/// What stands in the place of a clause where there is none.
const NO_CLAUSE: &str = "no single rule";

/// The part of a text that is no part of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseKindError<'a> {
    /// There are not three parts.
    Parts,
    /// No signature.
    Signature(&'a str),
    /// No statement of a clause.
    Clause(&'a str),
    /// No condition with its values, or one that is there twice.
    Condition(&'a str),
}

impl Kind {
    /// Tells whether all of this kind is of `expected` as well.
    #[must_use]
    pub fn lies_within(&self, expected: &Self) -> bool {
        self.signature == expected.signature
            && self.clause == expected.clause
            && self.region.lies_within(&expected.region)
    }

    /// Reads back what [`Display`](fmt::Display) shows.
    ///
    /// # Errors
    ///
    /// Names what is not of that form.
    pub fn parse(text: &str) -> Result<Kind, ParseKindError<'_>> {
        let (signature, rest) = text.split_once(" | ").ok_or(ParseKindError::Parts)?;
        let (clause, region) = rest.rsplit_once(" | ").ok_or(ParseKindError::Parts)?;
        let clause = match clause.trim() {
            NO_CLAUSE => None,
            statement => {
                let mut clauses = Clause::ALL.iter().copied();
                let clause = clauses.find(|clause| clause.statement() == statement);
                Some(clause.ok_or(ParseKindError::Clause(statement))?)
            }
        };
        Ok(Kind {
            signature: Signature::parse(signature.trim()).ok_or(ParseKindError::Signature(signature))?,
            clause,
            region: Region::parse(region.trim()).map_err(ParseKindError::Condition)?,
        })
    }
}

/// Shows `wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store EL=1`.
impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signature, clause, region } = self;
        write!(formatter, "{signature} | {} | {region}", clause.map_or(NO_CLAUSE, Clause::statement))
    }
}

impl fmt::Display for ParseKindError<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parts => {
                formatter.write_str("a kind is: ASPECT where CLASS is expected | RULE | CONDITIONS")
            }
            Self::Signature(text) => write!(formatter, "{text:?} is no \"ASPECT where CLASS is expected\""),
            Self::Clause(text) => write!(formatter, "{text:?} is no statement of a rule, nor {NO_CLAUSE:?}"),
            Self::Condition(text) => {
                write!(formatter, "{text:?} is no condition with its values, or a second one")
            }
        }
    }
}
