//! Rules by machines: every case in a row, every machine in a column, every cell in words.

use super::{chip, evidence, sign};
use crate::report::run::{Case, Run, Suite};
use maud::{Markup, html};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// The cases of all runs, each once: the suites in the order of the first run that has them.
pub(super) fn rooms(runs: &[Run]) -> Vec<(&Suite, Vec<&Case>)> {
    let mut rooms: Vec<(&Suite, Vec<&Case>)> = Vec::new();
    for (suite, case) in runs.iter().flat_map(Run::cases) {
        let position = rooms.iter().position(|(of, _)| of.name == suite.name);
        let position = position.unwrap_or_else(|| {
            rooms.push((suite, Vec::new()));
            rooms.len() - 1
        });
        let cases = &mut rooms[position].1;
        if !cases.iter().any(|other| other.name == case.name) {
            cases.push(case);
        }
    }
    rooms
}

/// Shows the filters and the table.
pub(super) fn table(runs: &[Run]) -> Markup {
    let rooms = rooms(runs);
    let sentences: BTreeMap<&str, (&str, &str)> =
        cases::rows::rows().map(|row| (row.id, (row.rules, row.sentence))).collect();
    html! {
        h2 { "Rules by machines" }
        form.filters {
            fieldset {
                legend { "show" }
                (choice("show", "all", "every rule", true))
                @if runs.len() > 1 { (choice("show", "differences", "only where machines differ", false)) }
                (choice("show", "deviations", "only deviations, failures and errors", false))
            }
            fieldset {
                legend { "room" }
                (choice("room", "every", "every room", true))
                @for (suite, _) in &rooms { (choice("room", &suite.name, &suite.name, false)) }
            }
        }
        div.scroll.tall tabindex="0" {
            table.rules {
                thead { tr {
                    th scope="col" { "rule, case" }
                    @for run in runs { th scope="col" { (run.name) } }
                } }
                @for (suite, cases) in &rooms {
                    tbody class={ "room-" (suite.name) } {
                        tr.room { th colspan=(runs.len() + 1) scope="rowgroup" { b { (suite.name) } ": " (suite.about) } }
                        @for case in cases { (row(runs, suite, case, &sentences)) }
                    }
                }
            }
        }
    }
}

fn choice(group: &str, value: &str, words: &str, checked: bool) -> Markup {
    let id = format!("{group}-{value}");
    html! { label { input type="radio" name=(group) id=(id) checked[checked]; " " (words) } }
}

fn row(runs: &[Run], suite: &Suite, case: &Case, sentences: &BTreeMap<&str, (&str, &str)>) -> Markup {
    let told: Vec<Option<&Case>> = runs.iter().map(|run| run.case(&suite.name, &case.name)).collect();
    let words: BTreeSet<String> = told.iter().map(|case| summary(*case)).collect();
    let deviates = told.iter().flatten().any(|case| case.status.counts(true));
    let class = format!(
        "{}{}",
        if words.len() > 1 { "differs" } else { "same" },
        if deviates { " deviates" } else { "" }
    );
    html! {
        tr class=(class) {
            th scope="row" {
                @for row in &case.rows {
                    @if let Some((rules, sentence)) = sentences.get(row.as_str()) {
                        span.rule { b { (row) } " " (rules) ": " (sentence) "." }
                    }
                }
                span.claim { code { (case.name) } @if !case.claim.is_empty() { ": " (case.claim) } }
            }
            @for told in told { (cell(suite, told)) }
        }
    }
}

/// What a cell says, without what makes it a link.
fn summary(case: Option<&Case>) -> String {
    case.map_or_else(String::new, |case| format!("{} {}", case.status.words(), case.choices.join(" ")))
}

fn cell(suite: &Suite, case: Option<&Case>) -> Markup {
    let Some(case) = case else {
        return html! { td.unasked { "not asked for" } };
    };
    let (class, _) = sign(case.status);
    html! {
        td class=(class) {
            @if evidence::is_shown(case) {
                a href={ "#" (evidence::anchor(suite, case)) } { (chip(case.status)) }
            } @else {
                (chip(case.status))
            }
            @for choice in &case.choices { span.note { "chose: " (choice) } }
            @for deviation in &case.deviations { span.note { (deviation.rule) ": " (deviation.note) } }
            @if case.deviations.is_empty() && !case.reason.is_empty() { span.note { (case.reason) } }
        }
    }
}

/// The rules of style by which a room is chosen.
pub(super) fn filters_css(runs: &[Run]) -> String {
    let mut css = String::new();
    for (suite, _) in rooms(runs) {
        let name = &suite.name;
        let _ =
            write!(css, "body:has(#room-{name}:checked) table.rules tbody:not(.room-{name}){{display:none}}");
    }
    css
}

/// Shows what machines chose where the architecture leaves a choice, as `--fingerprint` tells.
pub(super) fn fingerprints(runs: &[Run]) -> Markup {
    let split =
        |line: &'_ str| line.split_once(": ").map(|(name, answer)| (name.to_owned(), answer.to_owned()));
    let of_run =
        |run: &Run| run.fingerprint.iter().filter_map(|line| split(line)).collect::<BTreeMap<_, _>>();
    let all: Vec<BTreeMap<String, String>> = runs.iter().map(of_run).collect();
    let names: BTreeSet<&String> = all.iter().flat_map(BTreeMap::keys).collect();
    html! {
        @if !names.is_empty() {
            h2 { "Permitted choices" }
            div.scroll tabindex="0" {
                table.choices {
                    thead { tr { th scope="col" { "choice" } @for run in runs { th scope="col" { (run.name) } } } }
                    tbody {
                        @for name in names {
                            tr {
                                th scope="row" { (name) }
                                @for answers in &all {
                                    td { (answers.get(name).map_or("not told", String::as_str)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
