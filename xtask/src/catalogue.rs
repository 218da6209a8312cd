//! The cases that a run is asked for.

use crate::failure::Failure;
use cases::product::COMBINATIONS;
use cases::{Case, SUITES, Suite};
use record::options::{ByNumber, Options};

/// Returns every case, as (suite, case).
pub(crate) fn all() -> Vec<(&'static str, &'static str)> {
    pairs().map(|(suite, case)| (suite.name, case.name)).collect()
}

fn pairs() -> impl Iterator<Item = (&'static Suite, &'static Case)> {
    SUITES.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
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
    if options.from.is_some() && !options.full {
        return Err(Failure::Usage {
            message: "--from says where --full begins, and there is no --full".into(),
        });
    }
    if let Some(ByNumber(None)) = options.by_number() {
        let message = format!("there is no such combination; they are 0 to {}", COMBINATIONS - 1);
        return Err(Failure::Usage { message });
    }
    let selected: Vec<_> = pairs()
        .filter(|(suite, case)| options.selects(suite, case))
        .map(|(suite, case)| (suite.name, case.name))
        .collect();
    if selected.is_empty() {
        let asked = Options {
            case: options.case,
            suites: options.suites,
            regime: options.regime,
            ..Options::default()
        };
        let message = format!("no case is named by {asked}; --list shows them all");
        return Err(Failure::Usage { message });
    }
    Ok(selected)
}

#[cfg(test)]
mod tests {
    use super::{all, select};
    use record::options::Options;

    fn selected(options: &str) -> Result<Vec<(&str, &str)>, String> {
        let options = Options::from_text(options).unwrap();
        select(&options).map_err(|failure| failure.to_string())
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let default = selected("").unwrap();
        assert!(default.len() > 200 && default.len() < all().len());
        assert!(default.iter().all(|(suite, _)| *suite != "self-check"));
        assert_eq!(selected("--case d01*").unwrap(), [("dirty-state", "d01-store-marks-dirty")]);
        assert_eq!(selected("--suite self-check --case panics").unwrap().len(), 1);
        assert_eq!(selected("--case product/7").unwrap(), [("product", "one-combination")]);
        assert!(selected("--from 7").unwrap_err().contains("there is no --full"));
        assert!(selected("--full --from 7").is_ok());
        assert!(selected("--suite clean").unwrap_err().contains("there are abandonment, probes, "));
        assert!(selected("--case x*").unwrap_err().contains("--case 'x*'"));
        assert!(selected("--suite self-check --case d01-store-marks-dirty").is_err());
    }

    #[test]
    fn a_regime_selects_its_cases() {
        let [of_el1, of_el2, of_both] =
            ["--regime el1", "--regime el2", "--regime el20"].map(|asked| selected(asked).unwrap());
        let is_of = |selected: &[(&str, &str)], case| selected.iter().any(|(_, name)| *name == case);
        for (case, expected) in [
            ("d01-store-marks-dirty", [true, false, false]),
            ("a11-el2-marks-dirty", [false, true, false]),
            ("a12-el2-and-0-marks-dirty", [false, false, true]),
        ] {
            assert_eq!(
                [&of_el1, &of_el2, &of_both].map(|selected| is_of(selected, case)),
                expected,
                "{case}"
            );
        }
        let none = selected("--regime el2 --case d01-store-marks-dirty").unwrap_err();
        assert!(none.contains("--case d01-store-marks-dirty --regime el2"), "{none}");
    }
}
