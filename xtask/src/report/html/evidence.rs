//! What a log tells of a case, with pictures where there is something to draw.

use super::{chip, histogram, picture, rules::rooms, sequence};
use crate::report::run::{Case, Run, Suite};
use maud::{Markup, html};

/// Tells whether a case has more to show than its cell.
pub(super) fn is_shown(case: &Case) -> bool {
    !case.details.is_empty() || !case.kinds.is_empty()
}

/// Where the evidence of a case stands on the page.
pub(super) fn anchor(suite: &Suite, case: &Case) -> String {
    format!("{}.{}", suite.name, case.name)
}

/// Shows the evidence of every case that has any.
pub(super) fn all(runs: &[Run]) -> Markup {
    html! {
        h2 { "Evidence" }
        @for (suite, cases) in rooms(runs) {
            @let shown: Vec<(&Case, Vec<(&Run, &Case)>)> = cases.into_iter().filter_map(|case| {
                let of_run = |run| Run::case(run, &suite.name, &case.name).filter(|case| is_shown(case));
                let told: Vec<_> = runs.iter().filter_map(|run| Some((run, of_run(run)?))).collect();
                (!told.is_empty()).then_some((case, told))
            }).collect();
            @if !shown.is_empty() {
                h3 { (suite.name) }
                @for (case, told) in shown {
                    details.evidence {
                        summary { code { (case.name) } " " @for (_, case) in distinct(&told) { (chip(case.status)) } }
                        // A browser that is led to what is hidden opens it.
                        p id=(anchor(suite, case)) { (case.claim) }
                        @for (names, case) in together(&told) { (of_machines(&names, runs.len() > 1, case)) }
                    }
                }
            }
        }
    }
}

/// Keeps one case for each status.
fn distinct<'r>(told: &[(&'r Run, &'r Case)]) -> Vec<(&'r Run, &'r Case)> {
    let mut kept: Vec<(&Run, &Case)> = Vec::new();
    for (run, case) in told {
        if !kept.iter().any(|(_, other)| other.status == case.status) {
            kept.push((run, case));
        }
    }
    kept
}

/// Gathers the machines of which the logs tell the same.
fn together<'r>(told: &[(&'r Run, &'r Case)]) -> Vec<(Vec<&'r str>, &'r Case)> {
    let mut groups: Vec<(Vec<&str>, &Case)> = Vec::new();
    for (run, case) in told {
        // The command names the machine.
        let is_same =
            |other: &Case| Case { rerun: None, ..other.clone() } == Case { rerun: None, ..(*case).clone() };
        match groups.iter_mut().find(|(_, other)| is_same(other)) {
            Some((names, _)) => names.push(&run.name),
            None => groups.push((vec![&run.name], case)),
        }
    }
    groups
}

/// So many accesses of a case and a machine are drawn; the others are told as the log does.
const DRAWN: usize = 1;

fn of_machines(names: &[&str], is_told: bool, case: &Case) -> Markup {
    let mut drawn = 0;
    html! {
        section {
            @if is_told { h4 { (names.join("; ")) ": " (case.status.words()) } }
            @if !case.reason.is_empty() { p.reason { (case.reason) } }
            @for deviation in &case.deviations {
                p { "Known: row " b { (deviation.row) } ", rule " b { (deviation.rule) } ": " (deviation.note)
                    ". Measured with " (deviation.measured) "." }
            }
            @for block in blocks(&case.details) { (block.show(&mut drawn)) }
            @if !case.kinds.is_empty() {
                details {
                    summary { "Kinds of failure: " (case.kinds.len()) }
                    ul {
                        @for kind in &case.kinds {
                            li { (kind.count) " times, " (if kind.known { "known" } else { "not known" }) ": " (kind.kind) }
                        }
                    }
                }
            }
            @if let Some(rerun) = &case.rerun { p.rerun { code { (rerun) } } }
        }
    }
}

/// Lines of a log that belong together.
enum Block<'c> {
    /// An access with what is allowed and what was seen.
    Access(&'c [String]),
    /// How often each outcome was seen.
    Histogram(&'c [String]),
    /// Steps of several CPUs, with the descriptor after each.
    Sequence(&'c [String]),
    /// Anything else.
    Text(&'c [String]),
}

impl Block<'_> {
    fn show(&self, drawn: &mut usize) -> Markup {
        match self {
            Self::Access(lines) if *drawn < DRAWN => {
                *drawn += 1;
                picture::access(lines)
            }
            Self::Histogram(lines) => histogram::bars(lines),
            Self::Sequence(lines) => sequence::picture(lines),
            Self::Access(lines) | Self::Text(lines) => html! { pre { @for line in *lines { (line) "\n" } } },
        }
    }
}

/// Which block a line begins or goes on with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Access,
    Histogram,
    Sequence,
    Text,
}

/// Cuts what is told of a case into blocks.
fn blocks(lines: &[String]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let (mut begin, mut part) = (0, Part::Text);
    let mut cut = |begin: usize, end: usize, part| {
        let lines = &lines[begin..end];
        if !lines.is_empty() {
            blocks.push(match part {
                Part::Access => Block::Access(lines),
                Part::Histogram => Block::Histogram(lines),
                Part::Sequence => Block::Sequence(lines),
                Part::Text => Block::Text(lines),
            });
        }
    };
    for (index, line) in lines.iter().enumerate() {
        let begins_access = line.starts_with("combination ");
        let goes_on = match part {
            Part::Access => !begins_access && picture::is_part(line),
            Part::Histogram => histogram::is_bar(line),
            Part::Sequence => sequence::is_step(line),
            Part::Text => !begins_access && !histogram::is_bar(line) && !sequence::is_head(line),
        };
        if !goes_on {
            cut(begin, index, part);
            begin = index;
            part = if begins_access {
                Part::Access
            } else if histogram::is_bar(line) {
                Part::Histogram
            } else if sequence::is_head(line) {
                Part::Sequence
            } else {
                Part::Text
            };
        }
    }
    cut(begin, lines.len(), part);
    blocks
}
