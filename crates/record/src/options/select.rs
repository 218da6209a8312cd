//! Which cases a run is asked for.

use super::Options;
use cases::product::COMBINATIONS;
use cases::{Asked, Case, Suite};

/// One combination of the product that `--case product/N` names; `None` if there is none of that number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ByNumber(pub Option<u64>);

impl ByNumber {
    /// The suite in whose name a number stands for a case.
    pub const SUITE: &str = "product";
    /// The case that runs the combination; no pattern names it.
    pub const CASE: &str = "one-combination";
}

impl Options<'_> {
    /// Returns the combination that `--case product/N` asks for, where N is a decimal number.
    #[must_use]
    pub fn by_number(&self) -> Option<ByNumber> {
        let digits = self.case?.of_suite(ByNumber::SUITE)?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| ByNumber(digits.parse().ok().filter(|number| *number < COMBINATIONS)))
    }

    /// Tells whether a case of `suite` is to run.
    ///
    /// `--suite` and `--case` both have to name it where both are given. A hidden suite, one that breaks the kernel on
    /// purpose, runs only where `--suite` names it, or where `--case` names the suite (`suite/...`) or the very case. A
    /// hidden case, which takes minutes or more, runs only where `--case` gives its name without a wildcard; the one that
    /// needs `--full`, where that is given and its suite is named.
    #[must_use]
    pub fn selects(&self, suite: &Suite, case: &Case) -> bool {
        let Suite { name: suite, hidden: breaks, .. } = *suite;
        let Case { name: case, hidden, needs, .. } = *case;
        if case == ByNumber::CASE || self.by_number().is_some() {
            return self.by_number().is_some()
                && suite == ByNumber::SUITE
                && case == ByNumber::CASE
                && self.suites.is_none_or(|suites| suites.contains(suite));
        }
        let is_spelt_out =
            self.suites.is_some() || self.case.is_some_and(|pattern| pattern.asks_for(suite, case));
        let is_asked_for = if hidden {
            let by_option = self.full && needs.asked == Some(Asked::Full);
            self.case.is_some_and(|pattern| pattern.is_name_of(suite, case)) || by_option && is_spelt_out
        } else {
            !breaks || is_spelt_out
        };
        let is_of_regime =
            self.regime.is_none_or(|asked| needs.regime.is_none_or(|regime| regime == asked.0));
        self.names(suite, case) && is_asked_for && is_of_regime
    }

    /// Tells whether `--suite` and `--case`, where they are given, both name a case: all that a litmus file asks.
    #[must_use]
    pub fn names(&self, suite: &str, case: &str) -> bool {
        self.suites.is_none_or(|suites| suites.contains(suite))
            && self.case.is_none_or(|pattern| pattern.matches(suite, case))
    }
}
