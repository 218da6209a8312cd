//! Cases that run alone, or for long, and a reader of their log.

use crate::booted::boot;
use std::{path::Path, process::Command};

#[test]
fn a_suite_and_a_case_run_alone() {
    let booted = boot(&["--suite", "dirty-state", "--case", "d0?-*", "--seed", "9"]);
    booted.passes();
    let cases = booted.cases(|_| true);
    assert!(cases.contains(&"d01-store-marks-dirty") && cases.iter().all(|name| name.starts_with("d0")));
    let one = boot(&["--case", "d01-store-marks-dirty"]);
    assert_eq!(one.passes().passed(), ["d01-store-marks-dirty"]);
}

#[test]
fn a_million_rounds_lose_nothing_of_ours() {
    let booted = boot(&["--case", "i03-read-fault-against-store", "--rounds", "1000000", "--timeout", "900"]);
    booted.passes();
    let counts = booted.0.lines.iter().find(|line| line.contains(" rounds, ") && line.contains(" a second"));
    let counts = counts.unwrap().trim_start_matches([' ', '#']);
    let rounds = counts.split(' ').next().unwrap();
    assert!(rounds.parse::<u32>().unwrap() >= 1_000_000, "{counts}");
}

#[test]
fn the_seeds_sequence_convicts_v1_and_not_v4() {
    let booted = boot(&["--case", "*seed*"]);
    assert_eq!(booted.passes().passed().len(), booted.cases(|_| true).len());
    assert!(booted.0.says("# v1 (66dbd6e61a52") && booted.0.says("is convicted: "));
    assert!(!booted.0.lines.iter().any(|line| line.contains("# v4") && line.contains("convicted")));
}

#[test]
fn prove_reads_the_log() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prove.tap");
    // One CPU, and suites in which no deviation is known then: prove knows of none.
    let suites = "software,seed,access-flag,dirty-state,set-access-flags";
    let booted = boot(&["--smp", "1", "--suite", suites, "--log", path.to_str().unwrap()]);
    booted.passes();
    let output = Command::new("prove").args(["-e", "cat"]).arg(&path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("Result: PASS"), "{text}");
}
