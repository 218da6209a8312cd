use super::{
    defect::Defect,
    emulator::Emulator,
    liberty::{Liberty, Temper},
    plain, small,
    std::{self, format, println, string::String, vec, vec::Vec},
};
use crate::product::{Finding, Findings, Judge, Sample, Slice, Source, Status, Tally};
use oracle::{Features, HardwareManagement, PrivilegedAccessNever};

fn run(machine: &mut Emulator, slice: &Slice, findings: &mut Findings) -> Tally {
    let mut tally = Tally::default();
    let mut judge = Judge::new(machine);
    let mut statuses = vec![Status::NOT_RUN; usize::try_from(slice.len()).expect("a small slice")];
    judge.judge_all(Source::Slice(slice.from(0)), &mut statuses, &mut tally, None);
    findings.gather((slice, slice), &statuses, &mut super::rows(), &mut judge);
    tally
}

#[test]
fn an_honest_machine_of_either_temper_passes() {
    for temper in [Temper::LAZY, Temper::EAGER] {
        let mut findings = Findings::default();
        let mut machine = Emulator::new(temper, None);
        for slice in [small(), plain()] {
            let tally = run(&mut machine, &slice, &mut findings);
            assert!(tally.run > 250_000, "{tally:?}");
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
        let mut machine = Emulator { features, ..Emulator::new(Temper::LAZY, None) };
        let mut judge = Judge::new(&mut machine);
        let mut tally = Tally::default();
        let sample = Sample { seed: 7, size: 300_000 };
        for combination in (0..sample.size).filter_map(|ordinal| sample.combination(ordinal)) {
            let status = judge.judge(&combination, &mut tally);
            assert_eq!(status.signature(), None, "{combination}: {:?}", judge.examine(&combination));
        }
        assert!(tally.run > 50_000 && tally.dropped() > 0, "{tally:?}");
    }
}

/// Returns the finding that names the defect rightly, or else all that was found.
fn convict(defect: Defect) -> Result<String, String> {
    // Some defects show only where the machine uses its freedom.
    let temper = match defect {
        Defect::DirtyWithoutFlag => {
            Temper::taking(&[Liberty::FailingExclusiveTranslates, Liberty::DirtyByFailingExclusive])
        }
        _ => Temper::LAZY,
    };
    let mut machine = Emulator::new(temper, Some(defect));
    let mut shown = String::new();
    for slice in [plain(), small()] {
        let mut findings = Findings::default();
        let tally = run(&mut machine, &slice, &mut findings);
        let right = |one: &&Finding| one.clauses.iter().any(|clause| defect.clauses().contains(clause));
        if let Some(finding) = findings.iter().find(right) {
            return Ok(format!(
                "{} failed, {} findings, such as\n  {finding}",
                tally.failed,
                findings.iter().count()
            ));
        }
        shown += &format!("{} failed:", tally.failed);
        shown.extend(findings.iter().map(|one| format!("\n    {one}")));
    }
    Err(shown)
}

#[test]
fn every_defect_is_convicted_and_named() {
    assert!(Defect::ALL.len() >= 40);
    let (some, others) = Defect::ALL.split_at(Defect::ALL.len() / 2);
    let judged = std::thread::scope(|scope| {
        let all = |defects: &'static [Defect]| {
            scope.spawn(move || defects.iter().map(|&defect| (defect, convict(defect))).collect::<Vec<_>>())
        };
        let (some, others) = (all(some), all(others));
        [some.join().expect("a verdict"), others.join().expect("a verdict")].concat()
    });
    let mut wrong = 0;
    for (defect, verdict) in judged {
        match verdict {
            Ok(shown) => println!("{defect:?}: {shown}"),
            Err(shown) => {
                println!("{defect:?} is not named: {shown}");
                wrong += 1;
            }
        }
    }
    assert_eq!(wrong, 0, "defects that are not named");
}
