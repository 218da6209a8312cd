//! The steps of several CPUs, one below the other, with the descriptor after each.

use crate::report::words::descriptors;
use maud::{Markup, html};

/// The heading of the last column.
const DESCRIPTOR: &str = "descriptor";

/// Tells whether a line heads the columns of an interleaving.
pub(super) fn is_head(line: &str) -> bool {
    line.trim_start().starts_with("CPU 0 ") && line.ends_with(DESCRIPTOR)
}

/// Tells whether a line is a step of one.
pub(super) fn is_step(line: &str) -> bool {
    line.starts_with("  ") && descriptors(line).len() == 1 && line.ends_with(')')
}

const LANE: usize = 150;
const STEP: usize = 34;
const DESCRIPTORS: usize = 330;

/// Draws the interleaving: a lane for each CPU, a box for each step, time downwards.
pub(super) fn picture(lines: &[String]) -> Markup {
    let Some((head, steps)) = lines.split_first() else { return html! {} };
    let columns: Vec<usize> = head.match_indices("CPU ").map(|(at, _)| at).collect();
    let lanes = columns.len().max(1);
    let (width, height) = (lanes * LANE + DESCRIPTORS, (steps.len() + 1) * STEP);
    let place = |line: &str| {
        let begin = line.len() - line.trim_start().len();
        columns.iter().rposition(|column| *column <= begin).unwrap_or(0)
    };
    html! {
        div.scroll tabindex="0" {
            svg.sequence viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img"
                aria-label="the steps of each CPU, time downwards" {
                @for lane in 0..lanes {
                    text.head x=(lane * LANE + LANE / 2) y="16" text-anchor="middle" { "CPU " (lane) }
                    line.lane x1=(lane * LANE + LANE / 2) x2=(lane * LANE + LANE / 2) y1="24" y2=(height) {}
                }
                text.head x=(lanes * LANE + 8) y="16" { "descriptor after the step" }
                @for (index, line) in steps.iter().enumerate() {
                    @let y = (index + 1) * STEP;
                    @let lane = place(line);
                    @for descriptor in descriptors(line) {
                        @let words = line[..descriptor.begin].trim();
                        rect.step x=(lane * LANE + 4) y=(y - 6) width=(LANE - 8) height="26" rx="4" {}
                        text x=(lane * LANE + LANE / 2) y=(y + 11) text-anchor="middle" { (shortened(words)) title { (words) } }
                        text.word x=(lanes * LANE + 8) y=(y + 11) { (descriptor.names) title { (line[descriptor.begin..]) } }
                    }
                }
            }
        }
    }
}

/// What fits into a box.
fn shortened(words: &str) -> String {
    const FITS: usize = 20;
    if words.chars().count() <= FITS {
        words.to_owned()
    } else {
        words.chars().take(FITS - 1).collect::<String>() + "…"
    }
}
