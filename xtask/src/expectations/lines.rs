//! Lines as a file of known deviations has them.

use super::file::{KIND, MISSING};
use crate::catalogue;
use cases::{product::Kind, rows};
use oracle::Clause;
use record::options::Pattern;

/// Writes a kind.
pub(crate) fn of_kind(kind: &Kind) -> String {
    format!("    {KIND}  {kind}")
}

/// Writes the first line of a deviation that shows in the case where a clause explains it, or none. What nobody but a
/// person can know is marked as missing.
pub(crate) fn heading(suite: &str, case: &str, condition: &str, clause: Option<Clause>) -> String {
    let (row, rule) = match clause {
        Some(clause) => (clause.row(), clause.rule()),
        None => of_name(case),
    };
    let (cases, rule) = (cases(suite, case), rule.replace(' ', "-"));
    format!("{cases}  {condition}  {row}  {rule}  {MISSING}: what the machine does instead")
}

/// Names a case by its row, since the words after the row may change, unless that names other cases as well.
fn cases(suite: &str, case: &str) -> String {
    let by_row = rows::rows().find(|row| rows::Row::begins(row.id, case));
    let by_row = by_row.map(|row| format!("{suite}/{}-*", row.id.to_lowercase()));
    let names = |pattern: &str| {
        let pattern = Pattern::new(pattern)?;
        Some(catalogue::all().into_iter().filter(|(suite, case)| pattern.matches(suite, case)).count())
    };
    by_row.filter(|pattern| names(pattern) == Some(1)).unwrap_or_else(|| format!("{suite}/{case}"))
}

/// Returns the row that a case's name begins with, and its rule where it has one alone.
fn of_name(case: &str) -> (&'static str, &'static str) {
    match rows::rows().find(|row| rows::Row::begins(row.id, case)) {
        Some(row) if row.rules.contains([',', ';']) => (row.id, MISSING),
        Some(row) => (row.id, row.rules),
        None => (MISSING, MISSING),
    }
}
