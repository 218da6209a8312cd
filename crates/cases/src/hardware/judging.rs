//! What the judge said of a machine with a defect, counted.

use super::std::{collections::BTreeMap, format, println, string::String, vec::Vec};
use super::{Breaks, Defect};
use oracle::{Aspect, Clause};

/// To put a failure down to clauses takes a prediction for each of them: this many failures first, then one of so many.
const EXPLAINED: u64 = 100;
const ONE_OF: u64 = 16;

/// What failures were put down to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Convictions {
    run: u64,
    failed: u64,
    /// Failures that were looked at, and how many of them each clause explains.
    explained: u64,
    by_clause: BTreeMap<Clause, u64>,
    /// In what those differ that no clause explains alone.
    by_aspect: BTreeMap<Aspect, u64>,
}

impl Convictions {
    /// Counts an access that was judged; of one that failed, in what, and the clauses that explain it.
    pub(crate) fn take(&mut self, failure: Option<Aspect>, explain: impl FnOnce() -> Vec<Clause>) {
        self.run += 1;
        let Some(aspect) = failure else { return };
        self.failed += 1;
        if self.failed > EXPLAINED && !self.failed.is_multiple_of(ONE_OF) {
            return;
        }
        self.explained += 1;
        let clauses = explain();
        if clauses.is_empty() {
            *self.by_aspect.entry(aspect).or_default() += 1;
        }
        for clause in clauses {
            *self.by_clause.entry(clause).or_default() += 1;
        }
    }

    /// Returns a line of a table (defect, row, rule, failures), if the clause that explains more of the failures than any other,
    /// a quarter of them at least, is one that the defect breaks; or where it breaks no clause, if none explains as many as
    /// are left unexplained, and those differ as the defect makes them.
    ///
    /// # Errors
    ///
    /// Returns all that was said.
    fn naming(&self, defect: Defect) -> Result<String, String> {
        let highest = self.by_clause.values().copied().max().unwrap_or(0);
        let most = self.by_aspect.values().copied().max().unwrap_or(0);
        let (row, what, named) = match defect.breaks() {
            Breaks::Rule(expected) => {
                let best = expected.iter().find(|one| self.by_clause.get(one) == Some(&highest));
                let clause = best.copied().unwrap_or(expected[0]);
                let passed = self.by_clause.get(&clause).copied().unwrap_or(0);
                let what = format!(
                    "{}: {} ({passed} of {} pass a judge without it)",
                    clause.rule(),
                    clause.statement(),
                    self.explained
                );
                (clause.row(), what, best.is_some() && highest >= self.explained / 4)
            }
            Breaks::Row(row, expected) => {
                let all: u64 = self.by_aspect.values().sum();
                let best = expected.iter().find(|one| most > 0 && self.by_aspect.get(one) == Some(&most));
                (row, format!("{}", best.unwrap_or(&expected[0])), best.is_some() && all >= highest)
            }
        };
        let line = format!("{defect:?} | {row} | {what} | {} of {} failed", self.failed, self.run);
        if named {
            Ok(line)
        } else {
            let Self { explained, by_clause, by_aspect, .. } = self;
            Err(format!("{line}, but of {explained}: {by_clause:?} {by_aspect:?}"))
        }
    }

    /// Convicts every defect of a list, and prints the table.
    ///
    /// # Panics
    ///
    /// Panics if one is not convicted, or not named.
    pub(crate) fn all(defects: &[Defect], convict: impl Fn(Defect) -> Self) {
        let mut wrong = Vec::new();
        for defect in defects {
            match convict(*defect).naming(*defect) {
                Ok(line) => println!("{line}"),
                Err(line) => wrong.push(line),
            }
        }
        assert!(wrong.is_empty(), "not named, of {}: {wrong:#?}", defects.len());
    }
}
