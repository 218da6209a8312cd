//! Every suite and case with its claim, rows and needs: `docs/cases.md`; every TLBI with its cases: `docs/tlbi.md`.

use crate::invalidating::{Coverage, Invalidating};
use crate::rows::{INTERLEAVINGS, rows};
use crate::{Asked, Body, Case, Management, Needs, SUITES};
use afdbm::regime::Regime;
use afdbm::tlbi::{Domain, Feature, Form, Instruction};
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

/// Every TLBI of EL1 with its encoding, what it covers and the cases that show it, as a Markdown table.
#[derive(Clone, Copy, Debug)]
pub struct TlbiDocument;

impl fmt::Display for TlbiDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| instruction | word | register | reaches | covers | needs | shown by |")?;
        writeln!(formatter, "|---|---|---|---|---|---|---|")?;
        for instruction in Instruction::ALL {
            let register = match instruction.form() {
                Form::None => "none",
                Form::Asid => "ASID",
                Form::Address => "address",
                Form::Range => "range",
            };
            let reaches = match instruction.domain() {
                Domain::Local => "this PE",
                Domain::Inner => "Inner Shareable",
                Domain::Outer => "Outer Shareable",
            };
            let levels = if instruction.is_of_the_last_level() { "leaves" } else { "leaves and tables" };
            let spaces = match (instruction.is_for_every_asid(), instruction.form()) {
                (true, _) => "of every ASID",
                (false, Form::Asid) => "of its ASID, not global",
                (false, _) => "of its ASID, or global",
            };
            let word = instruction.word();
            write!(
                formatter,
                "| {instruction} | {word:#010x} | {register} | {reaches} | {levels} {spaces} | "
            )?;
            let mut separator = "";
            for feature in [Feature::OuterShareable, Feature::Range] {
                if instruction.needs(feature) {
                    write!(formatter, "{separator}{}", feature.name())?;
                    separator = ", ";
                }
            }
            write!(formatter, " | ")?;
            let mut separator = "";
            for case in cases_of_instruction(instruction) {
                write!(formatter, "{separator}`{}`", case.name)?;
                separator = ", ";
            }
            writeln!(formatter, " |")?;
        }
        Ok(())
    }
}

/// Returns the cases in which an old entry would be a failure of this instruction, with nXS or without.
pub(crate) fn cases_of_instruction(instruction: Instruction) -> impl Iterator<Item = &'static Case> {
    let executes = move |invalidating: &Invalidating| {
        invalidating.expected == Coverage::Required
            && invalidating
                .instructions
                .iter()
                .any(|one| one == instruction || one == instruction.excluding_xs())
    };
    SUITES
        .iter()
        .flat_map(|suite| suite.cases)
        .filter(move |case| matches!(&case.body, Body::Invalidating(invalidating) if executes(invalidating)))
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
            Some(Asked::Hazards) => "`--hazards` on silicon",
            Some(Asked::Schedules) => "`--replay` or `--sweep`",
        };
        let management = match self.management {
            Management::Any => "",
            Management::Nothing => "HAFDBS=0",
            Management::AccessFlag => "HAFDBS>=1",
            Management::DirtyState => "HAFDBS>=2",
        };
        let regime = match self.regime {
            Some(Regime::El10) => "",
            None => "any regime",
            Some(Regime::El2) => "EL2",
            Some(Regime::El20) => "EL2, FEAT_VHE",
        };
        let mut separator = "";
        for part in [asked, regime, management].into_iter().filter(|part| !part.is_empty()) {
            write!(formatter, "{separator}{part}")?;
            separator = ", ";
        }
        if self.cpus > 1 { write!(formatter, "{separator}{} CPUs", self.cpus) } else { Ok(()) }
    }
}
