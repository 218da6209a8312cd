//! What logs show that a file does not say, and what it says and they do not show.

use crate::{
    catalogue,
    expectations::{Condition, Deviation, lines},
    judge::Judgement,
    log::{Case, Record},
    report::name_of,
};
use cases::product::Kind;
use oracle::Clause;
use record::{
    options::ByNumber,
    report::{Environment, TestOutcome},
};
use std::collections::{BTreeMap, BTreeSet};

/// Conditions that may tell the runs with a failure from those without: what causes are known of, first.
const CONDITIONS: [&str; 8] =
    ["HAFDBS>=2", "HAFDBS=0", "threads=1", "threads>=2", "el=1", "el=2", "cpus=1", "cpus>=2"];

/// What stands where a failure was seen in every run.
const ALWAYS: &str = "always";

/// A case, as (suite, case).
type Name = (String, String);

/// All that the logs show.
#[derive(Default)]
pub(super) struct Findings {
    runs: Vec<Run>,
    new: Vec<New>,
    /// Deviations of the file that did not show, by their line.
    gone: BTreeMap<usize, Gone>,
    /// The lines of those that did.
    shown: BTreeSet<usize>,
    /// What no file can expect, with the reason.
    left_out: BTreeSet<String>,
}

/// One log.
struct Run {
    name: String,
    environment: String,
    single_threaded: bool,
    /// The cases that asked for everything they are about, and passed.
    passed: BTreeSet<Name>,
}

/// A failure that no file expects.
struct New {
    suite: String,
    case: String,
    /// What explains it; nothing either where it tells no kinds.
    clause: Option<Clause>,
    kinds: Vec<Kind>,
    /// The runs that show it, by number.
    runs: BTreeSet<usize>,
}

/// A deviation that did not show where it should have.
struct Gone {
    deviation: Deviation,
    passed: BTreeSet<Name>,
    runs: BTreeSet<usize>,
}

impl Findings {
    /// Adds what one log shows; `is_ours` chooses the deviations of the file.
    pub(super) fn add(
        &mut self,
        record: &Record,
        single_threaded: bool,
        judgement: &Judgement<'_>,
        is_ours: impl Fn(&Deviation) -> bool,
    ) {
        let run = self.runs.len();
        let name = |case: &Case| (case.suite.clone(), case.name.clone());
        let passed =
            record.cases.iter().filter(|case| case.outcome == TestOutcome::Pass && !case.asks_a_part());
        self.runs.push(Run {
            name: name_of(record),
            environment: record.environment.clone().unwrap_or_default(),
            single_threaded,
            passed: passed.map(name).collect(),
        });
        let known = judgement.known.iter().map(|(case, deviations)| (case, deviations));
        let new = judgement.new.iter().map(|(case, expected)| (case, &expected.deviations));
        for (case, deviations) in known.chain(new) {
            let ours = deviations.iter().filter(|one| is_ours(one) && one.shows(&case.kinds));
            self.shown.extend(ours.map(|deviation| deviation.line));
        }
        for (case, deviation) in judgement.gone.iter().filter(|(_, deviation)| is_ours(deviation)) {
            let gone = self.gone.entry(deviation.line).or_insert_with(|| Gone {
                deviation: (*deviation).clone(),
                passed: BTreeSet::new(),
                runs: BTreeSet::new(),
            });
            gone.passed.insert(name(case));
            gone.runs.insert(run);
        }
        for (case, expected) in &judgement.new {
            let (suite, name) = (&case.suite, &case.name);
            if case.outcome == TestOutcome::Error {
                self.left_out.insert(format!("{suite}/{name}: an error is never known: {}", case.reason));
            } else if !case.kinds.is_empty() {
                expected.unexpected.iter().for_each(|(_, kind)| self.add_new(case, run, Some(*kind)));
            } else if case.suite == ByNumber::SUITE {
                self.left_out.insert(format!("{suite}/{name}: it tells no kind, and would hide every other"));
            } else {
                self.add_new(case, run, None);
            }
        }
    }

    /// Adds a failure, or to one of the same case with the same explanation.
    fn add_new(&mut self, case: &Case, run: usize, kind: Option<Kind>) {
        let clause = kind.and_then(|kind| kind.clause);
        let is_it = |one: &New| {
            (&one.suite, &one.case, one.clause, one.kinds.is_empty())
                == (&case.suite, &case.name, clause, kind.is_none())
        };
        let place = self.new.iter().position(is_it).unwrap_or_else(|| {
            let (suite, case) = (case.suite.clone(), case.name.clone());
            self.new.push(New { suite, case, clause, kinds: Vec::new(), runs: BTreeSet::new() });
            self.new.len() - 1
        });
        let new = &mut self.new[place];
        new.runs.insert(run);
        if let Some(kind) = kind.filter(|kind| !new.kinds.iter().any(|known| kind.lies_within(known))) {
            new.kinds.retain(|known| !known.lies_within(&kind));
            new.kinds.push(kind);
        }
    }

    /// Returns, for each failure that is new, the lines that expect it.
    pub(super) fn added(&self) -> impl Iterator<Item = Vec<String>> {
        self.new.iter().map(|new| {
            let name = (new.suite.clone(), new.case.clone());
            let numbered = self.runs.iter().enumerate();
            let passed: BTreeSet<usize> = numbered
                .filter(|(number, run)| run.passed.contains(&name) && !new.runs.contains(number))
                .map(|(number, _)| number)
                .collect();
            let mut lines = vec![format!("# Seen: {}", self.names(&new.runs))];
            if !passed.is_empty() {
                lines.push(format!("# Not seen: {}", self.names(&passed)));
            }
            let condition = self.condition(&new.runs, &passed);
            lines.push(lines::heading(&new.suite, &new.case, condition, new.clause));
            lines.extend(new.kinds.iter().map(lines::of_kind));
            lines
        })
    }

    /// Returns, for each deviation that no longer shows, its line, whether that is certain for the machines that were
    /// run, and what was seen instead.
    pub(super) fn gone(&self) -> impl Iterator<Item = (usize, bool, String)> {
        let unseen = self.gone.iter().filter(|(line, _)| !self.shown.contains(line));
        unseen.map(|(line, gone)| {
            let cases: Vec<String> =
                gone.passed.iter().map(|(suite, case)| format!("{suite}/{case}")).collect();
            let seen = format!("{} passed: {}", cases.join(", "), self.names(&gone.runs));
            (*line, gone.is_whole(), seen)
        })
    }

    /// Returns what no file can expect.
    pub(super) fn left_out(&self) -> impl Iterator<Item = &str> {
        self.left_out.iter().map(String::as_str)
    }

    /// Returns the first condition that holds in all of these runs and in none of those.
    fn condition(&self, seen: &BTreeSet<usize>, passed: &BTreeSet<usize>) -> &'static str {
        let holds = |text: &str, run: &usize| {
            let Run { environment, single_threaded, .. } = &self.runs[*run];
            let environment = Environment::parse(environment);
            Condition::parse(text)
                .zip(environment)
                .is_some_and(|(condition, environment)| condition.holds(&environment, *single_threaded))
        };
        let tells_apart = |text: &&str| {
            seen.iter().all(|run| holds(text, run)) && !passed.iter().any(|run| holds(text, run))
        };
        let of_the_list = || CONDITIONS.into_iter().find(tells_apart);
        if passed.is_empty() { ALWAYS } else { of_the_list().unwrap_or(ALWAYS) }
    }

    fn names(&self, runs: &BTreeSet<usize>) -> String {
        let names: BTreeSet<&str> = runs.iter().map(|run| self.runs[*run].name.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join("; ")
    }
}

impl Gone {
    /// Tells whether every case that the deviation names has passed.
    fn is_whole(&self) -> bool {
        let names = |(suite, case): &(&str, &str)| self.deviation.is_of(suite, case);
        catalogue::all()
            .into_iter()
            .filter(names)
            .all(|(suite, case)| self.passed.contains(&(suite.to_owned(), case.to_owned())))
    }
}
