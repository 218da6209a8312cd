//! TAP and its relatives: the host's form, in which known deviations are `TODO`, KernelCI's KTAP, and LAVA's lines.

use super::run::{Case, Run, Status, Suite};
use record::report::{Entry, Line, Mark};
use std::fmt::{self, Write};

/// The host's form of the log: what it fails is what keeps the run from passing.
pub(crate) fn host(run: &Run) -> String {
    render(run, "TAP version 13", Form::Host)
}

/// KTAP, which has no word for a known deviation: what it fails is what the kernel fails.
pub(crate) fn ktap(run: &Run) -> String {
    render(run, "KTAP version 1", Form::Kernel)
}

/// Lines `RESULT suite.case pass|fail|skip`, between a line that begins and one that ends them.
pub(crate) fn lava(run: &Run) -> String {
    let mut text = String::from("afdbm results begin\n");
    for (suite, case) in run.cases() {
        let word = match case.status {
            Status::KnownDeviation if !run.result.strict => "skip",
            status if status.counts(run.result.strict) => "fail",
            Status::Conforms => "pass",
            _ => "skip",
        };
        let _ = writeln!(text, "RESULT {}.{} {word}", suite.name, case.name);
    }
    let verdict = if run.result.exit == 0 { "pass" } else { "fail" };
    let _ = writeln!(text, "RESULT host.verdict {verdict}\nafdbm results end");
    text
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Host,
    Kernel,
}

/// What a result line says, with its directive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said<'r> {
    Ok,
    NotOk,
    Todo(&'r str),
    Skip(&'r str),
}

fn render(run: &Run, version: &str, form: Form) -> String {
    // The run itself is a test, where the log cannot be trusted as a whole.
    let broken = run.result.kernel.is_none();
    // Some readers take the plan in the second line alone.
    let mut text = format!("{version}\n1..{}\n", run.suites.len() + usize::from(broken));
    comment(&mut text, 0, &run.name);
    if let Some(rerun) = &run.origin.rerun {
        comment(&mut text, 0, &format!("rerun: {rerun}"));
    }
    for (index, suite) in run.suites.iter().enumerate() {
        let _ =
            writeln!(text, "    KTAP version 1\n    # Subtest: {}\n    1..{}", suite.name, suite.cases.len());
        for (index, case) in suite.cases.iter().enumerate() {
            explain(&mut text, case);
            result(&mut text, 1, index + 1, &case.name, said(case, run.result.strict, form));
        }
        result(&mut text, 0, index + 1, &suite.name, of_suite(suite, run.result.strict, form));
    }
    if broken {
        comment(&mut text, 0, &format!("failed: {}", run.result.host));
        result(&mut text, 0, run.suites.len() + 1, "whole-log", Said::NotOk);
    }
    comment(&mut text, 0, &format!("host: {}", run.result.host));
    text
}

fn said(case: &Case, strict: bool, form: Form) -> Said<'_> {
    match case.status {
        Status::Conforms => Said::Ok,
        Status::PermittedNotSeen | Status::NotTested => Said::Skip(&case.reason),
        Status::KnownDeviation if form == Form::Host && !strict => {
            Said::Todo(case.deviations.first().map_or("", |deviation| deviation.note.as_str()))
        }
        Status::KnownDeviation | Status::NewFailure | Status::Error | Status::Lost => Said::NotOk,
    }
}

/// What its cases make of a suite; one that is still to do makes it no worse.
fn of_suite(suite: &Suite, strict: bool, form: Form) -> Said<'_> {
    let all = || suite.cases.iter().map(|case| said(case, strict, form));
    if all().any(|said| said == Said::NotOk) {
        Said::NotOk
    } else if all().all(|said| matches!(said, Said::Skip(_))) {
        Said::Skip("none of its cases could be tested")
    } else {
        Said::Ok
    }
}

fn explain(text: &mut String, case: &Case) {
    if case.status == Status::KnownDeviation || case.status.counts(true) {
        case.details.iter().for_each(|line| comment(text, 1, line));
        comment(text, 1, &format!("failed: {}", case.reason));
        if let Some(rerun) = &case.rerun {
            comment(text, 1, &format!("rerun: {rerun}"));
        }
    }
    case.choices.iter().for_each(|choice| comment(text, 1, &format!("permitted and seen: {choice}")));
}

fn comment(text: &mut String, depth: usize, comment: &str) {
    let line: Line<'_, &str> = Line::Diagnostic(comment);
    write_line(text, Entry { depth, line });
}

fn result(text: &mut String, depth: usize, number: usize, name: &str, said: Said<'_>) {
    let mark = match said {
        Said::Ok => Mark::Ok,
        Said::NotOk | Said::Todo(_) => Mark::NotOk,
        Said::Skip(reason) => Mark::Skip(reason),
    };
    let line = Entry { depth, line: Line::Result { number, name, mark } };
    match said {
        Said::Todo(note) => {
            let note = note.replace(['#', '\n'], " ");
            write_line(text, format_args!("{line} # TODO known deviation: {note}"));
        }
        _ => write_line(text, line),
    }
}

fn write_line(text: &mut String, line: impl fmt::Display) {
    let _ = writeln!(text, "{line}");
}
