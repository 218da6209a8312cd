//! The mutations: one for each operator and each operand.

use crate::source::{Body, Token, bodies};
use std::{collections::HashMap, ops::Range};

/// One change of a file.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    /// The file, the function, what becomes of what, and which of those that read alike.
    pub(crate) name: String,
    bytes: Range<usize>,
    replacement: String,
}

impl Mutation {
    /// Returns the file with the change.
    pub(crate) fn apply(&self, text: &str) -> String {
        format!("{}{}{}", &text[..self.bytes.start], self.replacement, &text[self.bytes.end..])
    }
}

/// Returns every mutation of a file.
pub(crate) fn mutations(file: &str, text: &str) -> Vec<Mutation> {
    let mut found = vec![];
    let mut seen: HashMap<String, usize> = HashMap::new();
    for body in bodies(text) {
        for (bytes, replacement) in changes(&body, text) {
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let (from, to) = (words(&text[bytes.clone()]), words(&replacement));
            let mut name = format!("{file}::{}: `{from}` becomes `{to}`", body.function);
            let count = seen.entry(name.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                name += &format!(" ({count})");
            }
            found.push(Mutation { name, bytes, replacement });
        }
    }
    found
}

type Change = (Range<usize>, String);

fn changes(body: &Body, text: &str) -> Vec<Change> {
    let tokens = &body.tokens;
    let mut found = vec![];
    let mut closure = false;
    for at in 0..tokens.len() {
        operator(tokens, at, &mut closure, &mut found);
        bound(tokens, at, text, &mut found);
        operand(tokens, at, text, &mut found);
        call(tokens, at, text, &mut found);
        condition(tokens, at, &mut found);
        statement(tokens, at, text, &mut found);
    }
    found
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

fn before(tokens: &[Token], at: usize) -> &str {
    at.checked_sub(1).map_or("", |at| text(tokens, at))
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphanumeric() || first == '_')
}

/// Whether an operand can end with this token.
fn ends_operand(token: &str) -> bool {
    (is_word(token) && !matches!(token, "return" | "if" | "match" | "in" | "else" | "move")) || token == ")"
}

/// `|` for `&`, `==` for `!=`, `&&` for `||`, and back; `!` dropped; `|=` becomes `&=`.
fn operator(tokens: &[Token], at: usize, closure: &mut bool, found: &mut Vec<Change>) {
    let (this, next) = (text(tokens, at), text(tokens, at + 1));
    let joint = tokens[at].joint;
    let pair = tokens[at].bytes.start..tokens.get(at + 1).map_or(0, |token| token.bytes.end);
    let second = at > 0 && tokens[at - 1].joint && before(tokens, at) == this;
    let binary = ends_operand(before(tokens, at));
    match (this, next) {
        ("=", "=") if joint => found.push((pair, "!=".into())),
        ("!", "=") if joint => found.push((pair, "==".into())),
        ("&", "&") if joint && binary => found.push((pair, "||".into())),
        ("|", "|") if joint && binary => found.push((pair, "&&".into())),
        ("|", "=") if joint => found.push((pair, "&=".into())),
        ("|", _) if second => {}
        ("|", _) if *closure => *closure = false,
        ("|", _) if !binary => *closure = true,
        ("|", _) if !is_pattern(tokens, at) => found.push((tokens[at].bytes.clone(), "&".into())),
        ("&", _) if binary && !second => found.push((tokens[at].bytes.clone(), "|".into())),
        ("!", _) if !is_word(before(tokens, at)) => found.push((tokens[at].bytes.clone(), String::new())),
        _ => {}
    }
}

/// A bound off by one, and one that is turned round.
fn bound(tokens: &[Token], at: usize, source: &str, found: &mut Vec<Change>) {
    let bytes = tokens[at].bytes.clone();
    // An operator stands between spaces; what closes generic arguments, and an arrow, does not.
    let is_spaced = source[..bytes.start].ends_with(' ') && source[bytes.end..].starts_with(' ');
    if text(tokens, at) == ">" && is_spaced {
        found.push((bytes.clone(), ">=".into()));
        found.push((bytes, "<".into()));
    }
}

/// Whether a `|` stands between the patterns of a match arm.
fn is_pattern(tokens: &[Token], at: usize) -> bool {
    let mut ahead = tokens[at + 1..].iter().map(|token| token.text.as_str());
    ahead.find(|token| !is_word(token) && !matches!(*token, ":" | "(" | ")" | "_" | "{" | "." | "}"))
        == Some("=")
        && tokens[at + 1..].iter().take(16).any(|token| token.text == ">")
}

/// Bits dropped from masks, numbers off by one, scopes and outcomes exchanged, questions negated.
fn operand(tokens: &[Token], at: usize, source: &str, found: &mut Vec<Change>) {
    let this = text(tokens, at);
    let bytes = tokens[at].bytes.clone();
    let path = |length: usize| {
        (text(tokens, at + 1) == ":" && text(tokens, at + 2) == ":").then(|| text(tokens, at + length))
    };
    let whole = || bytes.start..tokens[at + 3].bytes.end;
    match (this, path(3)) {
        ("Descriptor", Some(name))
            if name != "INVALID" && name.chars().all(|c| c.is_uppercase() || c == '_' || c.is_numeric()) =>
        {
            found.push((whole(), "0".into()));
        }
        ("Scope", Some("AllCpus")) => found.push((whole(), "Scope::ThisCpu".into())),
        ("Scope", Some("ThisCpu")) => found.push((whole(), "Scope::None".into())),
        ("Scope", Some("None")) => found.push((whole(), "Scope::AllCpus".into())),
        ("Outcome", Some("Changed")) if !is_arm(tokens, at + 4) => {
            found.push((whole(), "Outcome::Unchanged".into()));
        }
        ("Change", Some("unchanged")) => found.push((whole(), "Change::stale".into())),
        ("Change", Some("stale")) => found.push((whole(), "Change::unchanged".into())),
        ("NO_ACCESS" | "PROTECTION", None) => {
            found.push((bytes.clone(), "0".into()));
        }
        ("0", None) if before(tokens, at) != "." => found.push((bytes.clone(), "1".into())),
        ("1", None) if before(tokens, at) != "<" => found.push((bytes.clone(), "0".into())),
        _ => {}
    }
    let is_question = (this.starts_with("is_") || this.starts_with("has")) && before(tokens, at) == ".";
    if is_question {
        let start = chain_start(tokens, at);
        if start == 0 || text(tokens, start - 1) != "!" {
            let from = tokens[start].bytes.start;
            let end = matching(tokens, at + 1);
            let range = from..tokens[end].bytes.end;
            let text = format!("!{}", &source[range.clone()]);
            found.push((range, text));
        }
    }
}

/// Whether `=>` follows.
fn is_arm(tokens: &[Token], at: usize) -> bool {
    text(tokens, at) == "=" && text(tokens, at + 1) == ">" || text(tokens, at) == "|"
}

/// Whether `::` stands here.
fn is_path(tokens: &[Token], at: usize) -> bool {
    text(tokens, at) == ":" && text(tokens, at + 1) == ":"
}

/// Returns the index at which the operand of a method call starts.
fn chain_start(tokens: &[Token], method: usize) -> usize {
    let mut at = method;
    while at > 0 {
        match text(tokens, at - 1) {
            "." | "?" => at -= 1,
            ":" if at > 1 && text(tokens, at - 2) == ":" => at -= 2,
            ")" => {
                let mut depth = 0;
                loop {
                    at -= 1;
                    match text(tokens, at) {
                        ")" => depth += 1,
                        "(" => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            word if is_word(word) && (matches!(text(tokens, at), "." | "(") || is_path(tokens, at)) => {
                at -= 1;
            }
            _ => break,
        }
    }
    at
}

/// Returns the index of the delimiter that closes the one at `open`.
fn matching(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len() - 1
}

/// `with` for `without`, clean for dirty, a value left as it is, no managed bits, an exchange made a store.
fn call(tokens: &[Token], at: usize, source: &str, found: &mut Vec<Change>) {
    let this = text(tokens, at);
    if text(tokens, at + 1) != "(" {
        return;
    }
    let bytes = tokens[at].bytes.clone();
    match this {
        "with" => found.push((bytes, "without".into())),
        "without" => found.push((bytes, "with".into())),
        "with_clean" => found.push((bytes, "with_dirty".into())),
        "with_dirty" => found.push((bytes, "with_clean".into())),
        "made_old" | "make" => found.push((bytes, "core::convert::identity".into())),
        "made_clean" | "made_dirty" => found.push((bytes, "(|_, found: Descriptor| found)".into())),
        "hardware_managed" => {
            let start = chain_start(tokens, at);
            found.push((tokens[start].bytes.start..tokens[matching(tokens, at + 1)].bytes.end, "0".into()));
        }
        "compare_exchange_weak" => {
            let start = chain_start(tokens, at);
            let end = matching(tokens, at + 1);
            let arguments = arguments(tokens, at + 1, source);
            let slot = &source[tokens[start].bytes.start..tokens[at - 2].bytes.end];
            let [current, new, ..] = &arguments[..] else { return };
            let text = format!(
                "{{ {slot}.store({new}, core::sync::atomic::Ordering::Relaxed, super::operations::Step::Store); \
                 Ok::<Descriptor, Descriptor>({current}) }}"
            );
            found.push((tokens[start].bytes.start..tokens[end].bytes.end, text));
        }
        _ => {}
    }
}

/// Returns the arguments of the call whose parenthesis is at `open`.
fn arguments(tokens: &[Token], open: usize, source: &str) -> Vec<String> {
    let close = matching(tokens, open);
    let mut found = vec![];
    let mut start = open + 1;
    let mut at = start;
    while at <= close {
        if at == close || text(tokens, at) == "," {
            if start < at {
                found.push(source[tokens[start].bytes.start..tokens[at - 1].bytes.end].to_string());
            }
            start = at + 1;
        }
        at = if matches!(text(tokens, at), "(" | "{" | "[") { matching(tokens, at) + 1 } else { at + 1 };
    }
    found
}

/// A condition that always holds, and one that never does.
fn condition(tokens: &[Token], at: usize, found: &mut Vec<Change>) {
    if text(tokens, at) != "if" || text(tokens, at + 1) == "let" {
        return;
    }
    let mut end = at + 1;
    while end < tokens.len() && text(tokens, end) != "{" {
        if text(tokens, end) == "=" && text(tokens, end + 1) == ">" {
            return;
        }
        end = if text(tokens, end) == "(" { matching(tokens, end) + 1 } else { end + 1 };
    }
    let bytes = tokens[at + 1].bytes.start..tokens[end - 1].bytes.end;
    found.push((bytes.clone(), "true".into()));
    found.push((bytes, "false".into()));
}

/// A statement that is left out, and a retry that is not made.
fn statement(tokens: &[Token], at: usize, source: &str, found: &mut Vec<Change>) {
    let starts = at == 0 || matches!(before(tokens, at), ";" | "{" | "}");
    let this = text(tokens, at);
    if this == "found" && text(tokens, at + 1) == "=" && text(tokens, at + 2) == "now" {
        let bytes = tokens[at].bytes.start..tokens[at + 2].bytes.end;
        found.push((bytes.clone(), "{}".into()));
        found.push((bytes, "return Change::unchanged(now, place)".into()));
        return;
    }
    let keeps = ["let", "return", "for", "loop", "match", "if", "const", "Err", "Ok", "else", ";", "}", "="];
    if !starts || keeps.contains(&this) {
        return;
    }
    let mut end = at;
    while end < tokens.len() && !matches!(text(tokens, end), ";" | "}" | "]") {
        end = if matches!(text(tokens, end), "(" | "{" | "[") { matching(tokens, end) + 1 } else { end + 1 };
    }
    if text(tokens, end) == ";" {
        let bytes = tokens[at].bytes.start..tokens[end].bytes.end;
        if !source[bytes.clone()].contains("=>") {
            found.push((bytes, String::new()));
        }
    }
}
