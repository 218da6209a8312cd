//! The states of a descriptor, and the changes between them that a machine's log tells of.

use crate::report::{
    run::Run,
    transitions::{Transitions, of_run},
    words::{LeafState, Writes},
};
use maud::{Markup, html};

/// Shows a diagram for each machine.
pub(super) fn diagrams(runs: &[Run]) -> Markup {
    html! {
        h2 { "States of a descriptor" }
        p {
            "Every change of state that the log tells of, with how often. Accesses that go right on their own tell \
             nothing, so these are the changes of races, faults, swapping and failures."
        }
        @for run in runs {
            @let found = of_run(run);
            details open[runs.len() == 1] {
                summary { (run.name) ": " (found.len()) " kinds of change" }
                @if found.is_empty() {
                    p { "This log tells of none." }
                } @else {
                    div.scroll tabindex="0" { (diagram(&found)) }
                    (list(&found))
                }
            }
        }
    }
}

fn list(found: &Transitions) -> Markup {
    html! {
        details {
            summary { "The same as a table" }
            table.changes {
                thead { tr { th scope="col" { "from" } th scope="col" { "to" } th scope="col" { "times" } } }
                tbody {
                    @for ((from, to), count) in found {
                        tr { td { (from.words()) } td { (to.words()) } td { (count) } }
                    }
                }
            }
        }
    }
}

const WIDTH: usize = 1000;
const HEIGHT: usize = 460;

/// Where a state stands.
fn place(state: LeafState) -> (f64, f64) {
    match state {
        LeafState::Invalid => (80.0, 230.0),
        LeafState::Valid { young, writes } => {
            let column = Writes::ALL.iter().position(|other| *other == writes).unwrap_or(0);
            (290.0 + 205.0 * column as f64, if young { 70.0 } else { 390.0 })
        }
    }
}

fn diagram(found: &Transitions) -> Markup {
    let valid = |young| Writes::ALL.map(|writes| LeafState::Valid { young, writes });
    let states = [LeafState::Invalid].into_iter().chain(valid(true)).chain(valid(false));
    html! {
        svg.states viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) width=(WIDTH) height=(HEIGHT) role="img"
            aria-label="the states of a descriptor and the changes between them; a table follows" {
            defs {
                marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto" {
                    path d="M0 0L8 4L0 8z" {}
                }
            }
            @for ((from, to), count) in found { (arrow(*from, *to, *count)) }
            @for state in states {
                @let (x, y) = place(state);
                rect.state x=(x - 68.0) y=(y - 22.0) width="136" height="44" rx="8" {}
                text x=(x) y=(y + 5.0) text-anchor="middle" { (state.words()) }
            }
        }
    }
}

/// An arrow that bends to its right, so that there and back are two.
fn arrow(from: LeafState, to: LeafState, count: u64) -> Markup {
    let ((x1, y1), (x2, y2)) = (place(from), place(to));
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    // From the edge of one box to the edge of the other.
    let reach = |ux: f64, uy: f64| (72.0 / ux.abs().max(1e-6)).min(26.0 / uy.abs().max(1e-6));
    let cut = reach(ux, uy).min(length / 3.0);
    let (bend, side) = (0.16 * length + 14.0, 8.0);
    let (sx, sy) = (-uy * side, ux * side);
    let (x1, y1) = (x1 + ux * cut + sx, y1 + uy * cut + sy);
    let (x2, y2) = (x2 - ux * cut + sx, y2 - uy * cut + sy);
    let (cx, cy) = (f64::midpoint(x1, x2) - uy * bend, f64::midpoint(y1, y2) + ux * bend);
    // A curve of this kind passes half-way between the middle of its ends and its control point.
    let (lx, ly) = (0.25 * x1 + 0.5 * cx + 0.25 * x2, 0.25 * y1 + 0.5 * cy + 0.25 * y2);
    html! {
        path.arrow d=(format!("M{x1:.1} {y1:.1}Q{cx:.1} {cy:.1} {x2:.1} {y2:.1}")) marker-end="url(#arrow)" {
            title { (from.words()) " to " (to.words()) ": " (count) " times" }
        }
        text.count x=(format!("{lx:.1}")) y=(format!("{:.1}", ly + 4.0)) text-anchor="middle" { (count) }
    }
}
