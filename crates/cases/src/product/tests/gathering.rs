use super::{
    defect::Defect,
    emulator::Emulator,
    liberty::Temper,
    plain, small,
    std::{
        string::{String, ToString},
        vec,
        vec::Vec,
    },
};
use crate::product::{
    Axis, Combination, Condition, Digit, Findings, Judge, SecondPage, Slice, Source, Status, Tally,
    access_digit,
};
use oracle::{AccessKind, Aspect};

/// Gathers what fails in parts of a slice.
fn gather(defect: Defect, slices: &[Slice], whole: &Slice) -> (Findings, Tally, Vec<(Combination, Status)>) {
    let mut machine = Emulator::new(Temper::LAZY, Some(defect));
    let mut judge = Judge::new(&mut machine);
    let (mut findings, mut tally, mut all) = (Findings::default(), Tally::default(), Vec::new());
    for slice in slices {
        let mut statuses = vec![Status::NOT_RUN; usize::try_from(slice.len()).expect("a small slice")];
        judge.judge_all(Source::Slice(slice.from(0)), &mut statuses, &mut tally, None);
        for (combination, status) in slice.from(0).zip(&statuses) {
            if *status != Status::NOT_RUN {
                all.push((combination, *status));
            }
        }
        findings.gather((slice, whole), &statuses, &mut super::rows(), &mut judge);
    }
    (findings, tally, all)
}

#[test]
fn findings_hold_all_failures_and_nothing_else() {
    for defect in [Defect::ApTableReadOnlyIgnored, Defect::WxnIgnoresClean, Defect::DirtyMissedOnTlbHit] {
        let (findings, tally, all) = gather(defect, &[plain()], &plain());
        assert_eq!(findings.overflow(), 0);
        let failing = |status: &Status| status.signature().is_some();
        assert_eq!(all.iter().filter(|(_, status)| failing(status)).count() as u64, tally.failed);
        let mut counts = vec![0; findings.iter().count()];
        for (combination, status) in &all {
            let class = status.class().expect("it was run");
            let mut inside = false;
            for (finding, count) in findings.iter().zip(&mut counts) {
                let covers = finding.covers(combination, class);
                inside |= covers;
                *count += u64::from(covers);
            }
            assert_eq!(inside, failing(status), "{defect:?}: {combination}");
        }
        for (finding, count) in findings.iter().zip(counts) {
            assert_eq!(count, finding.count, "{defect:?}: {finding}");
            assert!(finding.region.contains(&finding.representative.digits()) && finding.reproduced);
        }
    }
}

#[test]
fn no_value_can_be_added_to_a_finding() {
    for defect in [Defect::ApTableReadOnlyIgnored, Defect::PxnIgnored] {
        let (findings, _, all) = gather(defect, &[plain()], &plain());
        for finding in findings.iter() {
            for &condition in Condition::ALL {
                let missing = finding.scope.values(condition) & !finding.region.values(condition);
                for value in (0..condition.count()).filter(|value| missing >> value & 1 != 0) {
                    let beyond = finding.region.with_values(condition, 1 << value);
                    let seen = all.iter().filter(|(combination, status)| {
                        let concerned = status
                            .class()
                            .is_some_and(|class| finding.signatures.iter().any(|one| one.concerns(class)));
                        let digits = combination.digits();
                        // An access that stays in a page is inside whatever second page is named.
                        concerned && beyond.contains(&digits) && !finding.region.contains(&digits)
                    });
                    let (alike, others): (Vec<&(Combination, Status)>, Vec<_>) =
                        seen.partition(|(_, status)| {
                            status.signature().is_some_and(|one| finding.signatures.contains(&one))
                        });
                    assert!(alike.is_empty() || !others.is_empty(), "{defect:?}: {finding}: {condition:?}");
                }
            }
        }
    }
}

#[test]
fn a_finding_names_what_matters_and_no_more() {
    let shown = |defect| {
        let (findings, ..) = gather(defect, &[plain()], &plain());
        findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };

    assert_eq!(
        shown(Defect::FlagNotSetByFetch),
        [
            "access = fetch, AF=0: 672 of 672 fail: Access flag not set where completion is expected; \
             rule R_HDTRB, row B01: With HA=1 an access sets the Access flag",
            "access = fetch, AF=0: 816 of 816 fail: Access flag not set where completion after another access that \
             faults is expected; rule R_HDTRB, row B01: With HA=1 an access sets the Access flag",
        ]
    );
    // That the descriptor has PXN goes without saying where such a fetch is to fault.
    assert_eq!(
        shown(Defect::PxnIgnored).first().map(String::as_str),
        Some(
            "access = fetch, EL1, AP[2]=1, DBM=0, APTable[0]=0: 384 of 384 fail: missing fault where Permission fault \
             is expected; rule R_QSPMS, row B32: PXN=1 forbids EL1 to execute"
        )
    );
    let [all] = &shown(Defect::StoreLost)[..] else { panic!("more than one finding") };
    assert_eq!(
        all,
        "access = store or store-pair or store-unprivileged or store-release or store-vector or store-exclusive or cas \
         or casp or swp or ldadd or stadd or dc-zva or dc-gzva or store-crossing or store-pair-crossing: 51840 of 51840 \
         fail: wrong data in memory where completion is expected; \
         rule R_RNMLQ, row D01: A completed write is in memory"
    );
}

#[test]
fn a_finding_tells_both_aspects_of_a_fault_that_does_not_come() {
    // Where AF is set without HA, a store completes, or takes the Permission fault that comes next.
    let mut slice = plain();
    let store = access_digit(AccessKind::Store, SecondPage(0));
    for (digit, value) in [(Digit::HardwareAccessFlag, 0), (Digit::Access, store), (Digit::Tlb, 0)] {
        slice.axes[digit as usize] = Axis::One(value);
    }
    let (findings, tally, all) = gather(Defect::FlagSetWithoutHa, &[slice], &slice);
    for aspect in [Aspect::MissingFault, Aspect::FaultStatus] {
        let mut signatures = all.iter().filter_map(|(_, status)| status.signature());
        assert!(signatures.any(|signature| signature.aspect == aspect), "{aspect}");
    }
    assert_eq!(
        findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "always: 1920 of 1920 fail: missing fault or wrong fault status where Access flag fault is expected; \
          rule R_HDHQG, row B17: With HA=0 the hardware sets no Access flag"
        ]
    );
    assert_eq!(tally.failed, 1920);
}

#[test]
fn slices_are_joined() {
    let with_flag = || {
        let mut slice = small();
        slice.axes[Digit::HardwareAccessFlag as usize] = Axis::One(1);
        slice
    };
    let halves = [0, 1].map(|value| {
        let mut slice = with_flag();
        slice.axes[Digit::HardwareDirtyState as usize] = Axis::One(value);
        slice
    });
    let whole = with_flag();
    let (apart, in_parts, _) = gather(Defect::ClassAlwaysSame, &halves, &whole);
    let (together, at_once, _) = gather(Defect::ClassAlwaysSame, &[whole], &whole);
    assert_eq!(in_parts.failed, at_once.failed);
    assert!(apart.iter().count() <= 1 + together.iter().count());
}

#[test]
fn memory_is_bounded() {
    // More ways to fail than there is room for: what does not fit is counted.
    let (findings, tally, _) = gather(Defect::StageTwoReported, &[small()], &small());
    let held: u64 = findings.iter().map(|finding| finding.count).sum();
    assert!(
        held + findings.overflow() >= tally.failed,
        "{held} and {} of {}",
        findings.overflow(),
        tally.failed
    );
}
