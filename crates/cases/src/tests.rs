//! What the table of cases must be: unique names, claims that stand alone, rows that are shown or say why not, and
//! documents that say what the table says.

use crate::document::cases_of_instruction;
use crate::rows::{Coverage, INTERLEAVINGS, Mismatch, Row, Showing, cases_of, rows};
use crate::{Case, Document, Extent, SUITES, Suite, TlbiDocument};
use afdbm::tlbi::{Domain, Form, Instruction};
use oracle::{Choice, Clause};
extern crate std;
use std::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

fn cases() -> impl Iterator<Item = &'static Case> {
    SUITES.iter().flat_map(|suite| suite.cases)
}

#[test]
fn covering_sets_alone_are_hidden_and_what_claims_a_sample_asks_one() {
    for case in SUITES.iter().flat_map(|suite| suite.cases) {
        let covers = case.extent() == Extent::Covering;
        assert_eq!(case.hidden, covers || case.name == "one-combination", "{}", case.name);
        let claims = case.claim.starts_with("a sample of ") && case.claim.ends_with("what the oracle says");
        assert!(!claims || case.extent() == Extent::Sample, "{}", case.name);
    }
}

#[test]
fn every_name_is_unique_and_fit_for_a_pattern() {
    let mut names = BTreeSet::new();
    for name in SUITES.iter().map(|suite| suite.name).chain(cases().map(|case| case.name)) {
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{name}");
    }
}

/// What makes a claim lean on its neighbour, or on its own name, as its first word.
const LEANING: [&str; 18] = [
    "also", "and", "as", "but", "either", "it", "likewise", "neither", "nor", "one", "or", "same", "so",
    "such", "then", "these", "they", "this",
];
/// Words that point to another line, wherever they stand.
const POINTING: [&str; 5] = ["above", "below", "likewise", "neither", "ditto"];

/// Returns what keeps a claim from standing alone in a list.
fn leans(claim: &str) -> Option<&'static str> {
    let words: Vec<&str> = claim.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let first = *words.first()?;
    let lacks_a_statement = words.len() < 4 || claim.contains(": ") || claim.contains(';');
    let checks = [
        (lacks_a_statement, "is no statement"),
        (LEANING.contains(&first) || claim.starts_with("the same"), "begins as the end of another"),
        (words.iter().any(|word| POINTING.contains(word)), "points to another"),
        (
            ["the same", "as well", ", too"].iter().any(|words| claim.contains(words))
                || claim.ends_with(" too"),
            "compares with another",
        ),
        (claim.len() > 92, "is too long for a line"),
        (claim.ends_with('.') || claim.contains(['\t', '\n', '|']), "is no single line of a table"),
    ];
    checks.into_iter().find_map(|(broken, how)| broken.then_some(how))
}

#[test]
fn every_claim_stands_alone() {
    let mut claims = BTreeSet::new();
    for case in cases() {
        assert_eq!(leans(case.claim), None, "{}: {}", case.name, case.claim);
        assert!(claims.insert(case.claim), "{} claims what another does", case.name);
    }
    for claim in [
        "nor at EL0",
        "so does v3 (2017)",
        "v1 (4.7-rc1), too",
        "the lock-free form neither",
        "the same on CPU 1",
        "a Translation fault, the descriptor stays as it was below",
        "HA=HD=0: a load",
        "DC IVAC",
    ] {
        assert!(leans(claim).is_some(), "{claim}");
    }
}

#[test]
fn a_case_of_a_race_shows_the_interleaving_that_its_name_begins_with() {
    let races = SUITES.iter().find(|suite| suite.name == "races").expect("a suite");
    for case in races.cases {
        let number =
            case.name.strip_prefix('i').and_then(|rest| rest.split_once('-')).map(|(number, _)| number);
        let Some(number) = number.and_then(|number| number.parse::<u8>().ok()) else { continue };
        assert!(case.shows(&format!("I{number}")), "{}", case.name);
    }
}

#[test]
fn every_row_is_there_once_and_in_order() {
    let mut last: BTreeMap<char, usize> = BTreeMap::new();
    for Row { id, rules, sentence, .. } in rows() {
        let letter = id.chars().next().expect("a letter");
        let number = last.entry(letter).or_default();
        *number += 1;
        assert_eq!(*id, format!("{letter}{number:02}"));
        assert!(!rules.is_empty() && sentence.split(' ').count() > 3 && !sentence.ends_with('.'), "{id}");
    }
    let counts: String = last.iter().map(|(letter, count)| format!("{letter}{count} ")).collect();
    assert_eq!(counts, "A20 B46 C9 D48 E26 F8 G9 H27 I8 J7 K17 ");
    for (number, one) in (1..).zip(INTERLEAVINGS) {
        assert_eq!(one.id, format!("I{number}"));
        assert!(!one.invariants.is_empty() && !one.sentence.ends_with('.'));
    }
    assert_eq!(INTERLEAVINGS.len(), 24);
}

#[test]
fn the_oracle_cites_rows_that_there_are() {
    let known = |row: &str| row == "-" || rows().any(|known| known.id == row);
    for clause in Clause::ALL {
        assert!(known(clause.row()), "{clause:?}");
    }
    for choice in Choice::ALL {
        assert!(known(choice.row()), "{choice:?}");
    }
}

#[test]
fn a_case_shows_the_rows_that_it_names_or_the_one_that_names_it() {
    let d12 = Case::function("d12-aptable-refuses", "");
    assert!(d12.shows("D12") && !d12.shows("D1") && !d12.shows("D11"));
    assert!(Row::begins("D12", "d12") && !Row::begins("D12", "d120-other"));
    let named = Case::function("i03-a-race", "").showing(&["I3"]);
    assert!(named.shows("I3") && !named.shows("I03"));
    let names: Vec<&str> = cases_of(SUITES, "I21").map(|case| case.name).collect();
    assert_eq!(names, ["d16-failing-cas-either"]);
}

#[test]
fn gaps_and_contradictions_are_told() {
    const fn suite(cases: &'static [Case]) -> Suite {
        Suite { name: "more", about: "", hidden: false, cases }
    }
    const CONTRADICTS: &[Case] = &[Case::function("a13-el3", "")];
    const UNKNOWN: &[Case] = &[Case::function("other", "").showing(&["D99"])];
    assert_eq!(Coverage::new(&[]).err(), Some(Mismatch::Gap("A01")));
    for (cases, mismatch) in
        [(CONTRADICTS, Mismatch::Contradiction("a13-el3")), (UNKNOWN, Mismatch::Unknown("other", "D99"))]
    {
        let all: Vec<&'static [Case]> = SUITES.iter().map(|suite| suite.cases).chain([cases]).collect();
        let all: Vec<Suite> = all.into_iter().map(suite).collect();
        assert_eq!(Coverage::new(&all).err(), Some(mismatch));
    }
    let shown = Coverage::new(SUITES).expect("every row has a case or a reason, and no row both").to_string();
    assert!(shown.contains("| B45 | EL1&0 | R_GXGPN, R_LHQRX | "), "{shown}");
    assert_eq!(Showing::Extension("SVE").to_string(), "not shown: needs SVE");
}

/// Holds a document against what the table says, or writes it with `AFDBM_WRITE=1`.
fn document(name: &str, wanted: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("AFDBM_WRITE").is_some() {
        std::fs::write(&path, wanted).expect(name);
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/{name} is not what the table says; AFDBM_WRITE=1 cargo test writes it");
}

#[test]
fn the_document_of_rows_says_what_the_table_says() {
    let coverage = Coverage::new(SUITES).expect("every row has a case or a reason, and no row both");
    document(
        "coverage.md",
        &format!(
            "# Rows and what shows them\n\nGenerated from `crates/cases/src/rows` and the cases; `AFDBM_WRITE=1 cargo \
             test -p cases` writes it.\n\n{coverage}"
        ),
    );
}

#[test]
fn the_document_of_accesses_says_what_the_table_says() {
    let head = "# Every access\n\nGenerated from the tables of `crates/oracle`, with the case that asks each and the rows of what it \
                does to the\nAccess flag and the dirty state. The product's have stubs of their own.\n\n";
    document("accesses.md", &std::format!("{head}{}", crate::accesses::Accesses));
}

#[test]
fn the_document_of_cases_says_what_the_table_says() {
    let text = format!(
        "# Suites and cases\n\nGenerated from `crates/cases/src/suites`; `AFDBM_WRITE=1 cargo test -p cases` writes \
         it. A row is one of [coverage.md](coverage.md).\n\n{Document}"
    );
    document("cases.md", &format!("{}\n", text.trim_end()));
}

#[test]
fn the_document_of_tlbi_says_what_the_table_says() {
    document(
        "tlbi.md",
        &format!(
            "# TLB invalidation\n\nGenerated from `crates/afdbm/src/tlbi/instruction.rs` and the cases; `AFDBM_WRITE=1 cargo test -p \
             cases` writes it. Each instruction has the qualifier nXS as well, where FEAT_XS is there: bit 12 of the \
             word.\n\n{TlbiDocument}"
        ),
    );
}

#[test]
fn every_tlbi_is_asked_what_it_covers() {
    for instruction in Instruction::ALL {
        let names: Vec<&str> = cases_of_instruction(instruction).map(|case| case.name).collect();
        let shown = |row: &str, elsewhere: bool| {
            let (beginning, end) = (format!("{row}-"), "-on-another-cpu");
            let is = |name: &&&str| name.starts_with(&beginning) && name.ends_with(end) == elsewhere;
            names.iter().find(is).is_some()
        };
        let shareable = instruction.domain() != Domain::Local;
        let range = instruction.form() == Form::Range;
        assert!(shown("k01", false) && shown("k08", false), "{instruction}: {names:?}");
        assert_eq!(shown("k02", false), shareable, "{instruction}: {names:?}");
        assert_eq!(shown("k08", true), shareable, "{instruction}: {names:?}");
        for row in ["k03", "k15"] {
            assert_eq!(shown(row, false), range, "{instruction}: {names:?}");
            assert_eq!(shown(row, true), range && shareable, "{instruction}: {names:?}");
        }
    }
}
