//! Which states a test may end in, and who says so.
//!
//! Sources are asked in this order: `NAME.litmus.expected` beside the file, a `kinds.txt`, an `oracle.json` (both in the
//! file's folder or the next one above that has it), and herd7 where it is on the path. A source that knows the states
//! ends the search; one word for the condition is kept for the case that no source knows the states.

use super::{Known, files::LitmusFile, herd, oracle::Oracle};
use ::litmus::{State, Test};
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
    kinds: BTreeMap<PathBuf, BTreeMap<String, String>>,
    oracles: BTreeMap<PathBuf, Oracle>,
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

/// Checks states against the test that they are said to be of.
pub(super) fn checked(test: &Test, states: &[String], source: &str) -> Result<Known, String> {
    for state in states {
        State::parse(test, state).map_err(|error| {
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
        let kind = self.kind(&file.path, test)?;
        if let Some(found) = self.oracle(&file.path, test)? {
            return Ok(found);
        }
        if let Some(found) = herd::ask(&file.path, test, directory)? {
            return Ok(found);
        }
        Ok(kind.unwrap_or_default())
    }

    /// Looks the test up in the nearest `kinds.txt`: a name and a word a line.
    fn kind(&mut self, file: &Path, test: &Test) -> Result<Option<Judgement>, String> {
        let Some(path) = nearest(file, "kinds.txt") else { return Ok(None) };
        if !self.kinds.contains_key(&path) {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let mut kinds = BTreeMap::new();
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let columns = line.trim().rsplit_once(char::is_whitespace);
                let (name, kind) = columns
                    .filter(|(_, kind)| ::litmus::verdict::Model::of_kind(kind).is_some())
                    .ok_or_else(|| {
                        format!("{}:{}: no name and kind: {line:?}", path.display(), number + 1)
                    })?;
                kinds.insert(name.trim().to_owned(), kind.to_owned());
            }
            self.kinds.insert(path.clone(), kinds);
        }
        let kind = self.kinds.get(&path).and_then(|kinds| kinds.get(&test.name));
        Ok(kind.map(|kind| Judgement {
            verdict: Known::Kind(kind.clone()),
            source: path.display().to_string(),
            ..Judgement::default()
        }))
    }

    fn oracle(&mut self, file: &Path, test: &Test) -> Result<Option<Judgement>, String> {
        let Some(path) = nearest(file, "oracle.json") else { return Ok(None) };
        if !self.oracles.contains_key(&path) {
            self.oracles.insert(path.clone(), Oracle::read(&path)?);
        }
        self.oracles.get(&path).map_or(Ok(None), |oracle| oracle.judge(file, test))
    }
}
