//! How often each outcome was seen, as bars.

use maud::{Markup, html};

/// What the lines of the ordering suites begin with.
const LABEL: &str = "histogram: ";

/// Tells whether a line counts an outcome.
pub(super) fn is_bar(line: &str) -> bool {
    line.starts_with(LABEL) || line.starts_with("  ") && count(line).is_some()
}

/// Reads `512 a store landed; ...`.
fn count(text: &str) -> Option<(u64, &str)> {
    let (number, words) = text.trim_start().split_once(' ')?;
    Some((number.parse().ok()?, words))
}

/// Shows a bar for each outcome; one that is forbidden says so, and is marked where it was seen.
pub(super) fn bars(lines: &[String]) -> Markup {
    let of_line = |line: &'_ str| -> Vec<(Option<u64>, String)> {
        let text = line.strip_prefix(LABEL).unwrap_or(line);
        // `4096 updated, 0 old (forbidden)`: a comma before a number begins the next outcome.
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(", ") {
            match parts.last_mut() {
                Some(last) if count(part).is_none() => *last = format!("{last}, {part}"),
                _ => parts.push(part.to_owned()),
            }
        }
        let split = |part: &String| {
            count(part).map_or((None, part.clone()), |(count, words)| (Some(count), words.to_owned()))
        };
        parts.iter().map(split).collect()
    };
    let outcomes: Vec<_> = lines.iter().flat_map(|line| of_line(line)).collect();
    let most = outcomes.iter().filter_map(|(count, _)| *count).max().unwrap_or(1).max(1);
    html! {
        table.histogram {
            @for (count, words) in outcomes {
                @let forbidden = words.contains("(forbidden)") || words.starts_with("not allowed");
                @let seen = count.is_some_and(|count| count != 0);
                tr class=[(forbidden && seen).then_some("bad")] {
                    td.count { @match count { Some(count) => (count), None => "–" } }
                    td.bar {
                        svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=(format!("{} of {most}", count.unwrap_or(0))) {
                            rect x="0" y="1" height="8" width=(format!("{:.2}", 100.0 * count.unwrap_or(0) as f64 / most as f64)) {}
                        }
                    }
                    td { (words) @if forbidden && seen { b { " seen, and forbidden" } } }
                }
            }
        }
    }
}
