//! Which cases a run is asked for.

use super::Options;

impl Options<'_> {
    /// Tells whether a case of `suite` is to run.
    ///
    /// `--suite` and `--case` both have to name it where both are given. A `hidden` suite, one that breaks the
    /// kernel on purpose, runs only where `--suite` names it, or where `--case` names the suite
    /// (`suite/...`) or the very case.
    #[must_use]
    pub fn selects(&self, suite: &str, hidden: bool, case: &str) -> bool {
        let of_suite = self.suites.is_none_or(|suites| suites.contains(suite));
        let of_case = self.case.is_none_or(|pattern| pattern.matches(suite, case));
        let asked_for =
            self.suites.is_some() || self.case.is_some_and(|pattern| pattern.asks_for(suite, case));
        of_suite && of_case && (!hidden || asked_for)
    }
}
