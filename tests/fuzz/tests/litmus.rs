//! Litmus files: any text is a test, or is refused at a place of it.

use afdbm_fuzz::{cases, litmus_files, measured, texts};
use litmus::{Problem, Test, assembly, verdict};
use proptest::prelude::{prop_assert, proptest};
use proptest::test_runner::TestCaseError;

/// What a parser may hold, over and above so many bytes for each byte of its input.
const ROOM: usize = 64 << 10;
/// How many: a token, a thread's line and a part of a condition are larger than their text.
const FACTOR: usize = 256;

/// Checks that a problem is told with its place, which is in the text.
fn names_what_is_wrong(text: &str, problem: &Problem) -> Result<(), TestCaseError> {
    let (place, lines) = (problem.place(), text.split('\n').count());
    let message = problem.to_string();
    prop_assert!(
        usize::try_from(place.line).is_ok_and(|line| (1..=lines + 1).contains(&line)),
        "{place}: {message}"
    );
    prop_assert!(place.column > 0, "{place}: {message}");
    prop_assert!(message.len() < 1000 + text.len() * 8, "{message}");
    Ok(())
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let (parsed, bytes) = measured(|| Test::parse(text));
    prop_assert!(bytes < ROOM + FACTOR * text.len(), "{bytes} bytes for a text of {}", text.len());
    match parsed {
        Ok(test) => {
            prop_assert!(!assembly::write(&test, 0).is_empty());
            let _ = verdict::read_states(&test, text);
        }
        Err(problem) => names_what_is_wrong(text, &problem)?,
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn a_text_is_a_test_or_is_refused_at_a_place(text in texts(litmus_files())) {
        check(&text)?;
    }
}
