//! States from herd's text form.

use super::{Fault, FaultKind, FinalState};
use crate::lexer::{Text, Token};
use crate::parse::{Reader, TestNames};
use crate::problem::Problem;
use crate::test::Test;
use crate::value::Value;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// Why a text is no state of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StateError {
    /// It is no state at all, or names what the test does not have.
    Problem(Problem),
    /// It says nothing of something that the test observes.
    Missing(String),
    /// It says something of what the test does not observe.
    Superfluous(String),
}

impl From<Problem> for StateError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => write!(formatter, "column {}: {problem}", problem.place().column),
            Self::Missing(what) => write!(formatter, "{what} is not in it, and the test observes it"),
            Self::Superfluous(what) => write!(formatter, "{what} is in it, and the test does not observe it"),
        }
    }
}

impl core::error::Error for StateError {}

impl FinalState {
    /// Reads a state of `test` from herd's text form.
    ///
    /// # Errors
    ///
    /// [`StateError`] where it is no state of this test.
    pub fn parse(test: &Test, text: &str) -> Result<Self, StateError> {
        let text = Text::new(text)?;
        let mut names = TestNames(test);
        let mut reader = Reader::new(text.characters());
        let mut values: Vec<Option<Value>> = test.observed.iter().map(|_| None).collect();
        let mut faults = Vec::new();
        while !reader.is_at_end() {
            let absent = reader.take_sign('~');
            if reader.is_word_in(&["Fault", "fault"]) {
                reader.next();
                let pattern = reader.fault(&mut names, &test.threads)?;
                // Herd shows a fault that was not taken as the condition has it.
                if !absent {
                    let FaultPattern { thread, label, variable, kind } = pattern;
                    faults.push(Fault { thread, label, variable, kind: kind.unwrap_or(FaultKind::Other) });
                }
            } else {
                let observable = reader.observable(&mut names, &test.threads)?;
                reader.expect_sign('=')?;
                let value = reader.value(&mut names, &test.threads, observable.owner())?;
                match test.observed.iter().position(|other| *other == observable) {
                    Some(place) => values[place] = Some(value),
                    None => return Err(StateError::Superfluous(observable.shown(test).to_string())),
                }
            }
            if !reader.take_sign(';') && !reader.is_at_end() {
                return Err(reader.wrong(crate::problem::Expected::Character(';')).into());
            }
        }
        let missing = |place: usize| StateError::Missing(test.observed[place].shown(test).to_string());
        let values = values.iter().enumerate().map(|(place, value)| value.ok_or_else(|| missing(place)));
        Ok(Self::new(test, values.collect::<Result<_, _>>()?, faults))
    }
}

use super::FaultPattern;

impl super::Observable {
    /// The variable that a descriptor's output address is of where it is left out.
    pub(crate) const fn owner(self) -> Option<u8> {
        match self {
            Self::Descriptor(variable) => Some(variable),
            Self::Register { .. } | Self::Memory(_) => None,
        }
    }
}

impl Token {
    /// Tells whether the token is one of these words.
    pub(crate) fn is_one_of(&self, words: &[&str]) -> bool {
        matches!(self, Self::Word(word) if words.contains(&word.as_str()))
    }
}
