//! Conditions, histograms and verdicts.

use super::parsed;
use crate::verdict::{Histogram, Model, read_states};
use crate::{Fault, FaultKind, FinalState, Test, Value};

const FILE: &str = "AArch64 A\n{}\nP0 ;\nL: LDR W0,[X1] ;\n";

fn test(condition: &str) -> Test {
    parsed(&format!("{FILE}{condition}"))
}

fn state(test: &Test, number: u64, kind: Option<FaultKind>) -> FinalState {
    let fault = kind.map(|kind| Fault { thread: 0, label: Some(0), variable: Some(0), kind });
    FinalState::new(test, vec![Value::Number(number)], fault.into_iter().collect())
}

#[test]
fn a_fault_counts_where_all_that_is_named_agrees() {
    for (atom, expected) in [
        ("fault(P0)", true),
        ("fault(P0:L)", true),
        ("fault(P0,x)", true),
        ("fault(P0,y)", false),
        ("fault(P0:L,x,MMU:Permission)", true),
        ("fault(P0:L,x,MMU:AccessFlag)", false),
        ("fault(P0,UndefinedInstruction)", false),
    ] {
        let test = test(&format!("exists 0:X0=0 /\\ {atom} \\/ x=1"));
        let taken = test.variable("x").map(|x| Fault {
            thread: 0,
            label: Some(0),
            variable: Some(x),
            kind: FaultKind::Permission,
        });
        let values = vec![Value::Number(0), Value::Number(0)];
        let state = FinalState::new(&test, values, taken.into_iter().collect());
        assert_eq!(test.condition.holds(&state), expected, "{atom}");
        // What the test does not name is not part of the state.
        assert_eq!(state.faults.len(), usize::from(expected), "{atom}");
    }
}

#[test]
fn a_histogram_judges_each_state() {
    let test = test("exists (0:X0=1 /\\ ~fault(P0:L,x))");
    let allowed =
        "0:X0=1;  ~Fault(P0:L,x);\n\n0:X0=0; Fault(P0:L,x,D-MMU:Translation);\n0:X0=2;  ~Fault(P0:L,x);";
    let model = read_states(&test, allowed).unwrap();
    let mut histogram = Histogram::new(&test, &model);
    histogram.add(&state(&test, 1, None), 3);
    histogram.add(&state(&test, 0, Some(FaultKind::Translation)), 2);
    histogram.add(&state(&test, 1, None), 4);
    assert_eq!((histogram.forbidden().count(), histogram.coverage()), (0, Some((2, 3))));
    assert!(histogram.validates());
    histogram.add(&state(&test, 0, Some(FaultKind::Permission)), 1);
    assert_eq!(histogram.forbidden().map(|seen| seen.count).sum::<u64>(), 1);
    let mut lines = Vec::new();
    histogram.tell(&mut |line| lines.push(line.to_string()));
    assert_eq!(
        lines,
        [
            "Test A Allowed",
            "States 3",
            "2       :>0:X0=0; Fault(P0:L,x,MMU:Translation);",
            "1       :>0:X0=0; Fault(P0:L,x,MMU:Permission);",
            "7       *>0:X0=1; ~Fault(P0:L,x);",
            "Ok",
            "Witnesses",
            "Positive: 7 Negative: 3",
            "Condition exists (0:X0=1 /\\ not (fault(P0:L,x)))",
            "Observation A Sometimes 7 3",
        ]
    );
}

#[test]
fn quantifier_and_kind_claim_what_they_say() {
    let cases = [("exists", true, false), ("~exists", false, true), ("forall", false, false)];
    for (quantifier, with_witness, without) in cases {
        let test = test(&format!("{quantifier} 0:X0=1"));
        for (number, expected) in [(1, with_witness), (0, without)] {
            let mut histogram = Histogram::new(&test, &Model::Unknown);
            histogram.add(&state(&test, number, None), 1);
            // Both kinds of outcome, so that `forall` is wrong in any case.
            histogram.add(&state(&test, if quantifier == "forall" { 1 - number } else { number }, None), 1);
            assert_eq!(histogram.validates(), expected, "{quantifier} {number}");
        }
    }
    let test = test("exists 0:X0=1");
    let allows =
        |word: &str, number| Model::of_kind(word).unwrap().allows(&test, &state(&test, number, None));
    assert_eq!((allows("Forbidden", 1), allows("Forbidden", 0)), (false, true));
    assert_eq!((allows("Required", 1), allows("Required", 0)), (true, false));
    assert_eq!((allows("Allowed", 1), allows("Allowed", 0)), (true, true));
    assert_eq!(Model::of_kind("Maybe"), None);
}

#[test]
fn a_filter_keeps_outcomes_out() {
    let test = parsed(&format!("{FILE}filter 0:X0=1\nexists 0:X0=1"));
    let mut histogram = Histogram::new(&test, &Model::Unknown);
    histogram.add(&state(&test, 0, None), 5);
    histogram.add(&state(&test, 1, None), 2);
    assert_eq!(histogram.observation().to_string(), "Always 2 0");
}

#[test]
fn states_of_another_test_are_refused_with_their_line() {
    let test = test("exists 0:X0=1");
    let (line, error) = read_states(&test, "0:X0=1;\n0:X5=1;").unwrap_err();
    assert_eq!((line, error.contains("0:X5")), (2, true));
}
