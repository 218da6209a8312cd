use super::{
    defect::Defect,
    emulator::Emulator,
    liberty::Temper,
    small,
    std::{boxed::Box, string::ToString, vec::Vec},
};
use crate::product::Kind;
use crate::product::{
    Combination, Condition, Digit, Examination, Failures, Group, Judge, Kinds, RADICES, Region, Sample,
    SecondPage, Tally,
};
use afdbm::regime::Regime;
use oracle::{AccessKind, Clause, Without, check, explain, predict};

const DEFECTS: [Defect; 4] = [
    Defect::DirtyByTranslation,
    Defect::WxnIgnoresClean,
    Defect::ApTableReadOnlyIgnored,
    Defect::StageTwoReported,
];

fn failing(
    defect: Defect,
    combinations: impl Iterator<Item = Combination>,
) -> Vec<(Combination, Examination)> {
    let mut machine = Emulator::new(Temper::LAZY, Some(defect));
    let mut judge = Judge::new(&mut machine);
    let seen = combinations.filter_map(|one| Some((one, judge.examine(&one).ok()?)));
    let failing: Vec<_> = seen.filter(|(_, seen)| seen.mismatch.is_some()).collect();
    assert!(!failing.is_empty(), "{defect:?} does not show");
    failing
}

fn sample(seed: u64) -> impl Iterator<Item = Combination> {
    let sample = Sample { seed, size: 60_000 };
    (0..sample.size).filter_map(move |ordinal| sample.combination(ordinal))
}

fn kinds_of<'a>(failing: impl IntoIterator<Item = &'a (Combination, Examination)>) -> Box<Kinds> {
    let mut kinds = Box::<Kinds>::default();
    failing.into_iter().for_each(|(combination, seen)| kinds.note(combination, seen));
    kinds
}

fn shown(kinds: &Kinds) -> Vec<(u64, Kind, u64)> {
    kinds.iter().map(|one| (one.count, one.kind, one.representative.index())).collect()
}

/// Tells whether each kind lies within one of the others.
fn known(kinds: &Kinds, expected: &Kinds) -> bool {
    kinds.iter().all(|one| expected.iter().any(|known| one.kind.lies_within(&known.kind)))
}

#[test]
fn only_clauses_that_are_asked_for_explain_anything() {
    for defect in DEFECTS {
        for (combination, seen) in failing(defect, sample(3)) {
            let explains = |clause: &Clause| {
                check(&seen.query, &predict(Without(*clause), &seen.query), &seen.outcome).is_ok()
            };
            let all: Vec<Clause> = Clause::ALL.iter().copied().filter(explains).collect();
            assert_eq!(explain(&seen.query, &seen.outcome).collect::<Vec<_>>(), all, "{combination}");
        }
    }
}

#[test]
fn a_box_holds_what_failed_and_no_value_that_did_not() {
    for defect in DEFECTS {
        let failing = failing(defect, sample(5));
        let kinds = kinds_of(&failing);
        assert_eq!(kinds.iter().map(|one| one.count).sum::<u64>(), failing.len() as u64);
        for (combination, seen) in &failing {
            let alone = kinds_of([&(*combination, seen.clone())]);
            assert!(known(&alone, &kinds), "{combination}");
        }
        for Failures { kind, representative, .. } in kinds.iter() {
            assert!(kind.region.contains(&representative.digits()));
            let of_kind: Vec<_> = failing
                .iter()
                .filter(|one| Group::of(&one.0) == Group::of(representative))
                .filter(|one| kinds_of([*one]).iter().all(|alone| alone.kind.lies_within(kind)))
                .collect();
            for &condition in Condition::ALL {
                let seen = of_kind.iter().fold(0, |values, one| {
                    let mut region = Region::NONE;
                    region.extend(&one.0);
                    values | region.values(condition)
                });
                assert_eq!(kind.region.values(condition), seen, "{}: {}", condition.label(), kind.region);
            }
        }
    }
}

#[test]
fn kinds_depend_neither_on_the_order_nor_on_who_ran_what() {
    let failing = failing(Defect::ApTableReadOnlyIgnored, sample(7));
    let whole = shown(&kinds_of(&failing));
    assert!(whole.len() > 1);
    assert_eq!(shown(&kinds_of(failing.iter().rev())), whole);
    let (some, others) = failing.split_at(failing.len() / 3);
    for (first, second) in [(some, others), (others, some)] {
        let mut merged = kinds_of(first);
        merged.merge(&kinds_of(second));
        assert_eq!(shown(&merged), whole);
    }
}

#[test]
fn no_seed_shows_what_the_whole_does_not() {
    let slice = small();
    for defect in [Defect::DirtyByTranslation, Defect::PanIgnored] {
        let whole = kinds_of(&failing(defect, slice.from(0)));
        for part in 0..5 {
            let some = failing(defect, slice.from(part).step_by(29));
            assert!(known(&kinds_of(&some), &whole), "{defect:?} {part}");
        }
    }
}

#[test]
fn another_defect_of_the_same_accesses_is_not_taken_for_one_that_is_known() {
    for (expected, other) in [
        (Defect::UserWritableExecutes, Defect::PxnIgnored),
        (Defect::DirtyByTranslation, Defect::ApTableReadOnlyIgnored),
        (Defect::DirtyMissedByAtomic, Defect::FlagNotSetByFailedCompare),
        (Defect::ApTableReadOnlyIgnored, Defect::ApTableNoUserIgnored),
    ] {
        let kinds = |defect| kinds_of(&failing(defect, sample(11)));
        assert!(known(&kinds(expected), &kinds(expected)));
        assert!(!known(&kinds(other), &kinds(expected)), "{other:?} passes for {expected:?}");
    }
}

#[test]
fn a_judge_notes_what_it_sees_fail() {
    let mut machine = Emulator::new(Temper::LAZY, Some(Defect::WxnIgnoresClean));
    let mut noted = Box::<Kinds>::default();
    let mut judge = Judge::new(&mut machine).noting(&mut noted);
    let mut tally = Tally::default();
    for combination in sample(5) {
        let _ = judge.judge(&combination, &mut tally);
    }
    assert!(tally.failed > 0);
    assert_eq!(shown(&noted), shown(&kinds_of(&failing(Defect::WxnIgnoresClean, sample(5)))));
}

#[test]
fn what_there_is_no_room_for_is_in_no_expectation() {
    let one = &failing(Defect::StageTwoReported, sample(1))[0];
    let example = *kinds_of([one]).iter().next().unwrap();
    let mut kinds = Box::<Kinds>::default();
    for clause in &Clause::ALL[..80] {
        kinds.add(&Failures { kind: Kind { clause: Some(*clause), ..example.kind }, ..example });
    }
    let told: Vec<_> = kinds.iter().collect();
    assert_eq!((told.len(), told.iter().map(|one| one.count).sum::<u64>()), (65, 80));
    let last = told[64].kind;
    assert_eq!((last.clause, last.region), (None, Region::ALL));
    assert!(!last.lies_within(&Kind { clause: None, ..example.kind }));
}

#[test]
fn a_kind_is_known_by_signature_clause_and_box() {
    let [first, ..] = &failing(Defect::ApTableReadOnlyIgnored, sample(2))[..] else { panic!("none") };
    let kind = kinds_of([first]).iter().next().unwrap().kind;
    assert!(kind.lies_within(&Kind { region: Region::ALL, ..kind }));
    assert!(!Kind { region: Region::ALL, ..kind }.lies_within(&kind));
    assert!(!kind.lies_within(&Kind { clause: None, ..kind }));
    assert!(!kind.lies_within(&Kind { clause: Some(Clause::ExclusiveStatus), ..kind }));
    let mut signature = kind.signature;
    signature.aspect = oracle::Aspect::Memory;
    assert!(!kind.lies_within(&Kind { signature, ..kind }));
}

#[test]
fn a_second_page_counts_where_there_is_one() {
    let [load, crossing] = [AccessKind::Load, AccessKind::LoadCrossing].map(|kind| Combination {
        kind,
        second: SecondPage(if kind.is_crossing() { 5 } else { 0 }),
        ..Combination::from_digits(&[0; RADICES.len()])
    });
    let around = |combinations: &[Combination]| {
        let mut region = Region::NONE;
        combinations.iter().for_each(|combination| region.extend(combination));
        region
    };
    let both = around(&[load, crossing]);
    assert!(both.to_string().ends_with(" TLB=cold second-page=5"), "{both}");
    // What is read back of a box without a crossing access does not name second pages.
    assert!(Region::parse(&around(&[load]).to_string()).unwrap().lies_within(&both));
    assert!(around(&[crossing]).lies_within(&both) && !both.lies_within(&around(&[load])));
    let other = Combination { second: SecondPage(6), ..crossing };
    assert!(!around(&[other]).lies_within(&both));
}

#[test]
fn a_region_survives_a_round_trip() {
    for seed in 0..20 {
        let mut region = Region::NONE;
        for combination in sample(seed).step_by(1700 + usize::try_from(seed).unwrap() * 97) {
            region.extend(&combination);
            let text = region.to_string();
            let again = Region::parse(&text).unwrap();
            assert_eq!(again.to_string(), text);
            assert!(region.lies_within(&again) && again.lies_within(&region), "{text}");
        }
    }
    assert_eq!(Region::ALL.to_string(), "always");
    assert_eq!(Region::parse("always"), Ok(Region::ALL));
    let parsed =
        Region::parse("access=any-atomic,load  EL=1 circumstance=Device-misaligned level=2,3").unwrap();
    assert_eq!(parsed.to_string(), "access=any-atomic,load EL=1 circumstance=Device-misaligned level=2,3");
}

#[test]
fn a_region_of_el2_is_none_of_el1() {
    let [of_el0, of_el1] = [0, 1].map(|level| {
        let mut digits = [0; RADICES.len()];
        digits[Digit::ExceptionLevel as usize] = level;
        let mut region = Region::NONE;
        region.extend(&Combination::from_digits(&digits));
        region
    });
    let of_el2 = of_el1.in_regime(Regime::El2);
    assert!(of_el1.to_string().contains(" EL=1 ") && of_el2.to_string().contains(" EL=2 "), "{of_el2}");
    assert_eq!(of_el0.in_regime(Regime::El20), of_el0);
    assert!(!of_el2.lies_within(&of_el1) && !of_el1.lies_within(&of_el2));
    let [either, el2, el1] = ["EL=1,2", "EL=2", "EL=1"].map(|text| Region::parse(text).unwrap());
    assert!(of_el2.lies_within(&either) && of_el1.lies_within(&either) && !of_el0.lies_within(&either));
    assert!(of_el2.lies_within(&el2) && !of_el2.lies_within(&el1));
    // Both levels of a regime are all that there are.
    let all = of_el0.spanning(&of_el2);
    assert!(!all.to_string().contains("EL"), "{all}");
    assert!(all.lies_within(&Region::ALL) && !all.lies_within(&either));
}

#[test]
fn what_is_no_region_is_named() {
    for (text, word) in [
        ("", ""),
        ("access", "access"),
        ("colour=red", "colour=red"),
        ("EL=0 access=strange", "access=strange"),
        ("HA=2", "HA=2"),
        ("HA=", "HA="),
        ("HA=1 HA=1", "HA=1"),
        ("level=0", "level=0"),
        ("second-page=32", "second-page=32"),
        ("circumstance=Device,misaligned,", "circumstance=Device,misaligned,"),
        ("always HA=1", "always"),
    ] {
        assert_eq!(Region::parse(text), Err(word), "{text}");
    }
}
