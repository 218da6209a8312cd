//! One page for a browser: self-contained, without script, for one machine or many.

mod changes;
mod evidence;
mod histogram;
mod machines;
mod picture;
mod rules;
mod sequence;
mod states;

use super::{
    compare::Difference,
    matrix::Missing,
    run::{Run, Status},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Colours, columns, and what the filters hide.
const STYLE: &str = include_str!("style.css");

/// Shows runs, and which machines are missing.
pub(crate) fn page(runs: &[Run], missing: &[Missing]) -> String {
    let title = match runs {
        [run] => format!("afdbm: {}", run.name),
        _ => format!("afdbm: {} machines", runs.len()),
    };
    let body = html! {
        @if runs.len() > 1 { (machines::totals(runs)) (machines::cards(runs, missing)) }
        @else { (machines::cards(runs, missing)) (machines::totals(runs)) }
        (legend())
        (rules::table(runs))
        (states::diagrams(runs))
        (rules::fingerprints(runs))
        (evidence::all(runs))
    };
    document(&title, &body, rules::filters_css(runs))
}

/// Shows what differs between runs.
pub(crate) fn comparison(runs: &[Run], differences: &[Difference]) -> String {
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    let title = format!("afdbm: {}", names.join(" and "));
    let body = html! {
        (machines::cards(runs, &[]))
        (changes::table(differences, runs.len() > 2))
        (legend())
        (evidence::all(runs))
    };
    document(&title, &body, String::new())
}

fn document(title: &str, body: &Markup, filters: String) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(filters)) }
            }
            body {
                h1 { (title) }
                p.about {
                    "How machines manage the Access flag and the dirty state of their page tables by hardware \
                     (FEAT_HAFDBS), each held against the Arm architecture."
                }
                (body)
            }
        }
    };
    page.into_string()
}

/// The class, and the sign, by which a status is told without its colour.
fn sign(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Conforms => ("conforms", "✓"),
        Status::KnownDeviation => ("known", "≠"),
        Status::NewFailure => ("fails", "✗"),
        Status::Error => ("error", "!"),
        Status::PermittedNotSeen => ("unseen", "◌"),
        Status::NotTested => ("untested", "–"),
        Status::Lost => ("lost", "?"),
    }
}

/// A status as a word with its sign.
fn chip(status: Status) -> Markup {
    let (class, sign) = sign(status);
    html! { span class={ "chip " (class) } { span aria-hidden="true" { (sign) } " " (status.words()) } }
}

fn legend() -> Markup {
    let statuses = [
        (Status::Conforms, "the machine did what the rule requires"),
        (Status::KnownDeviation, "it broke the rule, as this machine is known to"),
        (Status::NewFailure, "it broke the rule, and that is not known"),
        (Status::Error, "the test itself went wrong: nothing is said of the machine"),
        (Status::PermittedNotSeen, "the architecture permits it, and the machine did not show it"),
        (Status::NotTested, "the machine or the run lacks what it needs"),
        (Status::Lost, "it was asked for, and the log has no result"),
    ];
    let flags = [
        ("W", "DBM: hardware may record a write in this descriptor"),
        ("D", "the dirty flag of software (bit 55)"),
        ("AF", "the Access flag: the page was accessed since it was cleared"),
        ("RO", "AP[2]: not writable; with W the page is clean, and the first write clears RO"),
        ("user", "AP[1]: EL0 has access"),
        ("young, old", "AF is 1, AF is 0"),
    ];
    html! {
        details.legend {
            summary { "What the words and flags mean" }
            dl {
                @for (status, words) in statuses { div { dt { (chip(status)) } dd { (words) } } }
                @for (flag, words) in flags { div { dt { code { (flag) } } dd { (words) } } }
            }
        }
    }
}
