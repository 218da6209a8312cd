//! Which states a test may end in, and who says so.
//!
//! Sources are asked in this order: `NAME.litmus.expected` beside the file, a `kinds.txt`, an `oracle.json` (both in the
//! file's folder or the next one above that has it), and herd7 where it is on the path. A source that knows the states
//! ends the search. A `kinds.txt` knows less, so that those behind it are asked, too; but what it forbids is forbidden.

use super::{Known, files::LitmusFile, herd, oracle::Oracle};
use ::litmus::{FinalState, Test, verdict::Model};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What is known of a test.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Judgement {
    pub(super) verdict: Known,
    /// Where the machine has FEAT_ETS2, if that makes a difference.
    pub(super) enhanced: Known,
    pub(super) source: String,
    /// Why a state that is not allowed does not fail the machine.
    pub(super) waiver: String,
}

/// herd's mark of a test that breaks the break-before-make rule: the architecture then lets anything happen.
const BREAKS_RULE: &str = "BBM";
/// What a waiver says of it.
const WAIVER: &str = "the test breaks the break-before-make rule (Arm ARM D8.17.1), and anything may happen";

/// The sources that were read already, by path.
#[derive(Default)]
pub(super) struct Sources {
    kinds: BTreeMap<PathBuf, Option<BTreeMap<String, String>>>,
    oracles: BTreeMap<PathBuf, Option<Oracle>>,
    /// What is wrong with a source of many tests; they are judged without it.
    pub(super) problems: Vec<String>,
    /// What was left out of them.
    pub(super) notes: Vec<String>,
}

/// The file of this name in the file's folder, or in the next one above.
fn nearest(file: &Path, name: &str) -> Option<PathBuf> {
    let file = file.canonicalize().ok()?;
    file.ancestors().skip(1).map(|folder| folder.join(name)).find(|path| path.is_file())
}

impl Judgement {
    /// Tells that herd has flagged the test, where it has.
    pub(super) fn flagged(mut self, flags: &[String]) -> Self {
        if flags.iter().any(|flag| flag.contains(BREAKS_RULE)) {
            self.waiver = WAIVER.to_owned();
        }
        self
    }
}

impl Judgement {
    /// Leaves out the states that the word of an earlier source forbids.
    fn restricted(mut self, test: &Test, kind: Self) -> Self {
        let Known::Kind(word) = &kind.verdict else { return self };
        let Some(model) = Model::of_kind(word) else { return self };
        for known in [&mut self.verdict, &mut self.enhanced] {
            if let Known::States(states) = known {
                let allows =
                    |line: &&str| FinalState::parse(test, line).is_ok_and(|state| model.allows(test, &state));
                *states = states.lines().filter(allows).collect::<Vec<_>>().join("\n");
            }
        }
        self.source = format!("{}, {}", kind.source, self.source);
        self
    }
}

/// Checks states against the test that they are said to be of.
pub(super) fn checked(test: &Test, states: &[String], source: &str) -> Result<Known, String> {
    for state in states {
        FinalState::parse(test, state).map_err(|error| {
            format!("{source}: is it of another test than {}? {error}: {state}", test.name)
        })?;
    }
    Ok(Known::States(states.join("\n")))
}

impl Sources {
    /// Asks the sources, in order.
    ///
    /// # Errors
    ///
    /// What is wrong with a source.
    pub(super) fn judge(
        &mut self,
        file: &LitmusFile,
        test: &Test,
        directory: &Path,
    ) -> Result<Judgement, String> {
        let expected = PathBuf::from(format!("{}.expected", file.path.display()));
        if expected.is_file() {
            let text =
                fs::read_to_string(&expected).map_err(|error| format!("{}: {error}", expected.display()))?;
            return herd::judgement(test, &text, &expected.display().to_string());
        }
        let kind = self.kind(&file.path, test);
        let states = match self.oracle(&file.path, test)? {
            Some(found) => Some(found),
            None => herd::ask(&file.path, test, directory, &mut self.notes)?,
        };
        Ok(match (kind, states) {
            (Some(kind), Some(states)) => states.restricted(test, kind),
            (kind, states) => states.or(kind).unwrap_or_default(),
        })
    }

    /// Looks the test up in the nearest `kinds.txt`: a name and a word a line.
    fn kind(&mut self, file: &Path, test: &Test) -> Option<Judgement> {
        let path = nearest(file, "kinds.txt")?;
        let (problems, notes) = (&mut self.problems, &mut self.notes);
        let kinds = self.kinds.entry(path.clone());
        let kinds = kinds.or_insert_with(|| kept(read_kinds(&path, notes), problems));
        let kind = kinds.as_ref()?.get(&test.name)?;
        Some(Judgement {
            verdict: Known::Kind(kind.clone()),
            source: path.display().to_string(),
            ..Judgement::default()
        })
    }

    fn oracle(&mut self, file: &Path, test: &Test) -> Result<Option<Judgement>, String> {
        let Some(path) = nearest(file, "oracle.json") else { return Ok(None) };
        let problems = &mut self.problems;
        let oracle = self.oracles.entry(path.clone()).or_insert_with(|| kept(Oracle::read(&path), problems));
        oracle.as_ref().map_or(Ok(None), |oracle| oracle.judge(file, test))
    }
}

/// Keeps what was read, or what is wrong with it.
fn kept<T>(read: Result<T, String>, problems: &mut Vec<String>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

/// Reads names and kinds, one of each a line, with comments from `#` on. A line that is neither is noted, and left out.
fn read_kinds(path: &Path, notes: &mut Vec<String>) -> Result<BTreeMap<String, String>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut kinds = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let columns = line.rsplit_once(char::is_whitespace);
        match columns.filter(|(_, kind)| Model::of_kind(kind).is_some()) {
            Some((name, kind)) => {
                kinds.insert(name.trim().to_owned(), kind.to_owned());
            }
            None if line.is_empty() => {}
            None => notes.push(format!("{}:{}: no name and kind: {line:?}", path.display(), index + 1)),
        }
    }
    Ok(kinds)
}
