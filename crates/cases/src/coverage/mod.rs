//! Every row of the case table that concerns the EL1&0 regime, with what shows it here, or why nothing does.
//!
//! A row that a curated case shows has a case whose name begins with its id: `b01-load-sets-access-flag`. The rows that
//! need stage 2, PIE, POE or HAFT (H, I and J) are not listed.

mod dirty;
mod flag;

use core::fmt;

/// What shows a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Showing {
    /// A curated case on one PE, by the row's id.
    Case,
    /// A curated case on several PEs, with a histogram, by the row's id.
    Concurrent,
    /// The product; there may be a curated case as well.
    Product,
    /// The outcome is permitted, not required: a curated case records whether it was seen, and is skipped if it was not.
    Permitted,
    /// Tests of the library on the host: the row is about software.
    Library,
    /// Nothing: the row asserts nothing.
    NothingAsserted,
    /// Nothing: the row needs EL2, EL3 or AArch32.
    OtherRegime,
    /// Nothing: the row needs stage 2.
    Stage2,
    /// Nothing: the row needs another granule or another format of descriptors.
    OtherGranule,
    /// Nothing: the control would pull the ground from under the kernel (SCTLR_EL1.M or EE).
    Ground,
    /// Nothing: the row needs an extension that the kernel does not set up.
    Extension(&'static str),
    /// Nothing: no device of the machines known is a place for tables.
    NoPlace,
    /// Nothing: the row binds the kernel itself, which maps its tables so.
    Software,
    /// Every case in which hardware makes an update: the tables are always as the row wants them.
    EveryUpdate,
    /// Nothing: what the row says of memory behind the caches no PE sees, since all walk and load through them.
    Coherent,
}

impl Showing {
    /// Tells whether a curated case has to show the row.
    #[must_use]
    pub const fn needs_case(self) -> bool {
        matches!(self, Self::Case | Self::Concurrent | Self::Permitted)
    }

    /// Tells whether something shows the row, or may.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        self.needs_case() || matches!(self, Self::Product | Self::Library | Self::EveryUpdate)
    }
}

impl fmt::Display for Showing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Case => "a case",
            Self::Concurrent => "a case on several CPUs",
            Self::Product => "the product",
            Self::Permitted => "a case that records what is permitted",
            Self::Library => "tests of the library",
            Self::NothingAsserted => "not shown: the row asserts nothing",
            Self::OtherRegime => "not shown: needs EL2, EL3 or AArch32",
            Self::Stage2 => "not shown: needs stage 2",
            Self::OtherGranule => "not shown: needs another granule or descriptor format",
            Self::Ground => "not shown: SCTLR_EL1.M or EE would pull the ground from under the kernel",
            Self::Extension(name) => return write!(formatter, "not shown: needs {name}"),
            Self::NoPlace => "not shown: no device holds tables",
            Self::EveryUpdate => "every case with an update: the tables are so",
            Self::Coherent => "not shown: a PE sees no memory behind coherent caches",
            Self::Software => "not shown: binds the kernel, which maps its tables so",
        })
    }
}

/// A row of the case table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The id, such as `D12`.
    pub id: &'static str,
    /// The rules from which it is drawn: labels, sections and pseudocode functions of the Arm ARM.
    pub rule: &'static str,
    /// What it says.
    pub subject: &'static str,
    /// What shows it.
    pub showing: Showing,
}

const fn row(id: &'static str, rule: &'static str, subject: &'static str, showing: Showing) -> Row {
    Row { id, rule, subject, showing }
}

impl Row {
    /// Tells whether a case of this name is the row's: `d12-...`, or `d12` alone.
    #[must_use]
    pub fn owns(&self, case: &str) -> bool {
        let (id, rest) = case.split_at_checked(self.id.len()).unwrap_or((case, ""));
        id.eq_ignore_ascii_case(self.id) && (rest.is_empty() || rest.starts_with('-'))
    }
}

/// Every row from A01 to G09, in order.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    flag::ROWS.iter().chain(dirty::ROWS)
}

/// The rows beside the cases that show them, as a Markdown table: every row has what its [`Showing`] says.
#[derive(Clone, Copy, Debug)]
pub struct Coverage<'a> {
    cases: &'a [&'a str],
}

/// Why cases and rows do not fit together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mismatch<'a> {
    /// The row with this id needs a case, and there is none.
    Gap(&'static str),
    /// The case of this name bears the id of a row which nothing should show.
    Contradiction(&'a str),
}

impl<'a> Coverage<'a> {
    /// Sets the rows beside the names of all cases.
    ///
    /// # Errors
    ///
    /// The first [`Mismatch`], a row without a case before a case too many.
    pub fn new(cases: &'a [&'a str]) -> Result<Self, Mismatch<'a>> {
        let is_gap = |row: &&Row| row.showing.needs_case() && !cases.iter().any(|case| row.owns(case));
        let contradicts = |case: &&str| rows().any(|row| row.owns(case) && !row.showing.is_shown());
        if let Some(row) = rows().find(is_gap) {
            return Err(Mismatch::Gap(row.id));
        }
        match cases.iter().copied().find(contradicts) {
            Some(case) => Err(Mismatch::Contradiction(case)),
            None => Ok(Self { cases }),
        }
    }
}

impl fmt::Display for Coverage<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| row | rule | what it says | shown by |")?;
        writeln!(formatter, "|---|---|---|---|")?;
        for row in rows() {
            write!(formatter, "| {} | {} | {} | ", row.id, row.rule, row.subject)?;
            let mut separator = "";
            for case in self.cases.iter().filter(|case| row.owns(case)) {
                write!(formatter, "{separator}`{case}`")?;
                separator = ", ";
            }
            match (separator.is_empty(), row.showing) {
                (false, Showing::Product) => write!(formatter, ", the product")?,
                (false, _) => {}
                (true, showing) => write!(formatter, "{showing}")?,
            }
            writeln!(formatter, " |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, Mismatch, Row, Showing, rows};
    use oracle::{Choice, Clause};
    extern crate std;
    use std::{collections::BTreeMap, format, string::ToString, vec::Vec};

    #[test]
    fn every_row_is_there_once_and_in_order() {
        let mut last: BTreeMap<char, usize> = BTreeMap::new();
        for Row { id, rule, subject, .. } in rows() {
            let letter = id.chars().next().expect("a letter");
            let number = last.entry(letter).or_default();
            *number += 1;
            assert_eq!(*id, format!("{letter}{number:02}"));
            assert!(!rule.is_empty() && !subject.is_empty() && !subject.ends_with('.'), "{id}");
        }
        let counts: Vec<_> = last.into_iter().collect();
        assert_eq!(counts, [('A', 20), ('B', 46), ('C', 9), ('D', 48), ('E', 26), ('F', 8), ('G', 9)]);
    }

    #[test]
    fn the_oracle_cites_rows_that_there_are() {
        let known = |row: &str| row == "-" || rows().any(|known| known.id == row);
        for clause in Clause::ALL {
            assert!(known(clause.row()), "{clause:?}");
        }
        for choice in Choice::ALL {
            assert!(known(choice.row()), "{choice:?}");
        }
    }

    #[test]
    fn a_case_belongs_to_the_row_whose_id_it_begins_with() {
        let d12 = rows().find(|row| row.id == "D12").expect("a row");
        assert!(d12.owns("d12-aptable-refuses") && d12.owns("d12"));
        assert!(!d12.owns("d1") && !d12.owns("d120-other") && !d12.owns("d11-sttr"));
    }

    /// The names of cases with a row's id that the source of the suites holds, in order and once each.
    fn curated() -> Vec<std::string::String> {
        fn visit(directory: &std::path::Path, text: &mut std::string::String) {
            for entry in std::fs::read_dir(directory).expect("the suites").flatten() {
                if entry.path().is_dir() {
                    visit(&entry.path(), text);
                } else {
                    text.push_str(&std::fs::read_to_string(entry.path()).expect("a source file"));
                }
            }
        }
        let mut text = std::string::String::new();
        visit(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/suites"), &mut text);
        let is_case = |word: &&str| {
            word.contains('-')
                && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
                && rows().any(|row| row.owns(word))
        };
        let mut names: Vec<_> = text.split('"').filter(is_case).map(ToString::to_string).collect();
        names.sort();
        names.dedup();
        names
    }

    #[test]
    fn the_document_says_what_the_suites_have() {
        let names = curated();
        let cases: Vec<&str> = names.iter().map(|name| &**name).collect();
        let coverage = Coverage::new(&cases).expect("every row has a case or a reason, and no row both");
        let wanted = format!(
            "# Rows and what shows them\n\nGenerated from `src/coverage`; `AFDBM_WRITE=1 cargo test coverage` writes it.\n\n{coverage}"
        );
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md");
        if std::env::var_os("AFDBM_WRITE").is_some() {
            std::fs::write(&path, &wanted).expect("docs/coverage.md");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == wanted, "docs/coverage.md is not what src/coverage says");
    }

    #[test]
    fn gaps_and_contradictions_are_told() {
        let mut names: Vec<&str> =
            rows().filter(|row| row.showing.needs_case() && row.id != "B01").map(|row| row.id).collect();
        assert_eq!(Coverage::new(&names).err(), Some(Mismatch::Gap("B01")));
        names.extend(["b01-load-sets-access-flag", "store-is-seen", "a11-el2"]);
        assert_eq!(Coverage::new(&names).err(), Some(Mismatch::Contradiction("a11-el2")));
        names.pop();
        let shown = Coverage::new(&names).expect("all that is needed").to_string();
        assert!(shown.contains("| B01 | R_HDTRB, R_LFTXR, R_GXGPN | a load sets AF and nothing else | `b01-load-sets-access-flag` |"));
        assert!(
            shown.contains(
                "| B45 | R_GXGPN, R_LHQRX | first-fault and non-fault loads | not shown: needs SVE |"
            )
        );
        assert_eq!(Showing::Product.to_string(), "the product");
    }
}
