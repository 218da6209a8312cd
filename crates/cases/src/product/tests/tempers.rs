//! A right machine is never failed, whatever liberties it takes; one that goes a step too far is.

use super::{
    emulator::Emulator,
    liberty::{Liberty, Temper},
    std::{format, println, string::String, vec::Vec},
};
use crate::Body;
use crate::product::{Combination, Judge, Sample, Tally};
use oracle::{Features, HardwareManagement, explains};

/// A machine that manages the Access flag alone (HAFDBS=1).
const FLAG_ONLY: Features =
    Features { hardware_management: HardwareManagement::AccessFlag, ..super::FEATURES };
/// A machine with FEAT_LSE2.
const MISALIGNED: Features = Features { misaligned_atomics: true, ..super::FEATURES };
/// A machine whose caches have no Point of Coherency to reach.
const NO_CACHE: Features = Features { cache_before_coherency: false, ..super::FEATURES };

/// The lazy temper, each liberty alone, each pair, and all of them together.
fn tempers() -> Vec<(String, Temper)> {
    let mut tempers = Vec::from([("none".into(), Temper::LAZY), ("all".into(), Temper::EAGER)]);
    for (place, one) in Liberty::ALL.iter().enumerate() {
        tempers.push((format!("{one:?}"), Temper::taking(&[*one])));
        for other in &Liberty::ALL[place + 1..] {
            tempers.push((format!("{one:?} and {other:?}"), Temper::taking(&[*one, *other])));
        }
    }
    tempers
}

/// The combinations of every row that single accesses show.
fn rows() -> impl Iterator<Item = Combination> {
    let cases = crate::SUITES.iter().flat_map(|suite| suite.cases);
    cases
        .flat_map(|case| match case.body {
            Body::Combinations(combinations) => combinations,
            _ => &[],
        })
        .copied()
}

/// Judges combinations on a machine that should pass; returns how many were run.
fn pass(name: &str, machine: Emulator, combinations: impl Iterator<Item = Combination>) -> u64 {
    let mut machine = machine;
    let mut judge = Judge::new(&mut machine);
    let mut tally = Tally::default();
    for combination in combinations {
        let status = judge.judge(&combination, &mut tally);
        assert_eq!(status.signature(), None, "{name}: {combination}: {:?}", judge.examine(&combination));
    }
    tally.run
}

fn sample(seed: u64, size: u64) -> impl Iterator<Item = Combination> {
    let sample = Sample { seed, size };
    (0..size).filter_map(move |ordinal| sample.combination(ordinal))
}

#[test]
fn no_temper_is_failed_in_the_rows() {
    let mut asked = 0;
    let tempers = tempers();
    for (name, temper) in &tempers {
        asked += pass(name, Emulator::new(*temper, None), rows());
    }
    println!("{} tempers, {asked} accesses", tempers.len());
    assert!(asked > 150 * tempers.len() as u64, "{asked} accesses");
}

#[test]
fn no_temper_is_failed_in_the_product() {
    let mut run = 0;
    let tempers = tempers();
    for (seed, (name, temper)) in (0..).zip(&tempers) {
        for (features, size) in
            [(super::FEATURES, 3000), (FLAG_ONLY, 800), (MISALIGNED, 800), (NO_CACHE, 400)]
        {
            run += pass(name, Emulator { features, ..Emulator::new(*temper, None) }, sample(seed, size));
        }
    }
    for one in Liberty::ALL {
        run += pass(&format!("{one:?}"), Emulator::new(Temper::taking(&[*one]), None), sample(7, 30_000));
    }
    println!("{} tempers, {run} combinations", tempers.len());
    assert!(run > 500_000, "{run} combinations");
}

/// Returns how many of a sample fail on a machine that takes a liberty too far, and whether one of the clauses that it
/// breaks is named.
fn convict(liberty: Liberty) -> (u64, bool) {
    let mut machine = Emulator::new(Temper::overdoing(liberty), None);
    let mut judge = Judge::new(&mut machine);
    let (mut tally, mut named) = (Tally::default(), liberty.clauses().is_empty());
    for combination in sample(11, 60_000) {
        let failed = judge.judge(&combination, &mut tally).signature().is_some();
        if failed && !named {
            let seen = judge.examine(&combination).expect("it was run");
            named = liberty.clauses().iter().any(|clause| explains(*clause, &seen.query, &seen.outcome));
        }
    }
    (tally.failed, named)
}

#[test]
fn each_liberty_is_convicted_a_step_too_far() {
    let mut wrong = Vec::new();
    for &liberty in Liberty::ALL {
        let (failed, named) = convict(liberty);
        println!("{liberty:?}: {failed} failed{}", if named { "" } else { ", not named" });
        if failed == 0 || !named {
            wrong.push(liberty);
        }
    }
    assert!(wrong.is_empty(), "not convicted, or not named: {wrong:?}");
}

#[test]
fn every_liberty_shows() {
    // A temper that changes nothing would pass whatever the oracle said.
    for &liberty in Liberty::ALL {
        let mut lazy = Emulator::new(Temper::LAZY, None);
        let mut free = Emulator::new(Temper::taking(&[liberty]), None);
        let (mut before, mut after) = (Judge::new(&mut lazy), Judge::new(&mut free));
        let shows = rows().chain(sample(5, 20_000)).any(|combination| {
            match (before.examine(&combination), after.examine(&combination)) {
                (Ok(before), Ok(after)) => before.outcome != after.outcome,
                _ => false,
            }
        });
        assert_eq!(shows, !liberty.leaves_no_trace(), "{liberty:?}");
    }
}
