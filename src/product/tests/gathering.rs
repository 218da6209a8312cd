use super::{
    defect::Defect,
    emulator::{Emulator, Temper},
    plain, small,
    std::{string::ToString, vec, vec::Vec},
};
use crate::product::{Axis, Combination, Digit, Findings, Judge, Slice, Status, Tally};

fn gather(defect: Defect, slices: &[Slice]) -> (Findings, Tally, Vec<(Combination, Status)>) {
    let mut machine = Emulator::new(Temper::Lazy, Some(defect));
    let mut judge = Judge::new(&mut machine);
    let (mut findings, mut tally, mut all) = (Findings::default(), Tally::default(), Vec::new());
    for slice in slices {
        let mut statuses = vec![Status::NOT_RUN; usize::try_from(slice.len()).expect("a small slice")];
        judge.judge_all(slice.from(0), &mut statuses, &mut tally);
        for (combination, status) in slice.from(0).zip(&statuses) {
            if *status != Status::NOT_RUN {
                all.push((combination, *status));
            }
        }
        findings.gather(slice, &mut statuses, &mut judge);
    }
    (findings, tally, all)
}

#[test]
fn findings_hold_all_failures_and_nothing_else() {
    for defect in [Defect::ApTableReadOnlyIgnored, Defect::WxnIgnoresClean, Defect::DirtyMissedOnTlbHit] {
        let (findings, tally, all) = gather(defect, &[plain(), small()]);
        assert_eq!(findings.overflow(), 0);
        let failing = |status: &Status| status.signature().is_some();
        assert_eq!(all.iter().filter(|(_, status)| failing(status)).count() as u64, tally.failed);
        let mut counts = vec![0; findings.iter().count()];
        for (combination, status) in &all {
            let expected = status.expected().expect("it was run");
            let mut inside = false;
            for (finding, count) in findings.iter().zip(&mut counts) {
                let covers = finding.covers(combination, expected);
                inside |= covers;
                *count += u64::from(covers);
            }
            assert_eq!(inside, failing(status), "{defect:?}: {combination}");
        }
        for (finding, count) in findings.iter().zip(counts) {
            // What both slices hold is in both lists.
            assert!(count >= finding.count, "{defect:?}: {finding}");
            assert!(finding.region.contains(&finding.representative.digits()) && finding.reproduced);
        }
    }
}

#[test]
fn a_finding_names_what_matters_and_no_more() {
    let shown = |defect| {
        let (findings, ..) = gather(defect, &[plain()]);
        findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(shown(Defect::FlagNotSetByFetch), [""]);
    assert_eq!(shown(Defect::DirtyMissedOnTlbHit), [""]);
    assert_eq!(shown(Defect::ApTableReadOnlyIgnored), [""]);
}

#[test]
fn slices_are_joined() {
    let halves = [0, 3].map(|value| {
        let mut slice = small();
        slice.axes[Digit::Management as usize] = Axis::One(value);
        slice
    });
    let mut whole = small();
    whole.axes[Digit::Management as usize] = Axis::Listed(&[0, 3]);
    let (apart, in_parts, _) = gather(Defect::ClassAlwaysSame, &halves);
    let (together, at_once, _) = gather(Defect::ClassAlwaysSame, &[whole]);
    assert_eq!(in_parts.failed, at_once.failed);
    assert!(apart.iter().count() < 2 * together.iter().count());
}

#[test]
fn memory_is_bounded() {
    // More ways to fail than there is room for: what does not fit is counted.
    let (findings, tally, _) = gather(Defect::StageTwoReported, &[small()]);
    let held: u64 = findings.iter().map(|finding| finding.count).sum();
    assert!(
        held + findings.overflow() >= tally.failed,
        "{held} and {} of {}",
        findings.overflow(),
        tally.failed
    );
}
