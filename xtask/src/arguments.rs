//! The command line before it is read as options: words that belong together become one.

use std::ffi::OsString;

/// Joins what follows `--`, words for the emulator, and names what follows `--list`, a word to search for.
pub(crate) fn joined(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(word) = arguments.next() {
        let is_option = word.to_string_lossy().starts_with("--");
        if word == "--" {
            let rest: Vec<OsString> = arguments.by_ref().map(with_one_dash).collect();
            let mut words = OsString::from("--emulator-options=");
            words.push(rest.join(" ".as_ref()));
            joined.push(words);
        } else {
            if !is_option && joined.last().is_some_and(|last| last == "--list") {
                joined.push("--find".into());
            }
            joined.push(word);
        }
    }
    joined
}

/// Splits options as they are shown into words: at spaces, but not within single quotes.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut quoted = false;
    let mut word: Option<String> = None;
    for character in text.chars() {
        match character {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// The emulator takes its options with one dash as well, and so do ours as a value.
fn with_one_dash(word: OsString) -> OsString {
    match word.to_str().and_then(|word| word.strip_prefix('-')).filter(|rest| rest.starts_with('-')) {
        Some(rest) => rest.into(),
        None => word,
    }
}

#[cfg(test)]
mod tests {
    use super::{joined, split};
    use std::ffi::OsString;

    fn of(text: &str) -> String {
        let words = joined(text.split(' ').map(OsString::from));
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn words_that_belong_together_become_one() {
        assert_eq!(of("run --smp 2 -- -d int --trace x"), "run|--smp|2|--emulator-options=-d int -trace x");
        assert_eq!(of("run --list at-s1e1w"), "run|--list|--find|at-s1e1w");
        assert_eq!(of("run --list --suite races"), "run|--list|--suite|races");
        assert_eq!(of("boot kernel --smp 2"), "boot|kernel|--smp|2");
    }

    #[test]
    fn what_is_quoted_is_one_word() {
        assert_eq!(
            split("--case 'd01-*'  --emulator-options '-d int' --x ''"),
            ["--case", "d01-*", "--emulator-options", "-d int", "--x", ""]
        );
    }
}
