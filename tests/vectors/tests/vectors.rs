//! Every line of every file, with the number of times that each exception is needed: a looser oracle needs more.

use afdbm_vectors::{Exception, Line, Verdict, judge, judge_by};
use oracle::{Clause, Without};
use std::{fs, path::Path};

/// How often each exception is needed, in the order of [`Exception::ALL`].
type Counts = [usize; Exception::ALL.len()];

/// Each file with its number of lines and its counts.
const FILES: [(&str, usize, Counts); 3] = [
    ("product", 28_018, [13, 256, 84, 141, 87, 4, 305, 176, 1018, 83, 2123]),
    ("random", 24_044, [36, 491, 306, 287, 374, 34, 279, 244, 740, 349, 1979]),
    ("warm", 10_011, [11, 186, 19, 108, 55, 8, 125, 50, 316, 166, 804]),
];

/// Clauses that no line can show, in the order of the clauses: no line has a misaligned access of Non-cacheable memory, a
/// contiguous group larger than the addresses or a fetch from Device memory, the specification's PRFM does nothing, no
/// line has a DC GVA, and a line knows one member of a contiguous group alone.
const NOT_IN_LINES: [Clause; 11] = [
    Clause::MisalignedMayFaultByType,
    Clause::GroupMayExceedInput,
    Clause::GroupMayTakeAddress,
    Clause::FetchFromDeviceMayFault,
    Clause::PrefetchNeverFaults,
    Clause::PrefetchMaySetFlag,
    Clause::PrefetchLeavesClean,
    Clause::IgnoredTagsMayMarkDirty,
    Clause::GroupMayShareFlag,
    Clause::GroupMayRecordElsewhere,
    Clause::GroupRecordsOnce,
];

/// Reads the lines of a file.
fn read(name: &str) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/{name}.txt.xz"));
    let packed = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = Vec::new();
    lzma_rs::xz_decompress(&mut packed.as_slice(), &mut text)
        .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
    let text = String::from_utf8(text).expect("the files are plain text");
    let line = |(number, line): (usize, &str)| {
        Line::parse(line).unwrap_or_else(|error| panic!("{name}, line {}: {error}", number + 1))
    };
    text.lines().enumerate().map(line).collect()
}

/// Sums up verdicts: how many disagreements, and how often each exception was needed.
fn sum(verdicts: impl Iterator<Item = Verdict>) -> (usize, Counts) {
    let mut disagreements = 0;
    let mut counts = Counts::default();
    for verdict in verdicts {
        disagreements += verdict.disagreements.len();
        for exception in verdict.exceptions {
            counts[exception as usize] += 1;
        }
    }
    (disagreements, counts)
}

#[test]
fn the_oracle_agrees_with_the_specification_but_for_named_exceptions() {
    for (name, length, expected) in FILES {
        let lines = read(name);
        for line in &lines {
            let verdict = judge(line);
            assert!(verdict.disagreements.is_empty(), "{name}: {line:x?}: {:x?}", verdict.disagreements);
        }
        let (_, counts) = sum(lines.iter().map(judge));
        println!("{name}: {} lines", lines.len());
        for (exception, count) in Exception::ALL.iter().zip(counts) {
            println!("  {count:5} {exception}");
        }
        assert_eq!((lines.len(), counts), (length, expected), "{name}: lines, and exceptions by their order");
    }
}

#[test]
fn an_oracle_without_a_clause_is_told_from_the_right_one() {
    let lines: Vec<_> = FILES.iter().flat_map(|(name, ..)| read(name)).collect();
    let right = sum(lines.iter().map(judge));
    let shows = |clause: &Clause| sum(lines.iter().map(|line| judge_by(Without(*clause), line))) != right;
    let hidden: Vec<_> = Clause::ALL.iter().copied().filter(|clause| !shows(clause)).collect();
    assert_eq!(hidden, NOT_IN_LINES);
}

#[test]
fn what_is_no_line_is_refused_by_its_field() {
    let right = "1 1 0 1000 b5903510 34c0d845 3001ef 1 701 : c/-/n";
    assert!(Line::parse(right).is_ok());
    for (wrong, told) in [
        ("1 1 0 1000", "no outcomes"),
        ("32 1 0 1000 b5903510 34c0d845 3001ef 1 701 : c/-/n", "\"32\" is no kind"),
        ("1 2 0 1000 b5903510 34c0d845 3001ef 1 701 : c/-/n", "\"2\" is no Exception level"),
        ("1 1 c 1000 b5903510 34c0d845 3001ef 1 701 : c/-/n", "\"c\" is no control"),
        ("1 1 0 : c/-/n", "no address"),
        ("1 1 0 x b5903510 34c0d845 3001ef 1 701 : c/-/n", "\"x\": invalid digit found in string"),
        ("1 1 0 1000 b5903510 34c0d845 3001ef 1 701 : q/-/n", "\"q/-/n\" is no ending"),
        ("1 1 0 1000 b5903510 34c0d845 3001ef 1 701 : c/!/n", "\"c/!/n\" is no change"),
        ("1 1 0 1000 b5903510 34c0d845 3001ef 1 701 : c/-", "no bytes"),
    ] {
        assert_eq!(Line::parse(wrong).map_err(|error| error.to_string()), Err(told.to_owned()));
    }
}
