//! The cases that a run is asked for, and the list of all.

use crate::{
    failure::{Exit, Failure},
    screen::print,
};
use cases::product::COMBINATIONS;
use cases::{Case, SUITES, Suite};
use record::options::{ByNumber, Options};
use std::fmt;

/// Returns every case, as (suite, case).
pub(crate) fn all() -> Vec<(&'static str, &'static str)> {
    pairs().map(|(suite, case)| (suite.name, case.name)).collect()
}

fn pairs() -> impl Iterator<Item = (&'static Suite, &'static Case)> {
    SUITES.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
}

/// Shows all cases, if there are any that the options ask for.
///
/// # Errors
///
/// As [`select`].
pub(crate) fn list(options: &Options<'_>) -> Result<Exit, Failure> {
    select(options)?;
    print(format_args!("{List}"))?;
    Ok(Exit::Pass)
}

/// Returns the cases, as (suite, case), that the options ask for.
///
/// # Errors
///
/// Where a suite that is named does not exist, or nothing is left to run; what exists is named.
pub(crate) fn select(options: &Options<'_>) -> Result<Vec<(&'static str, &'static str)>, Failure> {
    let known = |name: &&str| SUITES.iter().any(|suite| suite.name == *name);
    if let Some(name) = options.suites.and_then(|suites| suites.names().find(|name| !known(name))) {
        let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        let message = format!("there is no suite {name:?}; there are {}", names.join(", "));
        return Err(Failure::Usage { message });
    }
    if let Some(ByNumber(None)) = options.by_number() {
        let message = format!("there is no such combination; they are 0 to {}", COMBINATIONS - 1);
        return Err(Failure::Usage { message });
    }
    let selected: Vec<_> = pairs()
        .filter(|(suite, case)| options.selects(suite.name, suite.hidden || case.hidden, case.name))
        .map(|(suite, case)| (suite.name, case.name))
        .collect();
    if selected.is_empty() {
        let asked = Options { case: options.case, suites: options.suites, ..Options::default() };
        let message = format!("no case is named by {asked}; --list shows them all");
        return Err(Failure::Usage { message });
    }
    Ok(selected)
}

/// Shows every suite with its cases and what they claim.
struct List;

impl fmt::Display for List {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for suite in SUITES {
            let hidden = if suite.hidden { " (runs only where it is named)" } else { "" };
            writeln!(formatter, "{}/  {}{hidden}", suite.name, suite.about)?;
            let width = suite.cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
            for case in suite.cases {
                let hidden = if case.hidden { " (runs only where it is named)" } else { "" };
                writeln!(formatter, "  {:width$}  {}{hidden}", case.name, case.claim)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{List, all, select};
    use record::options::Options;

    fn selected(options: &str) -> Result<Vec<(&str, &str)>, String> {
        let options = Options::from_text(options).unwrap();
        select(&options).map_err(|failure| failure.to_string())
    }

    #[test]
    fn lists_suites_and_cases() {
        let list = List.to_string();
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
    fn what_does_not_exist_is_named() {
        let default = selected("").unwrap();
        assert!(default.len() > 200 && default.len() < all().len());
        assert!(default.iter().all(|(suite, _)| *suite != "self-check"));
        assert_eq!(selected("--case d01*").unwrap(), [("dirty-state", "d01-store-marks-dirty")]);
        assert_eq!(selected("--suite self-check --case panics").unwrap().len(), 1);
        assert_eq!(selected("--case product/7").unwrap(), [("product", "one-combination")]);
        assert!(selected("--suite clean").unwrap_err().contains("there are abandonment, probes, "));
        assert!(selected("--case x*").unwrap_err().contains("--case 'x*'"));
        assert!(selected("--suite self-check --case d01-store-marks-dirty").is_err());
    }
}
