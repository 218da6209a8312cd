//! Which changes of a descriptor's state a log tells of, and how often.

use super::{
    run::Run,
    words::{LeafState, descriptors},
};
use std::collections::BTreeMap;

/// From one state to another, with how many times the log tells of it.
pub(crate) type Transitions = BTreeMap<(LeafState, LeafState), u64>;

/// Words between two descriptors of one line that make the second what became of the first.
const BECAME: [&str; 3] = [", left ", " to ", " became "];

/// Counts the changes that a run's log tells of. Accesses that go right tell nothing, so these are no counts of
/// accesses.
pub(crate) fn of_run(run: &Run) -> Transitions {
    let mut found = Transitions::new();
    for (_, case) in run.cases() {
        of_lines(&case.details, &mut found);
    }
    found
}

fn of_lines(lines: &[String], found: &mut Transitions) {
    let mut add = |from: &str, to: &str, count: u64| {
        let (from, to) = (LeafState::of_names(from), LeafState::of_names(to));
        if from != to {
            *found.entry((from, to)).or_default() += count;
        }
    };
    // The descriptor that a line of an interleaving, or an access, follows on.
    let mut last: Option<&str> = None;
    for line in lines {
        if let Some((count, before, after)) = histogram(line) {
            add(before, after, count);
            continue;
        }
        if let Some((before, after)) = swapped(line) {
            add(before, after, 1);
            continue;
        }
        let told = descriptors(line);
        for pair in told.windows(2) {
            if BECAME.contains(&&line[pair[0].end..pair[1].begin]) {
                add(pair[0].names, pair[1].names, 1);
            }
        }
        let of_sequence = told.len() == 1 && line.ends_with(')') && told[0].end == line.len();
        let is_seen = line.trim_start().starts_with("seen: ");
        match (last, told.first()) {
            (Some(before), Some(after))
                if of_sequence && line.starts_with("  ") || is_seen && !told.is_empty() =>
            {
                add(before, after.names, 1);
                last = Some(after.names);
            }
            (_, Some(first)) if of_sequence => last = Some(first.names),
            (_, None) if !line.starts_with(' ') && !line.starts_with("allowed: ") => last = None,
            _ => {}
        }
    }
}

/// Reads a line of a race's histogram: `512 a store landed; found W·RO; left W·AF`.
fn histogram(line: &str) -> Option<(u64, &str, &str)> {
    let (count, _) = line.trim_start().split_once(' ')?;
    let (_, rest) = line.split_once("; found ")?;
    let (before, after) = rest.split_once("; left ")?;
    let count = count.parse().ok()?;
    (LeafState::is_names(before) && LeafState::is_names(after)).then_some((count, before, after))
}

/// Reads a line of swapping: `read fault: Access flag on CPU 0: W -> W AF RO`.
fn swapped(line: &str) -> Option<(&str, &str)> {
    let (before, after) = line.split_once(" -> ")?;
    let before = before.rsplit_once(": ")?.1;
    (LeafState::is_names(before) && LeafState::is_names(after)).then_some((before, after))
}

#[cfg(test)]
mod tests {
    use super::{Transitions, of_lines};

    fn of(lines: &[&str]) -> Vec<(String, String, u64)> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let mut found = Transitions::new();
        of_lines(&lines, &mut found);
        found.into_iter().map(|((from, to), count)| (from.words(), to.words(), count)).collect()
    }

    fn one(from: &str, to: &str, count: u64) -> Vec<(String, String, u64)> {
        vec![(from.to_owned(), to.to_owned(), count)]
    }

    #[test]
    fn every_form_of_a_change_is_counted() {
        let dirtied = one("young, clean", "young, dirty", 1);
        let fault =
            "  fault 1: found 0x00680000401d7fc3 (W·AF·RO), left 0x00e80000401d7f43 (W·D·AF): Resolved";
        assert_eq!(of(&[fault]), dirtied);
        assert_eq!(of(&["read fault on CPU 1: W AF RO -> W AF"]), dirtied);
        assert_eq!(
            of(&["  512 a store landed; found W·RO; left W·AF"]),
            one("old, clean", "young, dirty", 512)
        );
        assert_eq!(of(&["  512 a store landed; found W·AF; left W·AF"]), []);
        let sequence = [
            "  CPU 0     CPU 1    descriptor",
            "  start              0x00680000401d7fc3 (W·AF·RO)",
            "            a store  0x00680000401d7f43 (W·AF)",
        ];
        assert_eq!(of(&sequence), dirtied);
        let access = [
            "at-s1e1w at 0x00000d00401e5800, leaf 0x00680000401e5783 (W·AF·RO)",
            "allowed: reports output 0x00000000401e5800; AF either, dirty kept; data old",
            "   seen: reported PAR_EL1 0x0; leaf 0x00680000401e5703 (W·AF): -RO; data old",
        ];
        assert_eq!(of(&access), dirtied);
    }
}
