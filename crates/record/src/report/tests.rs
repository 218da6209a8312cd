use super::{Atomics, Counts, Entry, Environment, Line, Mark, Reporter, TestOutcome, Timing, Verdict};
use cases::product::{Class, Expected, Region, Signature};
use cases::product::{Kind, ParseKindError};
use core::time::Duration;
use oracle::{Aspect, Before, Clause};
extern crate std;
use std::{format, string::String, string::ToString, vec::Vec};

const ENVIRONMENT: Environment<'_> = Environment {
    version: "0.1.0",
    cpu: "max",
    midr: 0x000f_0510,
    hafdbs: 2,
    entry_level: 1,
    cpus: 4,
    memory: 1024,
    granule: 4,
    seed: 0x5eed,
    atomics: Atomics::LlSc,
};

const TIMING: Timing = Timing { boot: Duration::from_millis(41), suites: Duration::from_millis(2913) };

fn log(run: impl FnOnce(&mut Reporter<String>)) -> String {
    let mut reporter = Reporter::new(String::new());
    run(&mut reporter);
    reporter.output().clone()
}

#[test]
fn outcomes_combine_worst_first_and_silence_is_an_error() {
    let of = |passed, failed, errors, skipped| Counts { passed, failed, errors, skipped }.outcome();
    assert_eq!(of(9, 1, 1, 9), TestOutcome::Fail);
    assert_eq!(of(9, 0, 1, 9), TestOutcome::Error);
    assert_eq!(of(1, 0, 0, 9), TestOutcome::Pass);
    assert_eq!(of(0, 0, 0, 9), TestOutcome::Skip);
    assert_eq!(of(0, 0, 0, 0), TestOutcome::Error);
}

#[test]
fn a_run_reads_as_the_format_says() {
    let text = log(|reporter| {
        reporter.start(&ENVIRONMENT);
        reporter.plan(2);
        reporter.begin_suite("access-flag", 2);
        reporter.case("load-sets-access-flag", TestOutcome::Pass, None);
        reporter.case("prefetch-may-set", TestOutcome::Skip, Some(format_args!("not\nobserved")));
        assert_eq!(reporter.end_suite(), TestOutcome::Pass);
        reporter.begin_suite("dirty-state", 1);
        reporter.diagnostic(format_args!("before 1\nafter 2\n"));
        reporter.case("d01", TestOutcome::Fail, Some(format_args!("RO is left")));
        assert_eq!(reporter.end_suite(), TestOutcome::Fail);
        let outcome = reporter.verdict(TIMING, format_args!("scripts/run --case d01"), None);
        assert_eq!(outcome, TestOutcome::Fail);
    });
    let expected = "\
TAP version 13
# afdbm 0.1.0 | cpu=max midr=0x000f0510 HAFDBS=2 | el=1 cpus=4 memory=1024MiB granule=4K | seed=0x5eed atomics=llsc
1..2
    KTAP version 1
    # Subtest: access-flag
    1..2
    ok 1 load-sets-access-flag
    ok 2 prefetch-may-set # SKIP not observed
ok 1 access-flag
    KTAP version 1
    # Subtest: dirty-state
    1..1
    # before 1
    # after 2
    # failed: RO is left
    not ok 1 d01
# failed: 1 of 1 cases
not ok 2 dirty-state
# verdict: fail | passed 1 failed 1 errors 0 skipped 1 | boot 0.041 s, suites 2.913 s
# rerun: scripts/run --case d01
";
    assert_eq!(text, expected);
}

#[test]
fn every_line_survives_a_round_trip() {
    let counts = Counts { passed: 211, failed: 2, errors: 1, skipped: 5 };
    let verdict = |lost| Verdict { outcome: TestOutcome::Fail, counts, timing: TIMING, lost };
    let lines = [
        Line::Version,
        Line::SuiteVersion,
        Line::Suite("races"),
        Line::Plan(12),
        Line::Environment(ENVIRONMENT),
        Line::Environment(Environment { atomics: Atomics::Lse, ..ENVIRONMENT }),
        Line::Result { number: 3, name: "d01", mark: Mark::Ok },
        Line::Result { number: 3, name: "d01", mark: Mark::NotOk },
        Line::Result { number: 3, name: "d01", mark: Mark::Skip("no FEAT_LSE") },
        Line::Failed("why"),
        Line::Error("why"),
        Line::Rerun("scripts/run"),
        Line::Kinds { kinds: 2, failures: 4 },
        Line::Kind { count: 3, kind: kind(Some(Clause::AtomicReportsRead)) },
        Line::Kind { count: 1, kind: kind(None) },
        Line::Verdict(verdict(None)),
        Line::Verdict(verdict(Some("CPU 1 lost in races/x, 12 cases not run"))),
        Line::Usage("no such case"),
        Line::Panic("at line 3"),
        Line::Diagnostic("anything | at all"),
        Line::Diagnostic(""),
        Line::Other("garbage"),
    ];
    for line in lines {
        for depth in 0..3 {
            let entry = Entry { depth, line };
            assert_eq!(Entry::parse(&entry.to_string()), entry);
        }
    }
}

fn kind(clause: Option<Clause>) -> Kind {
    let class = Class { expected: Expected::Permission, before: Before::Faults };
    let region = Region::parse("access=any-atomic,load-crossing EL=1 level=2,3 second-page=0,31").unwrap();
    Kind { signature: Signature { aspect: Aspect::Syndrome, class }, clause, region }
}

#[test]
fn every_kind_survives_a_round_trip() {
    for aspect in Aspect::ALL {
        for expected in [Expected::Completion, Expected::Alignment] {
            for before in [Before::Nothing, Before::Completes, Before::Faults] {
                let signature = Signature { aspect, class: Class { expected, before } };
                let kind = Kind { signature, ..kind(None) };
                assert_eq!(Kind::parse(&kind.to_string()), Ok(kind));
            }
        }
    }
    for clause in Clause::ALL {
        let kind = kind(Some(*clause));
        assert_eq!(Kind::parse(&kind.to_string()), Ok(kind), "no two clauses have one statement");
    }
}

#[test]
fn what_is_no_kind_is_named() {
    let text = kind(None).to_string();
    for (from, to, error) in [
        (" | no", " no", ParseKindError::Parts),
        (
            "wrong syndrome",
            "wrong",
            ParseKindError::Signature(
                "wrong where Permission fault after another access that faults is expected",
            ),
        ),
        ("no single rule", "no rule", ParseKindError::Clause("no rule")),
        ("EL=1", "EL=4", ParseKindError::Condition("EL=4")),
    ] {
        let bad = text.replace(from, to);
        assert_eq!(Kind::parse(&bad), Err(error));
        let line = format!("kind: 3 times | {bad}");
        assert_eq!(Entry::parse(&format!("# {line}")).line, Line::Diagnostic(line.as_str()));
    }
    let line = format!("kind: x times | {text}");
    assert_eq!(Entry::parse(&format!("# {line}")).line, Line::Diagnostic(line.as_str()));
}

#[test]
fn what_is_almost_a_line_is_not_taken_for_one() {
    let good = "verdict: pass | passed 1 failed 0 errors 0 skipped 0 | boot 0.041 s, suites 2.913 s";
    assert!(matches!(Entry::parse(&format!("# {good}")).line, Line::Verdict(_)));
    for (from, to) in [
        ("pass |", "Pass |"),
        ("errors 0 ", ""),
        ("0.041", "0.41"),
        ("skipped 0", "skipped -1"),
        (" s,", ","),
    ] {
        let bad = good.replace(from, to);
        assert_eq!(Entry::parse(&format!("# {bad}")).line, Line::Diagnostic(bad.as_str()));
    }
    for other in ["ok", "ok 1", "ok x d01", "not ok 1 d01 # SKIP why", "1..", "1..x", "tap version 13"] {
        assert_eq!(Entry::parse(other).line, Line::Other(other));
    }
    assert_eq!(Entry::parse("   ok 1 d01"), Entry { depth: 0, line: Line::Other("   ok 1 d01") });
}

#[test]
fn text_cannot_break_out_of_its_line() {
    let text = log(|reporter| {
        reporter.plan(1);
        reporter.begin_suite("s", 2);
        reporter.diagnostic(format_args!("one\nok 1 forged\n\nlast\x1b[2J\r"));
        reporter.case("a", TestOutcome::Error, Some(format_args!("first\nnot ok 2 forged")));
        reporter.case("b", TestOutcome::Skip, Some(format_args!("first\nok 3 forged")));
        reporter.end_suite();
    });
    let lines: Vec<&str> = text.lines().collect();
    let expected = [
        "    # one",
        "    # ok 1 forged",
        "    #",
        "    # last\\u{1b}[2J\\r",
        "    # error: first",
        "    # not ok 2 forged",
        "    not ok 1 a",
        "    ok 2 b # SKIP first ok 3 forged",
    ];
    assert_eq!(lines[4..12], expected);
}

#[test]
fn what_was_announced_and_not_run_is_an_error() {
    let mut reporter = Reporter::new(String::new());
    reporter.plan(2);
    reporter.begin_suite("s", 2);
    reporter.case("a", TestOutcome::Pass, None);
    assert_eq!(reporter.counts(), Counts { passed: 1, ..Counts::default() });
    let outcome = reporter.verdict(TIMING, format_args!("again"), None);
    assert_eq!(outcome, TestOutcome::Error);
    assert!(reporter.output().contains("\n    # error: 2 cases announced, 1 reported\n"));
    assert!(reporter.output().contains("\nnot ok 1 s\n# error: 2 suites announced, 1 reported\n"));
    assert!(reporter.output().contains("verdict: error | passed 1 failed 0 errors 2 skipped 0 |"));
}

#[test]
fn a_lost_cpu_is_never_a_pass_and_a_failure_outweighs_it() {
    for (case, run) in [(TestOutcome::Pass, TestOutcome::Error), (TestOutcome::Fail, TestOutcome::Fail)] {
        let mut reporter = Reporter::new(String::new());
        reporter.plan(1);
        reporter.begin_suite("s", 1);
        reporter.case("a", case, None);
        reporter.end_suite();
        assert_eq!(reporter.verdict(TIMING, format_args!("again"), Some(format_args!("CPU 1 lost"))), run);
        assert!(reporter.output().contains(" | CPU 1 lost\n"));
    }
}

#[test]
fn only_skips_are_no_pass() {
    let mut reporter = Reporter::new(String::new());
    reporter.plan(1);
    reporter.begin_suite("s", 1);
    reporter.case("a", TestOutcome::Skip, Some(format_args!("no")));
    assert_eq!(reporter.end_suite(), TestOutcome::Skip);
    assert!(reporter.output().ends_with("\nok 1 s # SKIP none of its cases could be tested\n"));
    assert_eq!(reporter.verdict(TIMING, format_args!("again"), None), TestOutcome::Skip);
}

#[test]
fn a_take_over_in_the_middle_of_a_line_begins_a_new_one() {
    // A writer that unwinds in the middle of its line stands for a CPU that is stopped there.
    #[derive(Default)]
    struct Stops {
        written: String,
        stopped: bool,
    }
    impl core::fmt::Write for Stops {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            self.written.push_str(text);
            if !self.stopped && self.written.ends_with("half") {
                self.stopped = true;
                panic!("stopped");
            }
            Ok(())
        }
    }
    let mut reporter = Reporter::new(Stops::default());
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        reporter.diagnostic(format_args!("half and the rest"));
    }));
    assert!(stopped.is_err());
    reporter.diagnostic(format_args!("next"));
    assert_eq!(reporter.output().written, "# half\n# next\n");
}

#[test]
#[should_panic(expected = "case name")]
fn a_name_that_parsers_misread_is_refused() {
    log(|reporter| {
        reporter.begin_suite("s", 1);
        reporter.case("Not - a # name", TestOutcome::Pass, None);
    });
}
