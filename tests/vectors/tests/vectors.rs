//! Every line of every file, with the number of times that each exception is needed: a looser oracle needs more.

use afdbm_vectors::{
    Exception, Line, LineVerdict, MemoryLine, Space, judge, judge_by, judge_memory, judge_memory_by,
};
use oracle::{Clause, Without};
use std::{fmt::Debug, fs, path::Path};

/// How often an exception is needed.
type Counts = &'static [(Exception, usize)];

/// Each file of leaves with its number of lines and the exceptions that it needs.
const FILES: [(&str, usize, Counts); 3] = [
    (
        "product",
        28_018,
        &[
            (Exception::DirtyAfterAlignmentFault, 13),
            (Exception::SpeculationBesideTranslationFault, 256),
            (Exception::SpeculationBesideAlignmentFault, 84),
            (Exception::SpeculationBesideMaintenance, 141),
            (Exception::MaintenanceLeavesFlag, 87),
            (Exception::FailedCompareStaysClean, 4),
            (Exception::InvalidateIsNothing, 305),
            (Exception::FailingExclusivePassesBy, 176),
            (Exception::AtomicAlignmentSyndrome, 1018),
            (Exception::MisalignedIsPerformed, 83),
            (Exception::PageBesideFault, 2123),
        ],
    ),
    (
        "random",
        24_044,
        &[
            (Exception::DirtyAfterAlignmentFault, 36),
            (Exception::SpeculationBesideTranslationFault, 491),
            (Exception::SpeculationBesideAlignmentFault, 306),
            (Exception::SpeculationBesideMaintenance, 287),
            (Exception::MaintenanceLeavesFlag, 374),
            (Exception::FailedCompareStaysClean, 34),
            (Exception::InvalidateIsNothing, 279),
            (Exception::FailingExclusivePassesBy, 244),
            (Exception::AtomicAlignmentSyndrome, 740),
            (Exception::MisalignedIsPerformed, 349),
            (Exception::PageBesideFault, 1979),
        ],
    ),
    (
        "warm",
        10_011,
        &[
            (Exception::DirtyAfterAlignmentFault, 11),
            (Exception::SpeculationBesideTranslationFault, 186),
            (Exception::SpeculationBesideAlignmentFault, 19),
            (Exception::SpeculationBesideMaintenance, 108),
            (Exception::MaintenanceLeavesFlag, 55),
            (Exception::FailedCompareStaysClean, 8),
            (Exception::InvalidateIsNothing, 125),
            (Exception::FailingExclusivePassesBy, 50),
            (Exception::AtomicAlignmentSyndrome, 316),
            (Exception::MisalignedIsPerformed, 166),
            (Exception::PageBesideFault, 804),
        ],
    ),
];

/// Each file that lists memory, likewise.
const MEMORY_FILES: [(&str, Space, usize, Counts); 7] = [
    (
        "s2",
        Space::BothStages,
        10_000,
        &[
            (Exception::FailedCompareStaysClean, 53),
            (Exception::TableDirtyWithoutUpdate, 378),
            (Exception::SpeculationAtStage2, 1805),
            (Exception::UpdateBesideStage2Fault, 688),
            (Exception::UnreadableMarksDirty, 26),
            (Exception::EitherStage2Fault, 101),
            (Exception::InstructionSyndrome, 806),
            (Exception::AtomicUpdateSyndrome, 111),
        ],
    ),
    (
        "granule",
        Space::Granule,
        5_000,
        &[(Exception::MaintenanceLeavesFlag, 311), (Exception::FailedCompareStaysClean, 39)],
    ),
    (
        "el2",
        Space::El2,
        2_500,
        &[(Exception::DirtyAfterAlignmentFault, 24), (Exception::FailedCompareStaysClean, 36)],
    ),
    (
        "el20",
        Space::El20,
        2_500,
        &[(Exception::DirtyAfterAlignmentFault, 36), (Exception::FailedCompareStaysClean, 15)],
    ),
    (
        "haft",
        Space::TableFlag,
        5_000,
        &[
            (Exception::MaintenanceLeavesFlag, 322),
            (Exception::FailedCompareStaysClean, 32),
            (Exception::TablesBesideFault, 81),
        ],
    ),
    (
        "pie",
        Space::Indirect,
        5_000,
        &[(Exception::MaintenanceLeavesFlag, 174), (Exception::FailedCompareStaysClean, 24)],
    ),
    (
        "haftpie",
        Space::Indirect,
        2_500,
        &[
            (Exception::MaintenanceLeavesFlag, 75),
            (Exception::FailedCompareStaysClean, 16),
            (Exception::TablesBesideFault, 41),
        ],
    ),
];

/// Clauses that no line can show, in the order of the clauses: every line with HAFT=1 has FEAT_HAFT and valid tables, and
/// none has HAFT=1 with PRFM or cache maintenance, WXN=1 with indirect permissions, or indirect permissions, Device memory, PRFM or AT
/// at stage 2;
/// no line has a misaligned access of Non-cacheable memory, a contiguous group larger than the addresses, SVE, or a DC GVA;
/// the specification's PRFM does nothing, and a line knows one member of a contiguous group alone. The oracle's own tests show
/// them.
const NOT_IN_LINES: [Clause; 30] = [
    Clause::TableFlagNeedsFeature,
    Clause::MisalignedMayFaultByType,
    Clause::GroupMayExceedInput,
    Clause::GroupMayTakeAddress,
    Clause::IndirectIgnoresWriteExecuteNever,
    Clause::PrefetchNeverFaults,
    Clause::NonFaultingNeverFaults,
    Clause::InactiveNeverFaults,
    Clause::PrefetchMaySetFlag,
    Clause::NonFaultingMaySetFlag,
    Clause::InactiveMaySetFlag,
    Clause::TableFlagMayBeSpeculative,
    Clause::FaultyTableIsNotMarked,
    Clause::PrefetchLeavesClean,
    Clause::InactiveLeavesClean,
    Clause::IgnoredTagsMayMarkDirty,
    Clause::Stage2IndirectGrants,
    Clause::Stage2IndirectHasNoModifier,
    Clause::Stage2IndirectNeedsDirty,
    Clause::Stage2IndirectReadOnly,
    Clause::Stage2ReportsDirtyBit,
    Clause::MostlyReadOnlyIsUpdated,
    Clause::SpeculationIsNotReported,
    Clause::TranslationMayReportUpdate,
    Clause::Stage2TranslationLeavesClean,
    Clause::TranslationReportsStage,
    Clause::ProtectedWalk,
    Clause::GroupMayShareFlag,
    Clause::GroupMayRecordElsewhere,
    Clause::GroupRecordsOnce,
];

/// Reads the lines of a file.
fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/{name}.txt.xz"));
    let packed = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = Vec::new();
    lzma_rs::xz_decompress(&mut packed.as_slice(), &mut text)
        .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
    String::from_utf8(text).expect("the files are plain text")
}

fn read(name: &str) -> Vec<Line> {
    let line = |(number, line): (usize, &str)| {
        Line::parse(line).unwrap_or_else(|error| panic!("{name}, line {}: {error}", number + 1))
    };
    text(name).lines().enumerate().map(line).collect()
}

fn read_memory(name: &str, space: Space) -> Vec<MemoryLine> {
    let line = |(number, line): (usize, &str)| {
        MemoryLine::parse(space, line).unwrap_or_else(|error| panic!("{name}, line {}: {error}", number + 1))
    };
    text(name).lines().enumerate().map(line).collect()
}

/// Sums up verdicts: how many disagreements, and how often each exception was needed.
fn sum<O>(verdicts: impl Iterator<Item = LineVerdict<O>>) -> (usize, Vec<(Exception, usize)>) {
    let mut disagreements = 0;
    let mut counts = Exception::ALL.map(|exception| (exception, 0));
    for verdict in verdicts {
        disagreements += verdict.disagreements.len();
        for exception in verdict.exceptions {
            counts[exception as usize].1 += 1;
        }
    }
    (disagreements, counts.into_iter().filter(|(_, count)| *count != 0).collect())
}

/// Holds the lines of a file against what is said of it.
fn hold<L: Debug, O: Debug>(
    name: &str,
    lines: &[L],
    judge: impl Fn(&L) -> LineVerdict<O>,
    expected: (usize, Counts),
) {
    for line in lines {
        let verdict = judge(line);
        assert!(verdict.disagreements.is_empty(), "{name}: {line:x?}: {:x?}", verdict.disagreements);
    }
    let (_, counts) = sum(lines.iter().map(judge));
    println!("{name}: {} lines", lines.len());
    for (exception, count) in &counts {
        println!("  {count:5} {exception}");
    }
    assert_eq!((lines.len(), counts.as_slice()), expected, "{name}: lines, and exceptions");
}

#[test]
fn the_oracle_agrees_with_the_specification_but_for_named_exceptions() {
    for (name, length, expected) in FILES {
        hold(name, &read(name), judge, (length, expected));
    }
    for (name, space, length, expected) in MEMORY_FILES {
        hold(name, &read_memory(name, space), judge_memory, (length, expected));
    }
}

#[test]
fn an_oracle_without_a_clause_is_told_from_the_right_one() {
    let lines: Vec<_> = FILES.iter().flat_map(|(name, ..)| read(name)).collect();
    let memory: Vec<_> =
        MEMORY_FILES.iter().flat_map(|(name, space, ..)| read_memory(name, *space)).collect();
    let right: Vec<_> = lines.iter().map(judge).collect();
    let right_of_memory: Vec<_> = memory.iter().map(judge_memory).collect();
    let shows = |clause: &Clause| {
        let without = Without(*clause);
        memory.iter().zip(&right_of_memory).any(|(line, right)| judge_memory_by(without, line) != *right)
            || lines.iter().zip(&right).any(|(line, right)| judge_by(without, line) != *right)
    };
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
