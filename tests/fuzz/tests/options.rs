//! Options: any text is understood and reads back, or is refused in words that name what is wrong with it.

use afdbm_fuzz::{cases, lines, texts};
use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;
use record::options::{Error, Help, Options};

/// Option lines of many kinds.
const LINES: [&str; 7] = [
    "--suite races,swap --seed 0x5eed --rounds 100 --cpu max,pauth=off --smp 4 --memory 256M --el 2",
    "--case 'd01-*' --machine gic-version=3,its=off --accel tcg --timeout 60 --strict --atomics lse",
    "--case product/5000000123 --full --from 17 --replay --sweep 1000 --variant v1 --image raw",
    "--suite swap --working-set 700M --swap=256M --frames 64M --threads 4 --incompressible 10 --management mixed",
    "--litmus 'tests/with space,other' --expectations 'a b' --log /dev/null --qemu /usr/bin/qemu",
    "--coverage --fingerprint --list --no-install --help",
    "'--seed' '7' --memory=1G",
];

/// The names that `--help` shows, and values of every kind.
fn words() -> Vec<String> {
    let help = Help.to_string();
    let names = help.split_whitespace().filter(|word| word.starts_with("--"));
    let values = [
        "0",
        "1",
        "-1",
        "07",
        "0x5eed",
        "18446744073709551615",
        "18446744073709551616",
        "1G",
        "999999999999G",
        "races",
        "races,,swap",
        "*",
        "?",
        "product/12",
        "product/",
        "'d01-*'",
        "''",
        "max",
        "a=b,c=d",
        "llsc",
        "raw",
        "full",
        "v1",
        "--",
        "---",
        "=",
        "é",
        "\u{7f}",
        "\u{feff}",
    ];
    names.map(str::to_owned).chain(values.map(str::to_owned)).collect()
}

fn inputs() -> impl Strategy<Value = String> {
    prop_oneof![lines(words()), texts(LINES.map(str::to_owned).to_vec())]
}

/// Checks that an error names what is wrong: a part of the text, as it stands there.
fn names_what_is_wrong(text: &str, error: &Error<'_>) -> Result<(), TestCaseError> {
    let parts: &[&str] = match error {
        Error::NoOption { word } => &[word],
        Error::Unknown { option } | Error::Repeated { option } | Error::Missing { option, .. } => &[option],
        Error::Superfluous { option, value } | Error::Invalid { option, value, .. } => &[option, value],
        Error::BeforeMarker { option } => &[option],
        Error::Quote { rest } => &[rest],
    };
    let message = error.to_string();
    for part in parts {
        prop_assert!(text.contains(part), "{part:?} is not in {text:?}");
        let shown = format!("{part:?}");
        let inside = &shown[1..shown.len() - 1];
        prop_assert!(
            message.contains(part) || message.contains(inside),
            "{message:?} does not name {part:?}"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(6000))]

    #[test]
    fn a_text_reads_back_or_is_refused_by_name(text in inputs()) {
        match Options::from_text(&text) {
            Ok(options) => {
                let shown = options.to_string();
                let again = Options::from_text(&shown);
                prop_assert_eq!(again.map(|again| again.to_string()), Ok(shown.clone()));
            }
            Err(error) => names_what_is_wrong(&text, &error)?,
        }
    }

    #[test]
    fn words_of_a_shell_are_understood_or_refused_by_name(text in inputs()) {
        // A shell has split them: there are quotes and spaces inside.
        let words: Vec<&str> = text.split(' ').collect();
        if let Err(error) = Options::from_words(words.iter().copied()) {
            names_what_is_wrong(&text, &error)?;
        }
    }
}
