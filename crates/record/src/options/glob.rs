//! Which cases a pattern names.

use super::{Expected, Quoted, value::Value};
use core::fmt;

/// A case's name, or `suite/case`, in which `*` stands for any characters, `/` too, and `?` for one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern<'a>(&'a str);

impl<'a> Pattern<'a> {
    /// Takes a text for a pattern; `None` where it could be part of no name.
    #[must_use]
    pub fn new(text: &'a str) -> Option<Self> {
        let valid = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'/' | b'*' | b'?');
        (!text.is_empty() && text.bytes().all(valid)).then_some(Self(text))
    }

    /// Tells whether the pattern names the case, by its own name or as `suite/case`.
    #[must_use]
    pub fn matches(self, suite: &str, case: &str) -> bool {
        let alone = case.bytes();
        let qualified = suite.bytes().chain(*b"/").chain(case.bytes());
        matches(self.0.as_bytes(), alone) || matches(self.0.as_bytes(), qualified)
    }

    /// Returns what follows `suite/` in the pattern.
    pub(super) fn of_suite(self, suite: &str) -> Option<&'a str> {
        self.0.strip_prefix(suite)?.strip_prefix('/')
    }

    /// Tells whether the pattern is the case's name, or `suite/case`, without a wildcard.
    pub(super) fn is_name_of(self, suite: &str, case: &str) -> bool {
        self.0 == case || self.of_suite(suite) == Some(case)
    }

    /// Tells whether the pattern spells out the suite, as `suite/...`, or the case.
    pub(super) fn asks_for(self, suite: &str, case: &str) -> bool {
        self.of_suite(suite).is_some() || self.0 == case
    }
}

impl<'a> Value<'a> for Pattern<'a> {
    const EXPECTED: Expected =
        Expected::Phrase("the name of a case, or suite/case, in which * and ? stand for other characters");

    fn parse(text: &'a str) -> Option<Self> {
        Self::new(text)
    }
}

impl fmt::Display for Pattern<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.0).fmt(formatter)
    }
}

/// Matches in time proportional to the product of the lengths: only the last `*` is ever taken back.
fn matches<I: Iterator<Item = u8> + Clone>(pattern: &[u8], text: I) -> bool {
    let mut pattern = pattern;
    let mut text = text;
    let mut last_star: Option<(&[u8], I)> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            pattern = rest;
            last_star = Some((rest, text.clone()));
            continue;
        }
        let mut ahead = text.clone();
        match (pattern, ahead.next()) {
            ([], None) => return true,
            ([wanted, rest @ ..], Some(byte)) if *wanted == b'?' || *wanted == byte => {
                pattern = rest;
                text = ahead;
            }
            _ => {
                let Some((after, from)) = &mut last_star else { return false };
                if from.next().is_none() {
                    return false;
                }
                pattern = after;
                text = from.clone();
            }
        }
    }
}
