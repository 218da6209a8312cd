//! An oracle file: what herd allows for many tests, as JSON.
//!
//! It is an object with a list `tests`; each of them has `path`, below the oracle's folder, and `states`, a list of states
//! in herd's text form, unless herd did not finish. `flags` is a list of herd's flags; `ets2` has `states` that hold where
//! the machine has FEAT_ETS2. Whatever else there is, is left alone.

use super::{
    Known,
    verdicts::{Judgement, checked},
};
use ::litmus::Test;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What the file says of a test.
struct Answer {
    states: Option<Vec<String>>,
    enhanced: Option<Vec<String>>,
    flags: Vec<String>,
}

/// An oracle file.
pub(super) struct Oracle {
    path: PathBuf,
    answers: BTreeMap<PathBuf, Answer>,
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    value?.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

impl Oracle {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let wrong = |problem: String| format!("{}: {problem}", path.display());
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let tests = value.get("tests").and_then(Value::as_array);
        let tests = tests.ok_or_else(|| wrong("it has no list \"tests\"".into()))?;
        let mut answers = BTreeMap::new();
        for (number, test) in tests.iter().enumerate() {
            let of = test.get("path").and_then(Value::as_str);
            let of = of.ok_or_else(|| wrong(format!("test {number} has no \"path\"")))?;
            let answer = Answer {
                states: texts(test.get("states")),
                enhanced: texts(test.get("ets2").and_then(|enhanced| enhanced.get("states"))),
                flags: texts(test.get("flags")).unwrap_or_default(),
            };
            answers.insert(PathBuf::from(of), answer);
        }
        Ok(Self { path: path.to_owned(), answers })
    }

    /// Looks a test up by the path of its file.
    pub(super) fn judge(&self, file: &Path, test: &Test) -> Result<Option<Judgement>, String> {
        let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let relative = self.path.parent().and_then(|folder| file.strip_prefix(folder).ok());
        let Some(answer) = relative.and_then(|relative| self.answers.get(relative)) else { return Ok(None) };
        let Some(states) = &answer.states else { return Ok(None) };
        let source = self.path.display().to_string();
        let verdict = checked(test, states, &source)?;
        let enhanced = match &answer.enhanced {
            Some(states) => checked(test, states, &source)?,
            None => Known::Nothing,
        };
        Ok(Some(Judgement { verdict, enhanced, source, waiver: String::new() }.flagged(&answer.flags)))
    }
}
