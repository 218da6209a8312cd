//! What differs between runs: of two emulators, of two versions of one, of yesterday and today.

use super::{
    html, of_paths,
    run::{Case, Run, Status},
};
use crate::{
    failure::{Exit, Failure},
    screen::print,
};
use record::options::Options;
use std::{collections::BTreeSet, fs, path::Path};

/// From this ratio on, a rate is told as faster or slower: less is what a busy host does.
const NOTABLE: f64 = 1.5;

/// The units by which a log tells a rate, all of them the more the faster.
const RATES: [&str; 3] = [" a second", " faults/s", " outcomes/s"];

/// How a case differs between one run and the next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Change {
    /// It fails, or is an error, and did not before.
    New,
    /// It fails in another way.
    Otherwise,
    /// It has no result any more, or is not tested any more.
    NotRunAnyMore,
    /// It does not fail any more.
    Gone,
    /// Another of the outcomes that are permitted.
    Choice,
    /// It has a result, and had none.
    RunNow,
    /// Its rate fell.
    Slower,
    /// Its rate rose.
    Faster,
}

/// One difference.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Difference {
    /// How it differs.
    pub(crate) change: Change,
    /// The case, as suite/case; or the choice of a fingerprint.
    pub(crate) what: String,
    /// What it was.
    pub(crate) before: String,
    /// What it is.
    pub(crate) after: String,
    /// The name of the run that it is since.
    pub(crate) since: String,
}

impl Change {
    /// Every change, in the order in which they are told.
    pub(crate) const ALL: [Self; 8] = [
        Self::New,
        Self::Otherwise,
        Self::NotRunAnyMore,
        Self::Gone,
        Self::Choice,
        Self::RunNow,
        Self::Slower,
        Self::Faster,
    ];

    /// Returns the words that head the differences of this kind.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::New => "new failure or error",
            Self::Otherwise => "fails in another way",
            Self::NotRunAnyMore => "not run any more",
            Self::Gone => "fails no longer",
            Self::Choice => "another permitted choice",
            Self::RunNow => "run now, and not before",
            Self::Slower => "slower",
            Self::Faster => "faster",
        }
    }

    /// Tells whether it is for the worse.
    pub(crate) const fn is_worse(self) -> bool {
        matches!(self, Self::New | Self::Otherwise | Self::NotRunAnyMore)
    }
}

/// Compares each run with the one before it, and tells what differs.
///
/// # Errors
///
/// Where there are fewer than two runs, or a path leads to none.
pub(crate) fn compare(paths: &[&str], options: &Options<'_>) -> Result<Exit, Failure> {
    let runs = of_paths(paths, options)?;
    let [first, rest @ ..] = runs.as_slice() else { return Ok(Exit::Usage) };
    if rest.is_empty() {
        return Err(Failure::Usage { message: "to compare takes two runs or more".into() });
    }
    let differences = of_all(&runs);
    print(format_args!("{}", Text { first, rest, differences: &differences }))?;
    if let Some(path) = options.html {
        let page = html::comparison(&runs, &differences);
        fs::write(path.0, page).map_err(Failure::file(Path::new(path.0)))?;
    }
    let worse = differences.iter().any(|difference| difference.change.is_worse());
    Ok(if worse { Exit::Fail } else { Exit::Pass })
}

/// Returns what differs from each run to the next.
pub(crate) fn of_all(runs: &[Run]) -> Vec<Difference> {
    let mut differences: Vec<_> = runs.windows(2).flat_map(|pair| of_two(&pair[0], &pair[1])).collect();
    differences.sort_by_key(|difference| difference.change);
    differences
}

fn of_two(before: &Run, after: &Run) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut tell = |change, what: String, was: String, is: String| {
        let since = after.name.clone();
        differences.push(Difference { change, what, before: was, after: is, since });
    };
    let names: BTreeSet<(&str, &str)> = [before, after]
        .into_iter()
        .flat_map(|run| run.cases().map(|(suite, case)| (suite.name.as_str(), case.name.as_str())))
        .collect();
    for (suite, name) in names {
        let (was, is) = (before.case(suite, name), after.case(suite, name));
        let what = format!("{suite}/{name}");
        if let Some(change) = of_case(was, is) {
            tell(change, what.clone(), told(was), told(is));
        }
        if let (Some(slow), Some(fast)) = (was.and_then(rate), is.and_then(rate)) {
            let ratio = fast / slow;
            if ratio >= NOTABLE || ratio <= 1.0 / NOTABLE {
                let change = if ratio > 1.0 { Change::Faster } else { Change::Slower };
                tell(change, what, format!("{slow:.0} a second"), format!("{fast:.0} a second"));
            }
        }
    }
    for choice in &before.fingerprint {
        let (name, was) = choice.split_once(": ").unwrap_or((choice, ""));
        let of_name = |line: &&String| line.split_once(": ").is_some_and(|(other, _)| other == name);
        if let Some(is) = after.fingerprint.iter().find(of_name).filter(|line| *line != choice) {
            let is = is.split_once(": ").map_or("", |(_, answer)| answer);
            tell(Change::Choice, name.to_owned(), was.to_owned(), is.to_owned());
        }
    }
    differences
}

fn of_case(before: Option<&Case>, after: Option<&Case>) -> Option<Change> {
    let status = |case: Option<&Case>| case.map_or(Status::NotTested, |case| case.status);
    let is_bad = |status: Status| status.deviates() || status == Status::Error;
    let is_absent = |status| matches!(status, Status::NotTested | Status::Lost);
    let (was, is) = (status(before), status(after));
    match (is_bad(was), is_bad(is)) {
        (false, true) => Some(Change::New),
        (true, _) if is_absent(is) => Some(Change::NotRunAnyMore),
        (true, false) => Some(Change::Gone),
        (true, true) => (what_fails(before) != what_fails(after)).then_some(Change::Otherwise),
        (false, false) if is_absent(is) && !is_absent(was) => Some(Change::NotRunAnyMore),
        (false, false) if is_absent(was) && !is_absent(is) => Some(Change::RunNow),
        (false, false) if was != is => Some(Change::Choice),
        (false, false) => {
            let choices = |case: Option<&Case>| case.map(|case| case.choices.clone()).unwrap_or_default();
            (choices(before) != choices(after)).then_some(Change::Choice)
        }
    }
}

/// In what, and against which rule, a case fails: without where, which a seed may change.
fn what_fails(case: Option<&Case>) -> BTreeSet<&str> {
    let kinds = case.map(|case| case.kinds.as_slice()).unwrap_or_default();
    kinds
        .iter()
        .map(|kind| kind.kind.rsplit_once(" | ").map_or(kind.kind.as_str(), |(what, _)| what))
        .collect()
}

fn told(case: Option<&Case>) -> String {
    let Some(case) = case else { return "not asked for".into() };
    let words = case.status.words();
    match (case.choices.as_slice(), case.reason.as_str()) {
        ([], "") => words.to_owned(),
        ([], reason) => format!("{words}: {reason}"),
        (choices, _) => format!("{words}: {}", choices.join("; ")),
    }
}

/// Returns the first rate that a case tells.
fn rate(case: &Case) -> Option<f64> {
    let of_line = |line: &String| {
        let end = RATES.iter().find_map(|unit| line.find(unit))?;
        line[..end].rsplit([' ', ',']).next()?.parse().ok()
    };
    case.details.iter().find_map(of_line).filter(|rate| *rate > 0.0)
}

/// Shows the differences as text.
struct Text<'r> {
    first: &'r Run,
    rest: &'r [Run],
    differences: &'r [Difference],
}

impl std::fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { first, rest, differences } = self;
        writeln!(formatter, "from  {}: {}", first.name, first.result.host)?;
        for run in *rest {
            writeln!(formatter, "to    {}: {}", run.name, run.result.host)?;
        }
        for change in Change::ALL {
            let of_change: Vec<_> = differences.iter().filter(|one| one.change == change).collect();
            if of_change.is_empty() {
                continue;
            }
            writeln!(formatter, "\n{} ({}):", change.words(), of_change.len())?;
            for Difference { what, before, after, since, .. } in of_change {
                writeln!(formatter, "  {what}")?;
                writeln!(formatter, "    was  {before}\n    is   {after}")?;
                if rest.len() > 1 {
                    writeln!(formatter, "    since {since}")?;
                }
            }
        }
        if differences.is_empty() {
            writeln!(formatter, "\nnothing differs")?;
        }
        Ok(())
    }
}
