use super::{
    defect::Defect,
    emulator::{Emulator, Temper},
    plain, small,
    std::{format, println, string::String, vec, vec::Vec},
};
use crate::{
    oracle::{Features, HardwareManagement, PrivilegedAccessNever},
    product::{Finding, Findings, Judge, Sample, Slice, Status, Tally},
};

fn run(machine: &mut Emulator, slice: &Slice, findings: &mut Findings) -> Tally {
    let mut tally = Tally::default();
    let mut judge = Judge::new(machine);
    let mut statuses = vec![Status::NOT_RUN; usize::try_from(slice.len()).expect("a small slice")];
    judge.judge_all(slice.from(0), &mut statuses, &mut tally);
    findings.gather(slice, &mut statuses, &mut judge);
    tally
}

#[test]
fn an_honest_machine_of_either_temper_passes() {
    for temper in [Temper::Lazy, Temper::Eager] {
        let mut findings = Findings::default();
        let mut machine = Emulator::new(temper, None);
        for slice in [small(), plain()] {
            let tally = run(&mut machine, &slice, &mut findings);
            assert!(tally.run > 500_000, "{tally:?}");
            for finding in findings.iter() {
                println!("{temper:?}: {finding}");
            }
            assert_eq!((tally.failed, findings.is_empty()), (0, true));
        }
    }
}

#[test]
fn machines_without_features_pass() {
    let old = Features {
        hardware_management: HardwareManagement::Absent,
        privileged_access_never: PrivilegedAccessNever::Absent,
        atomics: false,
        user_access_override: false,
        unprivileged_refusal: false,
        cache_before_coherency: false,
        ..super::FEATURES
    };
    let flag_only = Features { hardware_management: HardwareManagement::AccessFlag, ..super::FEATURES };
    let misaligned = Features { misaligned_atomics: true, ..super::FEATURES };
    for features in [old, flag_only, misaligned] {
        let mut machine = Emulator { features, ..Emulator::new(Temper::Lazy, None) };
        let mut judge = Judge::new(&mut machine);
        let mut tally = Tally::default();
        let sample = Sample { seed: 7, size: 300_000 };
        for combination in (0..sample.size).filter_map(|ordinal| sample.combination(ordinal)) {
            if let Err(failure) = judge.judge(&combination, &mut tally) {
                panic!("{combination}: {failure:?}");
            }
        }
        assert!(tally.run > 50_000 && tally.dropped() > 0, "{tally:?}");
    }
}

#[test]
fn every_defect_is_convicted_and_named() {
    assert!(Defect::ALL.len() >= 40);
    let mut wrong: Vec<(Defect, String)> = Vec::new();
    for &defect in Defect::ALL {
        // Some defects show only where the machine uses its freedom.
        let temper = match defect {
            Defect::DirtyWithoutFlag | Defect::StageTwoReported => Temper::Eager,
            _ => Temper::Lazy,
        };
        let mut machine = Emulator::new(temper, Some(defect));
        let mut shown = String::new();
        let mut named = false;
        for slice in [plain(), small()] {
            let mut findings = Findings::default();
            let tally = run(&mut machine, &slice, &mut findings);
            let right = |one: &&Finding| one.clauses.iter().any(|clause| defect.clauses().contains(clause));
            if let Some(finding) = findings.iter().find(right) {
                let count = findings.iter().count();
                println!("{defect:?}: {} failed, {count} findings, such as\n  {finding}", tally.failed);
                named = true;
                break;
            }
            shown += &format!("{} failed:", tally.failed);
            shown.extend(findings.iter().map(|one| format!("\n    {one}")));
        }
        if !named {
            wrong.push((defect, shown));
        }
    }
    for (defect, shown) in &wrong {
        println!("{defect:?} is not named: {shown}");
    }
    assert!(wrong.is_empty(), "{} defects are not named", wrong.len());
}
