//! The cases that an image holds, and which of them a run is asked for.

use crate::failure::Failure;
use cases::product::COMBINATIONS;
use record::options::{ByNumber, Options};
use std::{collections::BTreeSet, fmt, path::Path};

/// The suites of an image, in its order.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Catalogue {
    suites: Vec<Suite>,
}

#[derive(PartialEq, Eq, Debug)]
struct Suite {
    name: String,
    description: String,
    /// It runs only where it is asked for by name.
    hidden: bool,
    cases: Vec<Case>,
}

#[derive(PartialEq, Eq, Debug)]
struct Case {
    name: String,
    description: String,
    /// Likewise.
    hidden: bool,
}

impl Catalogue {
    /// Reads `suite/<TAB>description[<TAB>hidden]` and `suite/case<TAB>description[<TAB>hidden]`, one a line.
    ///
    /// # Errors
    ///
    /// Names the first line that is neither, or repeats a name.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let mut suites: Vec<Suite> = Vec::new();
        let mut names = BTreeSet::new();
        for (index, line) in text.trim_end_matches(['\0', '\n']).lines().enumerate() {
            let wrong = |problem: &str| Failure::Content {
                path: path.to_owned(),
                line: None,
                problem: format!("catalogue, line {}: {problem}: {line:?}", index + 1),
            };
            let mut columns = line.split('\t');
            let (Some(id), Some(description)) = (columns.next(), columns.next()) else {
                return Err(wrong("no description"));
            };
            let flag = columns.next();
            let (suite, case) = id.split_once('/').ok_or_else(|| wrong("no suite"))?;
            if !names.insert(if case.is_empty() { suite } else { case }) {
                return Err(wrong("the name is not unique"));
            }
            let hidden = match flag {
                None => false,
                Some("hidden") => true,
                Some(_) => return Err(wrong("an unknown mark")),
            };
            if case.is_empty() {
                let (name, description) = (suite.to_owned(), description.to_owned());
                suites.push(Suite { name, description, hidden, cases: Vec::new() });
            } else {
                let of_suite = suites.last_mut().filter(|last| last.name == suite);
                let of_suite = of_suite.ok_or_else(|| wrong("not below its suite"))?;
                let (name, description) = (case.to_owned(), description.to_owned());
                of_suite.cases.push(Case { name, description, hidden });
            }
        }
        Ok(Self { suites })
    }

    /// Returns every case, as (suite, case).
    pub(crate) fn cases(&self) -> Vec<(&str, &str)> {
        self.pairs().map(|(suite, case)| (suite.name.as_str(), case.name.as_str())).collect()
    }

    fn pairs(&self) -> impl Iterator<Item = (&Suite, &Case)> {
        self.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
    }

    /// Returns the cases, as (suite, case), that the options ask for.
    ///
    /// # Errors
    ///
    /// Where a suite that is named does not exist, or nothing is left to run; what exists is named.
    pub(crate) fn select(&self, options: &Options<'_>) -> Result<Vec<(&str, &str)>, Failure> {
        let unknown = options.suites.and_then(|suites| {
            suites.names().find(|name| self.suites.iter().all(|suite| suite.name != *name))
        });
        if let Some(name) = unknown {
            let names: Vec<&str> = self.suites.iter().map(|suite| suite.name.as_str()).collect();
            let message = format!("there is no suite {name:?}; there are {}", names.join(", "));
            return Err(Failure::Usage { message });
        }
        if let Some(ByNumber(None)) = options.by_number() {
            let message = format!("there is no such combination; they are 0 to {}", COMBINATIONS - 1);
            return Err(Failure::Usage { message });
        }
        let selected: Vec<(&str, &str)> = self
            .pairs()
            .filter(|(suite, case)| options.selects(&suite.name, suite.hidden || case.hidden, &case.name))
            .map(|(suite, case)| (suite.name.as_str(), case.name.as_str()))
            .collect();
        if selected.is_empty() {
            let asked = Options { case: options.case, suites: options.suites, ..Options::default() };
            let message = format!("no case is named by {asked}; --list shows them all");
            return Err(Failure::Usage { message });
        }
        Ok(selected)
    }
}

/// Shows every suite with its cases and what they claim.
impl fmt::Display for Catalogue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for suite in &self.suites {
            let hidden = if suite.hidden { " (runs only where it is named)" } else { "" };
            writeln!(formatter, "{}/  {}{hidden}", suite.name, suite.description)?;
            let width = suite.cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
            for case in &suite.cases {
                let hidden = if case.hidden { " (runs only where it is named)" } else { "" };
                writeln!(formatter, "  {:width$}  {}{hidden}", case.name, case.description)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Catalogue;
    use record::options::Options;
    use std::path::Path;

    const TEXT: &str = "dirty/\tThe dirty state\ndirty/d01-store\tA store\ndirty/d02-load\tA load\n\
                        broken/\tDefects\thidden\nbroken/panics\tA panic\n";

    fn parse(text: &str) -> Result<Catalogue, String> {
        Catalogue::parse(Path::new("kernel"), text).map_err(|failure| failure.to_string())
    }

    fn select(options: &str) -> Result<Vec<(String, String)>, String> {
        let catalogue = parse(TEXT).unwrap();
        let options = Options::from_text(options).unwrap();
        let selected = catalogue.select(&options).map_err(|failure| failure.to_string())?;
        Ok(selected.into_iter().map(|(suite, case)| (suite.to_owned(), case.to_owned())).collect())
    }

    #[test]
    fn lists_suites_and_cases() {
        let list = parse(TEXT).unwrap().to_string();
        assert!(list.starts_with("dirty/  The dirty state\n  d01-store  A store\n  d02-load   A load\n"));
        assert!(list.contains("broken/  Defects (runs only where it is named)\n"));
    }

    #[test]
    fn a_catalogue_that_contradicts_itself_is_refused() {
        for (text, problem) in [
            ("dirty/", "no description"),
            ("dirty\tx", "no suite"),
            ("a/\tx\na/\ty", "not unique"),
            ("a/\tx\na/c\ty\nb/\tx\nb/c\ty", "not unique"),
            ("a/\tx\tsecret", "unknown mark"),
            ("a/c\tx", "not below its suite"),
        ] {
            assert!(parse(text).unwrap_err().contains(problem), "{text}");
        }
    }

    #[test]
    fn what_does_not_exist_is_named() {
        assert_eq!(select("").unwrap().len(), 2);
        assert_eq!(select("--case d01*").unwrap(), [("dirty".to_owned(), "d01-store".to_owned())]);
        assert_eq!(select("--suite broken").unwrap().len(), 1);
        assert!(select("--suite clean").unwrap_err().contains("there are dirty, broken"));
        assert!(select("--case x*").unwrap_err().contains("--case 'x*'"));
        assert!(select("--suite broken --case d01-store").is_err());
    }
}
