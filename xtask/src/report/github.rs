//! GitHub's workflow commands, and the summary of a step in Markdown.

use super::run::{Run, Status};
use std::fmt::Write;

/// Returns the lines that become annotations: an error for what keeps the run from passing, a notice for what is known.
pub(crate) fn annotations(run: &Run) -> String {
    let mut text = String::new();
    for (suite, case) in run.cases() {
        let (level, message) = match case.status {
            status if status.counts(run.result.strict) => ("error", case.reason.clone()),
            Status::KnownDeviation => {
                let notes =
                    case.deviations.iter().map(|one| format!("{}, {}: {}", one.row, one.rule, one.note));
                ("notice", notes.collect::<Vec<_>>().join("\n"))
            }
            _ => continue,
        };
        let rerun = case.rerun.iter().map(|rerun| format!("\nrerun: {rerun}")).collect::<String>();
        let title = format!("{}: {}/{}", case.status.words(), suite.name, case.name);
        let _ = writeln!(text, "::{level} title={}::{}", property(&title), data(&(message + &rerun)));
    }
    if run.result.kernel.is_none() {
        let _ = writeln!(text, "::error title=no verdict::{}", data(&run.result.host));
    }
    text
}

/// Returns the summary.
pub(crate) fn summary(run: &Run) -> String {
    let result = &run.result;
    let mut text = format!("### {}\n\n**{}**\n\n", markdown(&run.name), markdown(&result.host));
    let _ = writeln!(text, "| planned | passed | failed | of them known | errors | skipped | no result |");
    let _ = writeln!(text, "|---:|---:|---:|---:|---:|---:|---:|");
    let (planned, passed, failed, known) = (result.planned, result.passed, result.failed, result.known);
    let (errors, skipped, lost) = (result.errors, result.skipped, result.lost);
    let _ = writeln!(text, "| {planned} | {passed} | {failed} | {known} | {errors} | {skipped} | {lost} |\n");
    let told: Vec<_> = run.cases().filter(|(_, case)| case.status.counts(true)).collect();
    if !told.is_empty() {
        let _ = writeln!(text, "| case | | why |\n|---|---|---|");
    }
    for (suite, case) in told {
        let known = case.deviations.first().filter(|_| case.status == Status::KnownDeviation);
        let why = known.map_or(&case.reason, |deviation| &deviation.note);
        let (name, words) = (&case.name, case.status.words());
        let _ = writeln!(text, "| `{}/{name}` | {words} | {} |", suite.name, markdown(why));
    }
    if let Some(rerun) = &run.origin.rerun {
        let _ = writeln!(text, "\n`{rerun}`");
    }
    text + "\n"
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn markdown(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}
