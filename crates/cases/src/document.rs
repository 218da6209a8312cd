//! Every suite and case with its claim, rows and needs: `docs/cases.md`.

use crate::rows::{INTERLEAVINGS, rows};
use crate::{Asked, Case, Management, Needs, SUITES};
use core::fmt;

/// Every suite with a table of its cases, as Markdown.
#[derive(Clone, Copy, Debug)]
pub struct Document;

impl fmt::Display for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for suite in SUITES {
            let hidden = if suite.hidden { " Runs only where it is named." } else { "" };
            writeln!(formatter, "## {}\n\n{}.{hidden}\n", suite.name, suite.about)?;
            writeln!(formatter, "| case | claim | rows | needs |\n|---|---|---|---|")?;
            for case in suite.cases {
                let Case { name, claim, needs, .. } = case;
                let hidden = if case.hidden { " (runs only where it is named)" } else { "" };
                writeln!(formatter, "| `{name}` | {claim}{hidden} | {} | {needs} |", Shown(case))?;
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}

/// The rows and interleavings that a case shows.
struct Shown(&'static Case);

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = rows().map(|row| row.id).chain(INTERLEAVINGS.iter().map(|one| one.id));
        let mut separator = "";
        for id in ids.filter(|id| self.0.shows(id)) {
            write!(formatter, "{separator}{id}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = match self.asked {
            None => "",
            Some(Asked::Full) => "`--full`",
            Some(Asked::Schedules) => "`--replay` or `--sweep`",
        };
        let management = match self.management {
            Management::Any => "",
            Management::Nothing => "HAFDBS=0",
            Management::AccessFlag => "HAFDBS>=1",
            Management::DirtyState => "HAFDBS>=2",
        };
        let mut separator = "";
        for part in [asked, management].into_iter().filter(|part| !part.is_empty()) {
            write!(formatter, "{separator}{part}")?;
            separator = ", ";
        }
        if self.cpus > 1 { write!(formatter, "{separator}{} CPUs", self.cpus) } else { Ok(()) }
    }
}
