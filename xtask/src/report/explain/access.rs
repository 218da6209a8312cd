//! One access that went wrong, as the log tells it.

use crate::report::words::{Descriptor, descriptors};
use std::fmt::Write;

/// An access with what is allowed and what was seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Access<'t> {
    /// The number of its combination.
    pub(super) number: &'t str,
    /// The combination in words.
    pub(super) combination: &'t str,
    /// What the oracle allows.
    pub(super) allowed: &'t str,
    /// What was seen.
    pub(super) seen: &'t str,
    /// In what it differs.
    pub(super) differs: &'t str,
    /// The rules that it breaks, each as the log names it.
    pub(super) breaks: Vec<&'t str>,
    /// The line with the address and the descriptor.
    place: &'t str,
}

/// Reads the accesses that a case tells of.
pub(super) fn of_lines(lines: &[String]) -> Vec<Access<'_>> {
    let mut accesses: Vec<Access<'_>> = Vec::new();
    for line in lines {
        if let Some((number, combination)) =
            line.strip_prefix("combination ").and_then(|rest| rest.split_once(": "))
        {
            accesses.push(Access { number, combination, ..Access::default() });
            continue;
        }
        let Some(access) = accesses.last_mut() else { continue };
        let trimmed = line.trim_start();
        if let Some(allowed) = trimmed.strip_prefix("allowed: ").filter(|_| access.allowed.is_empty()) {
            access.allowed = allowed;
        } else if let Some(seen) = trimmed.strip_prefix("seen: ") {
            access.seen = seen;
        } else if let Some(differs) = trimmed.strip_prefix("differs: ") {
            access.differs = differs;
        } else if let Some(rule) = trimmed.strip_prefix("as if it did not know: ") {
            access.breaks.push(rule);
        } else if access.place.is_empty() && trimmed.contains(", leaf 0x") {
            access.place = trimmed;
        }
    }
    accesses
}

impl<'t> Access<'t> {
    /// Returns the name of the instruction, such as `at-s1e1w`.
    pub(super) fn kind(&self) -> &'t str {
        self.combination.split(' ').next().unwrap_or_default()
    }

    /// Tells whether it is made at EL0.
    pub(super) fn is_user(&self) -> bool {
        self.combination.split(' ').nth(1) == Some("EL0")
    }

    /// Returns a control of stage 1 that the combination tells, such as `1` for `HA`.
    pub(super) fn control(&self, name: &str) -> Option<&'t str> {
        let of_stage_1 = self.combination.split(", stage 2 ").next().unwrap_or_default();
        let words = of_stage_1.split([' ', ',']);
        let value = words.filter_map(|word| word.split_once('=')).find(|(other, _)| *other == name);
        value.map(|(_, value)| value)
    }

    /// Returns what the combination says of stage 2's tables and controls.
    pub(super) fn stage_2(&self) -> Option<&'t str> {
        let (_, rest) = self.combination.split_once(", stage 2 ")?;
        rest.split(',').next()
    }

    /// Returns the leaves of stage 2 before the access, each with the page that it maps.
    pub(super) fn leaves_of_stage_2(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let named = self.place.split(", stage 2 of the ").skip(1);
        named.filter_map(|leaf| leaf.rsplit_once(' '))
    }

    /// Tells what was in the TLB: an access that came before, if one did.
    pub(super) fn before_it(&self) -> Option<&'static str> {
        let last = self.combination.rsplit(", ").find(|words| words.starts_with("after a "))?;
        if last == "after a load" { Some("load") } else { Some("store") }
    }

    /// Returns the descriptor before the access.
    pub(super) fn before(&self) -> Option<Descriptor<'t>> {
        descriptors(self.place).first().copied()
    }

    /// Returns the descriptor after it.
    pub(super) fn after(&self) -> Option<Descriptor<'t>> {
        descriptors(self.seen).first().copied()
    }

    /// Returns the address, as the log writes it.
    pub(super) fn address(&self) -> &'t str {
        let rest = self.place.split_once(" at ").map_or("", |(_, rest)| rest);
        rest.split(',').next().unwrap_or_default()
    }

    /// Tells of it in Markdown.
    pub(super) fn told(&self) -> String {
        let shown = |descriptor: Option<Descriptor<'_>>| {
            descriptor.map_or("not told".to_owned(), |one| format!("`{:#018x}` ({})", one.bits, one.names))
        };
        let mut text = String::new();
        let _ = writeln!(text, "{}\n", self.combination);
        let _ = writeln!(text, "| | |\n|---|---|");
        let _ = writeln!(text, "| descriptor before | {} |", shown(self.before()));
        let _ = writeln!(text, "| allowed | {} |", self.allowed.replace('|', "\\|"));
        let _ = writeln!(text, "| seen | {} |", self.seen.replace('|', "\\|"));
        let _ = writeln!(text, "| descriptor after | {} |", shown(self.after()));
        let _ = writeln!(text, "| differs in | {} |", self.differs);
        for rule in &self.breaks {
            let _ = writeln!(text, "| what a machine without this rule would do | {rule} |");
        }
        text
    }
}
