//! herd's output, from a file or from herd7 itself.

use super::verdicts::{Judgement, checked};
use crate::{
    process::{Running, Waited},
    toolchain::on_path,
};
use ::litmus::Test;
use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// How long herd7 may take over one test.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads herd's output for the test: the states behind `States`, and its flags.
///
/// # Errors
///
/// Where it is of another test, or no output of herd's.
pub(super) fn judgement(test: &Test, text: &str, source: &str) -> Result<Judgement, String> {
    let mut lines = text.lines().map(str::trim);
    let first = lines.by_ref().find_map(|line| line.strip_prefix("Test "));
    let first = first.ok_or_else(|| format!("{source}: no line begins with \"Test\""))?;
    let name = first.rsplit_once(' ').map_or(first, |(name, _)| name);
    if name != test.name {
        return Err(format!("{source}: it is of the test {name:?}, not of {:?}", test.name));
    }
    let count = lines.by_ref().find_map(|line| line.strip_prefix("States "));
    let count = count.and_then(|count| count.parse::<usize>().ok());
    let count = count.ok_or_else(|| format!("{source}: no line has the number of states"))?;
    let states: Vec<String> = lines.by_ref().take(count).map(str::to_owned).collect();
    if states.len() != count {
        return Err(format!("{source}: it has {} states of {count}", states.len()));
    }
    let flags: Vec<String> = lines.filter_map(|line| line.strip_prefix("Flag ")).map(str::to_owned).collect();
    let verdict = checked(test, &states, source)?;
    Ok(Judgement { verdict, source: source.to_owned(), ..Judgement::default() }.flagged(&flags))
}

/// Asks herd7, if it is on the path; `None` where it is not, or has no answer, which is noted.
pub(super) fn ask(
    file: &Path,
    test: &Test,
    directory: &Path,
    notes: &mut Vec<String>,
) -> Result<Option<Judgement>, String> {
    let Some(program) = on_path("herd7") else { return Ok(None) };
    let wrong = |problem: String| format!("herd7 {}: {problem}", file.display());
    let path = directory.join("herd7");
    let output = File::create(&path).map_err(|error| wrong(error.to_string()))?;
    let mut command = Command::new(program);
    command
        .args(["-variant", "vmsa,fatal"])
        .arg(file)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null());
    let mut running = Running::start(&mut command).map_err(|failure| wrong(failure.to_string()))?;
    let ended = running.wait_until(Instant::now() + PATIENCE);
    running.end();
    let mut no_answer = |problem: String| {
        notes.push(wrong(problem));
        Ok(None)
    };
    match ended {
        Waited::Ended(status) if status.success() => {
            let text = fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
            judgement(test, &text, "herd7").map(Some)
        }
        Waited::Ended(status) => no_answer(status.to_string()),
        _ => no_answer(format!("it has not finished within {} s", PATIENCE.as_secs())),
    }
}
