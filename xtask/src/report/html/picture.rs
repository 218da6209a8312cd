//! An access that went wrong: what was there, what is allowed, what was seen, bit by bit.

use crate::report::words::descriptors;
use maud::{Markup, html};

/// The bits that a picture shows: by number, with the name above.
const BITS: [(u32, &str); 11] = [
    (55, "D"),
    (54, "UXN"),
    (53, "PXN"),
    (52, "contig."),
    (51, "DBM, W"),
    (11, "nG"),
    (10, "AF"),
    (7, "AP[2], RO"),
    (6, "AP[1]"),
    (1, "page"),
    (0, "valid"),
];

/// The Access flag's bit.
const AF: u32 = 10;
/// The bit that falls where hardware records a write.
const RO: u32 = 7;

/// What the lines of an access begin with, behind the combination.
const PARTS: [&str; 5] = ["allowed: ", "   seen: ", "differs: ", "as if it did not know: ", "  or: "];

/// Tells whether a line belongs to the access before it.
pub(super) fn is_part(line: &str) -> bool {
    PARTS.iter().any(|part| line.starts_with(part)) || line.contains(", leaf 0x")
}

/// Shows an access.
pub(super) fn access(lines: &[String]) -> Markup {
    let find = |label: &str| lines.iter().find_map(|line| line.trim_start().strip_prefix(label));
    let (allowed, seen) = (find("allowed: "), find("seen: "));
    let before = lines.iter().skip(1).find(|line| line.contains(" at 0x") && line.contains(", leaf "));
    let word = |text: Option<&str>| text.and_then(|text| descriptors(text).first().map(|found| found.bits));
    let (was, is) = (word(before.map(String::as_str)), word(seen));
    html! {
        div.access {
            @if let Some(line) = lines.first() { p { (line) } }
            @if let Some(before) = before { p { code { (before) } } }
            dl {
                @if let Some(allowed) = allowed { div { dt { "allowed" } dd { (allowed) } } }
                @if let Some(seen) = seen { div { dt { "seen" } dd { (seen) } } }
                @for line in lines {
                    @if let Some(differs) = line.strip_prefix("differs: ") { div { dt { "differs in" } dd { (differs) } } }
                    @if let Some(rule) = line.strip_prefix("as if it did not know: ") {
                        div { dt { "breaks" } dd { (rule) } }
                    }
                }
            }
            @if let (Some(was), Some(is)) = (was, is) { (bits(was, allowed.unwrap_or_default(), is)) }
        }
    }
}

/// What is allowed of one bit, by the words of the prediction.
fn allowed_bit(bit: u32, was: u64, allowed: &str) -> String {
    let old = was >> bit & 1;
    let first_page = allowed.split(" | ").next().unwrap_or_default();
    let says = |words: &str| first_page.contains(words);
    let one_of = |changed: u64| match old == changed {
        true => old.to_string(),
        false => format!("{old} or {changed}"),
    };
    match bit {
        AF if says("AF set") => "1".into(),
        AF if says("AF either") => one_of(1),
        RO if says("dirty set") => "0".into(),
        RO if says("dirty either") => one_of(0),
        _ => old.to_string(),
    }
}

const CELL: usize = 66;
const ROW: usize = 30;
const NAMES: usize = 70;

/// Draws the bits of the descriptor before, as allowed and as seen; what differs from what is allowed is marked.
fn bits(was: u64, allowed: &str, is: u64) -> Markup {
    let width = NAMES + BITS.len() * CELL;
    html! {
        div.scroll tabindex="0" {
            svg.bits viewBox=(format!("0 0 {width} {}", 4 * ROW)) width=(width) height=(4 * ROW) role="img"
                aria-label=(format!("descriptor before {was:#018x}, seen {is:#018x}")) {
                @for (row, name) in ["before", "allowed", "seen"].iter().enumerate() {
                    text x="0" y=((row + 1) * ROW + 20) { (name) }
                }
                @for (column, (bit, name)) in BITS.iter().enumerate() {
                    @let x = NAMES + column * CELL;
                    @let may = allowed_bit(*bit, was, allowed);
                    @let seen = (is >> bit & 1).to_string();
                    @let wrong = !may.split(" or ").any(|value| value == seen);
                    text.name x=(x + CELL / 2) y="12" text-anchor="middle" { (name) }
                    text.name x=(x + CELL / 2) y="25" text-anchor="middle" { (bit) }
                    @for (row, value) in [(was >> bit & 1).to_string(), may, seen].iter().enumerate() {
                        @let marked = wrong && row == 2;
                        rect x=(x + 2) y=((row + 1) * ROW + 1) width=(CELL - 4) height=(ROW - 4)
                            class={ "cell" (if marked { " wrong" } else { "" }) } {}
                        text x=(x + CELL / 2) y=((row + 1) * ROW + 20) text-anchor="middle" {
                            (value) (if marked { " ✗" } else { "" })
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AF, RO, allowed_bit};

    #[test]
    fn the_allowed_bits_follow_from_the_words() {
        let clean = 1 << RO;
        for (words, flag, read_only) in [
            ("completes; AF set, dirty set; data new", "1", "0"),
            ("completes; AF either, dirty either; data new", "0 or 1", "1 or 0"),
            ("takes a fault; AF kept, dirty kept; data old", "0", "1"),
            ("completes; AF kept, dirty kept; data new | second page: AF set, dirty set; data new", "0", "1"),
        ] {
            assert_eq!(
                (allowed_bit(AF, clean, words), allowed_bit(RO, clean, words)),
                (flag.into(), read_only.into())
            );
        }
        assert_eq!(allowed_bit(AF, 1 << AF, "AF either"), "1");
    }
}
