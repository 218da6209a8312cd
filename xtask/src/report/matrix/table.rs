//! The table at the end of a matrix.

use super::Missing;
use crate::report::run::Run;
use std::fmt;

/// Every machine in a line.
pub(super) struct Table<'r> {
    pub(super) runs: &'r [Run],
    pub(super) missing: &'r [Missing],
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, missing } = self;
        let heads =
            ["machine", "planned", "passed", "failed", "known", "errors", "skipped", "no result", "comes to"];
        let mut rows: Vec<Vec<String>> = vec![heads.map(str::to_owned).to_vec()];
        for run in *runs {
            let result = &run.result;
            let counts = [
                result.planned,
                result.passed,
                result.failed,
                result.known,
                result.errors,
                result.skipped,
                result.lost,
            ];
            let counts = counts.iter().map(usize::to_string);
            let name = std::iter::once(run.name.clone());
            rows.push(name.chain(counts).chain([result.host.clone()]).collect());
        }
        let columns = heads.len();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &rows {
            for (column, text) in row.iter().enumerate() {
                let width = widths[column];
                match column {
                    0 => write!(formatter, "{text:width$}")?,
                    _ if column == columns - 1 => writeln!(formatter, "  {text}")?,
                    _ => write!(formatter, "  {text:>width$}")?,
                }
            }
        }
        for Missing { name, why } in *missing {
            writeln!(formatter, "missing: {name}: {why}")?;
        }
        let passed = runs.iter().filter(|run| run.result.exit == 0).count();
        let (all, missing) = (runs.len() + missing.len(), missing.len());
        writeln!(
            formatter,
            "# matrix: {all} machines, {passed} pass, {} do not, {missing} missing",
            runs.len() - passed
        )
    }
}
