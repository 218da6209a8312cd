//! Reading a line of the log back.

use super::{Entry, Environment, Line, Mark, Verdict, text::LEVEL};

impl<'a> Entry<'a> {
    /// Reads one line, without its line ending; what is no line of the format is [`Line::Other`].
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let trimmed = text.trim_start_matches(' ');
        let spaces = text.len() - trimmed.len();
        if !spaces.is_multiple_of(LEVEL.len()) {
            return Self { depth: 0, line: Line::Other(text) };
        }
        Self { depth: spaces / LEVEL.len(), line: Line::parse(trimmed) }
    }
}

impl<'a> Line<'a> {
    fn parse(text: &'a str) -> Self {
        let known = match text {
            Line::VERSION => Some(Self::Version),
            Line::SUITE_VERSION => Some(Self::SuiteVersion),
            "#" => Some(Self::Diagnostic("")),
            _ => None,
        };
        known
            .or_else(|| text.strip_prefix("# ").map(Self::parse_comment))
            .or_else(|| text.strip_prefix(Line::PLAN)?.parse().ok().map(Self::Plan))
            .or_else(|| Self::parse_result(text))
            .unwrap_or(Self::Other(text))
    }

    fn parse_comment(text: &'a str) -> Self {
        type Kind<'a> = fn(&'a str) -> Line<'a>;
        let kinds: [(&str, Kind<'a>); 6] = [
            (Line::SUITE, Self::Suite),
            (Line::FAILED, Self::Failed),
            (Line::ERROR, Self::Error),
            (Line::RERUN, Self::Rerun),
            (Line::USAGE, Self::Usage),
            (Line::PANIC, Self::Panic),
        ];
        if let Some(line) = kinds.iter().find_map(|(label, kind)| text.strip_prefix(label).map(kind)) {
            return line;
        }
        let verdict = text.strip_prefix(Line::VERDICT).and_then(Verdict::parse).map(Self::Verdict);
        let kind = text.strip_prefix(Line::KIND).and_then(|text| {
            let (count, kind) = text.split_once(" times | ")?;
            Some(Self::Kind { count: count.parse().ok()?, kind: cases::product::Kind::parse(kind).ok()? })
        });
        let kinds = text.strip_prefix(Line::KINDS).and_then(|text| {
            let (kinds, failures) = text.strip_suffix(" failures")?.split_once(" with ")?;
            Some(Self::Kinds { kinds: kinds.parse().ok()?, failures: failures.parse().ok()? })
        });
        verdict
            .or(kinds)
            .or(kind)
            .or_else(|| Environment::parse(text).map(Self::Environment))
            .unwrap_or(Self::Diagnostic(text))
    }

    fn parse_result(text: &'a str) -> Option<Self> {
        let (failed, rest) = match text.strip_prefix(Line::NOT_OK) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix(Line::OK)?),
        };
        let (number, rest) = rest.split_once(' ')?;
        let number = number.parse().ok()?;
        let (name, mark) = match rest.split_once(Line::SKIP) {
            Some(_) if failed => return None,
            Some((name, reason)) => (name, Mark::Skip(reason)),
            None if failed => (rest, Mark::NotOk),
            None => (rest, Mark::Ok),
        };
        Some(Self::Result { number, name, mark })
    }
}
