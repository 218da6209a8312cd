//! Rows and interleavings beside the cases that show them: `docs/coverage.md`.

use super::{INTERLEAVINGS, Interleaving, Row, Showing, rows};
use crate::{Case, Suite};
use core::fmt;

/// Returns the cases of `suites` that show the row or interleaving of this id.
pub fn cases_of<'a>(suites: &'a [Suite], id: &'a str) -> impl Iterator<Item = &'a Case> {
    suites.iter().flat_map(|suite| suite.cases).filter(move |case| case.shows(id))
}

/// The rows and interleavings beside the cases that show them, as Markdown tables.
#[derive(Clone, Copy, Debug)]
pub struct Coverage<'a> {
    suites: &'a [Suite],
}

/// Why cases and rows do not fit together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mismatch<'a> {
    /// The row or interleaving with this id needs a case, and there is none.
    Gap(&'static str),
    /// The case of this name shows a row which nothing should show.
    Contradiction(&'a str),
    /// The case of this name is to show a row that there is not.
    Unknown(&'a str, &'a str),
}

impl<'a> Coverage<'a> {
    /// Sets the rows beside the cases.
    ///
    /// # Errors
    ///
    /// The first [`Mismatch`].
    pub fn new(suites: &'a [Suite]) -> Result<Self, Mismatch<'a>> {
        let is_shown = |id| cases_of(suites, id).next().is_some();
        if let Some(row) = rows().find(|row| row.showing.needs_case() && !is_shown(row.id)) {
            return Err(Mismatch::Gap(row.id));
        }
        if let Some(one) = INTERLEAVINGS.iter().find(|one| !is_shown(one.id)) {
            return Err(Mismatch::Gap(one.id));
        }
        let known = |id| rows().any(|row| row.id == id) || INTERLEAVINGS.iter().any(|one| one.id == id);
        for case in suites.iter().flat_map(|suite| suite.cases) {
            if let Some(id) = case.rows.iter().find(|id| !known(**id)) {
                return Err(Mismatch::Unknown(case.name, id));
            }
            if rows().any(|row| !row.showing.is_shown() && case.shows(row.id)) {
                return Err(Mismatch::Contradiction(case.name));
            }
        }
        Ok(Self { suites })
    }

    /// Shows the names of the cases, and returns whether there is any.
    fn show_cases(&self, formatter: &mut fmt::Formatter<'_>, id: &str) -> Result<bool, fmt::Error> {
        let mut separator = "";
        for case in cases_of(self.suites, id) {
            write!(formatter, "{separator}`{}`", case.name)?;
            separator = ", ";
        }
        Ok(!separator.is_empty())
    }
}

impl fmt::Display for Coverage<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| row | regime | rule | what it says | shown by |")?;
        writeln!(formatter, "|---|---|---|---|---|")?;
        for Row { id, rules, sentence, regime, showing } in rows() {
            write!(formatter, "| {id} | {regime} | {rules} | {sentence}. | ")?;
            match (self.show_cases(formatter, id)?, showing) {
                (true, Showing::Product | Showing::Library) => write!(formatter, ", {showing}")?,
                (true, _) => {}
                (false, _) => write!(formatter, "{showing}")?,
            }
            writeln!(formatter, " |")?;
        }
        writeln!(formatter, "\n## Interleavings\n")?;
        writeln!(formatter, "| id | invariants | what must hold | shown by |")?;
        writeln!(formatter, "|---|---|---|---|")?;
        for Interleaving { id, invariants, sentence } in INTERLEAVINGS {
            write!(formatter, "| {id} | ")?;
            for (place, invariant) in invariants.iter().enumerate() {
                write!(formatter, "{}{invariant}", if place == 0 { "" } else { ", " })?;
            }
            write!(formatter, " | {sentence}. | ")?;
            self.show_cases(formatter, id)?;
            writeln!(formatter, " |")?;
        }
        Ok(())
    }
}
