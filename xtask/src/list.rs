//! `--list`: the cases, or with `--coverage` the rows of the case table, in columns that fit the terminal or as JSON.

use crate::{
    catalogue::select,
    failure::{Exit, Failure},
    screen::print,
};
use cases::{
    Body, Case, SUITES, Suite,
    product::Group,
    rows::{cases_of, rows},
};
use console::Term;
use oracle::{AccessKind, Family};
use record::options::Options;
use serde_json::{Value, json};
use std::{fmt, fs, path::Path};

/// The version of the list as JSON.
const VERSION: u32 = 1;

/// A suite and those of its cases that are listed.
type Listed = (&'static Suite, Vec<&'static Case>);

/// Shows the cases that the options ask for, or all.
///
/// # Errors
///
/// Where there is none, or the file cannot be written.
pub(crate) fn list(options: &Options<'_>) -> Result<Exit, Failure> {
    let listed = listed(options)?;
    if let Some(path) = options.json {
        let value = if options.coverage { coverage_as_json() } else { as_json(&listed) };
        let text = serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
        match path.0 {
            "-" => print(text)?,
            path => fs::write(path, text).map_err(Failure::file(Path::new(path)))?,
        }
    } else if options.coverage {
        print(Table {
            heads: ["row", "rule", "shown by", "what it says"],
            rows: coverage(),
            width: width(),
        })?;
    } else {
        print(List { listed: &listed, width: width() })?;
    }
    Ok(Exit::Pass)
}

/// The columns of the terminal; in a pipe a line is as long as it is.
fn width() -> usize {
    Term::stdout().size_checked().map_or(usize::MAX, |(_, columns)| columns.into())
}

/// Chooses by `--suite` and `--case`, as a run would, and by `--find`.
fn listed(options: &Options<'_>) -> Result<Vec<Listed>, Failure> {
    let chosen = select(options)?;
    let everything = options.suites.is_none() && options.case.is_none();
    let word = options.find.map(|word| word.0.to_ascii_lowercase());
    let mut listed = Vec::new();
    for suite in SUITES {
        let is_listed = |case: &&Case| {
            (everything || chosen.contains(&(suite.name, case.name)))
                && word.as_ref().is_none_or(|word| finds(word, suite, case))
        };
        let cases: Vec<&Case> = suite.cases.iter().filter(is_listed).collect();
        if !cases.is_empty() {
            listed.push((suite, cases));
        }
    }
    match word {
        Some(word) if listed.is_empty() => {
            let message = format!("nothing in the list has {word:?}: no name, claim, row or access");
            Err(Failure::Usage { message })
        }
        _ => Ok(listed),
    }
}

/// Tells whether a case has a word: in its names or its claim, as a row that it shows, or as an access that it makes.
fn finds(word: &str, suite: &Suite, case: &Case) -> bool {
    format!("{}/{}", suite.name, case.name).contains(word)
        || case.claim.to_ascii_lowercase().contains(word)
        || rows().any(|row| row.id.eq_ignore_ascii_case(word) && case.shows(row.id))
        || accesses(suite, case).contains(&word)
}

/// The names of the accesses that a case makes and holds against the oracle.
fn accesses(suite: &Suite, case: &Case) -> Vec<&'static str> {
    let mut names: Vec<&str> = match &case.body {
        Body::Combinations(combinations) => combinations.iter().map(|one| one.kind.name()).collect(),
        Body::Function if suite.name == "product" => AccessKind::ALL
            .iter()
            .filter(|kind| kind.is_in_product() && is_sampled(case.name, **kind))
            .map(|kind| kind.name())
            .collect(),
        _ => Vec::new(),
    };
    names.sort_unstable();
    names.dedup();
    names
}

/// Tells whether a case of the product has accesses of a kind: a sample those of its group, the others all.
fn is_sampled(case: &str, kind: AccessKind) -> bool {
    let group = match kind.family() {
        Family::Read => Group::Reads,
        Family::Write if kind.is_block() => Group::Zeroing,
        Family::Write => Group::Writes,
        Family::Atomic => Group::Atomics,
        Family::Fetch => Group::Fetches,
        Family::Optional(_) => Group::Prefetches,
        Family::DataMaintenance | Family::InstructionMaintenance => Group::Maintenance,
        Family::Translation => Group::Translations,
    };
    match case.strip_prefix("sampled-") {
        Some("reserved-encodings") => !matches!(group, Group::Atomics | Group::Maintenance),
        Some(name) => format!("{group:?}").eq_ignore_ascii_case(name),
        None => true,
    }
}

fn as_json(listed: &[Listed]) -> Value {
    let case = |suite: &Suite, case: &Case| {
        let rows: Vec<&str> = rows().map(|row| row.id).filter(|id| case.shows(id)).collect();
        let hidden = suite.hidden || case.hidden;
        let accesses = accesses(suite, case);
        json!({ "name": case.name, "claim": case.claim, "rows": rows, "hidden": hidden, "accesses": accesses })
    };
    let suite = |(suite, cases): &Listed| {
        let cases: Vec<Value> = cases.iter().map(|one| case(suite, one)).collect();
        json!({ "name": suite.name, "about": suite.about, "hidden": suite.hidden, "cases": cases })
    };
    let suites: Vec<Value> = listed.iter().map(suite).collect();
    json!({ "format": "afdbm-list", "version": VERSION, "suites": suites })
}

/// Every row with what shows it.
fn coverage() -> Vec<[String; 4]> {
    let shown = |id| cases_of(SUITES, id).map(|case| case.name).collect::<Vec<_>>();
    rows()
        .map(|row| {
            let by = match shown(row.id) {
                cases if cases.is_empty() => row.showing.to_string(),
                cases => cases.join(" "),
            };
            [row.id.to_owned(), row.rules.to_owned(), by, row.sentence.to_owned()]
        })
        .collect()
}

fn coverage_as_json() -> Value {
    let rows: Vec<Value> = coverage()
        .into_iter()
        .map(|[row, rules, shown_by, sentence]| {
            json!({ "row": row, "rules": rules, "shown_by": shown_by, "sentence": sentence })
        })
        .collect();
    json!({ "format": "afdbm-coverage", "version": VERSION, "rows": rows })
}

/// Shows every suite with its cases and what they claim.
struct List<'l> {
    listed: &'l [Listed],
    width: usize,
}

const HIDDEN: &str = " (runs only where it is named)";

impl fmt::Display for List<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (suite, cases) in self.listed {
            let hidden = if suite.hidden { HIDDEN } else { "" };
            writeln!(formatter, "{}/  {}{hidden}", suite.name, suite.about)?;
            let width = suite.cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
            for case in cases {
                let hidden = if case.hidden { HIDDEN } else { "" };
                write!(formatter, "  {:width$}  ", case.name)?;
                let text = format!("{}{hidden}", case.claim);
                writeln!(formatter, "{}", Wrapped { text: &text, indent: width + 4, width: self.width })?;
            }
        }
        Ok(())
    }
}

/// A table whose last column takes what is left of the terminal.
struct Table<const N: usize> {
    heads: [&'static str; N],
    rows: Vec<[String; N]>,
    width: usize,
}

/// The widest that a column but the last gets, unless one word is wider.
const WIDEST: usize = 34;

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |column: usize| {
            let texts = || self.rows.iter().map(|row| row[column].as_str()).chain([self.heads[column]]);
            let longest = texts().map(|text| text.chars().count()).max().unwrap_or(0);
            let word =
                texts().flat_map(|text| text.split(' ')).map(|word| word.chars().count()).max().unwrap_or(0);
            longest.min(WIDEST.max(word))
        };
        let mut widths: Vec<usize> = (0..N).map(widest).collect();
        let others: usize = widths[..N - 1].iter().map(|width| width + 2).sum();
        widths[N - 1] = self.width.saturating_sub(others).max(20);
        let heads = self.heads.map(str::to_owned);
        for row in [&heads].into_iter().chain(&self.rows) {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(text, width)| Wrapped { text, indent: 0, width: *width }.to_string())
                .collect();
            for line in 0..cells.iter().map(|cell| cell.lines().count()).max().unwrap_or(0) {
                let mut text = String::new();
                for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                    let part = cell.lines().nth(line).unwrap_or_default();
                    text += part;
                    if column + 1 < N {
                        text.extend(std::iter::repeat_n(' ', width + 2 - part.chars().count().min(*width)));
                    }
                }
                writeln!(formatter, "{}", text.trim_end())?;
            }
        }
        Ok(())
    }
}

/// A text, broken between words where the terminal ends.
struct Wrapped<'t> {
    text: &'t str,
    indent: usize,
    width: usize,
}

impl fmt::Display for Wrapped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, indent, width } = *self;
        let room = width.saturating_sub(indent).max(20);
        let mut used = 0;
        for word in text.split(' ') {
            let length = word.chars().count();
            if used != 0 && used + 1 + length > room {
                write!(formatter, "\n{:indent$}", "")?;
                used = 0;
            } else if used != 0 {
                formatter.write_str(" ")?;
                used += 1;
            }
            formatter.write_str(word)?;
            used += length;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{List, Table, Wrapped, as_json, coverage, listed};
    use record::options::Options;

    fn shown(options: &str) -> Result<String, String> {
        let listed = listed(&Options::from_text(options).unwrap()).map_err(|error| error.to_string())?;
        Ok(List { listed: &listed, width: usize::MAX }.to_string())
    }

    #[test]
    fn lists_suites_and_cases() {
        let list = shown("").unwrap();
        assert!(
            list.contains(
                "\nseed/  the page-fault loop of June 2016: write, age, read, write at EL0\n  seed-"
            )
        );
        assert!(list.contains("\n  d08-user-store-marks-dirty          a store from EL0 to a clean page"));
        assert!(list.contains(
            "self-check/  defects on purpose, to see them noticed; every case fails (runs only where"
        ));
        assert!(list.contains(" do what the oracle says (runs only where it is named)\n"));
    }

    #[test]
    fn the_list_heeds_what_a_run_would() {
        let one = shown("--case d01-*").unwrap();
        assert_eq!(one.lines().count(), 2, "{one}");
        assert!(shown("--suite races").unwrap().starts_with("races/"));
        assert!(
            shown("--suite races --find no-such-word").unwrap_err().contains("no name, claim, row or access")
        );
    }

    #[test]
    fn an_access_finds_every_case_that_makes_it() {
        let found = shown("--find AT-S1E1W").unwrap();
        for case in [
            "d28-at-write-leaves-clean",
            "sampled-translations",
            "sampled-reserved-encodings",
            "covering-set",
        ] {
            assert!(found.contains(case), "{found}");
        }
        assert!(!found.contains("sampled-reads") && !found.contains("d01-store"), "{found}");
        assert!(shown("--find d12").unwrap().contains("single-accesses/"), "a row");
    }

    #[test]
    fn the_list_as_json_names_accesses_and_rows() {
        let options = Options::from_text("--case d28-*").unwrap();
        let value = as_json(&listed(&options).unwrap());
        let case = &value["suites"][0]["cases"][0];
        assert_eq!((&value["format"], &value["version"]), (&"afdbm-list".into(), &1.into()));
        assert_eq!((&case["rows"][0], &case["accesses"][1]), (&"D28".into(), &"at-s1e1w".into()));
    }

    #[test]
    fn columns_fit_the_terminal() {
        let text = Wrapped { text: "one two three four five six seven", indent: 4, width: 26 }.to_string();
        assert_eq!(text, "one two three four\n    five six seven");
        let table =
            Table { heads: ["row", "rule", "shown by", "what it says"], rows: coverage(), width: 110 }
                .to_string();
        let too_long = table.lines().find(|line| line.chars().count() > 110);
        assert_eq!(too_long, None);
        assert!(table.starts_with("row  rule"));
        let piped =
            Table { heads: ["row", "rule", "shown by", "what it says"], rows: coverage(), width: usize::MAX };
        assert!(piped.to_string().lines().count() > coverage().len());
    }
}
