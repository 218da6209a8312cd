//! Indirect permissions of stage 2, held against a machine that walks tables of its own: as it should be, of every temper, and
//! with one defect at a time.

use crate::hardware::std::{println, vec::Vec};
use crate::hardware::{Convictions, Defect, Hardware, Liberty, Temper};
use crate::nested::{Combination, Judge, Selection, Theme};
use oracle::{Family, TlbState, explain_nested};

/// What a machine may do or not that shows here.
const LIBERTIES: [Liberty; 8] = [
    Liberty::SpontaneousFlag,
    Liberty::SpeculatesData,
    Liberty::Stage2FlagBesidePermission,
    Liberty::WalkDirtiesTable,
    Liberty::DataBeforeUpdate,
    Liberty::UpdateFaultFirst,
    Liberty::UnreadableMarksDirty,
    Liberty::HpfarUnknown,
];

/// Tells whether the machine knows the access: one load, store, atomic or fetch, that finds nothing in the TLB.
fn is_known(combination: &Combination) -> bool {
    let family = matches!(combination.kind.family(), Family::Read | Family::Write | Family::Fetch);
    let plain = family && !combination.kind.is_exclusive_or_atomic();
    (plain || combination.kind.family() == Family::Atomic) && combination.before == TlbState::Cold
}

/// A sample of both themes, at most `size` combinations of each.
fn sample(seed: u64, size: u64) -> impl Iterator<Item = Combination> {
    [Theme::IndirectData, Theme::IndirectTables]
        .into_iter()
        .flat_map(move |theme| Selection { granule: None, theme: Some(theme) }.sample(seed, size))
        .filter(is_known)
}

#[test]
fn no_temper_is_failed() {
    let mut run = 0;
    let tempers: Vec<_> = Temper::alone_and_in_pairs(&LIBERTIES).collect();
    for (seed, (temper, name)) in (0..).zip(&tempers) {
        let mut machine = Hardware::new(*temper, None);
        let mut judge = Judge::new(&mut machine);
        for combination in sample(seed, if seed == 0 { 30_000 } else { 1_500 }) {
            if let Ok(seen) = judge.examine(&combination) {
                assert_eq!(seen.mismatch, None, "{name:?}: {combination}\n{seen}");
                run += 1;
            }
        }
    }
    println!("{} tempers, {run} combinations", tempers.len());
    assert!(run > 10_000, "{run} combinations");
}

/// Judges a machine with a defect.
fn convict(defect: Defect) -> Convictions {
    let mut machine = Hardware::new(Temper::LAZY, Some(defect));
    let mut judge = Judge::new(&mut machine);
    let mut convictions = Convictions::default();
    for combination in sample(3, 6_000) {
        if let Ok(seen) = judge.examine(&combination) {
            let aspect = seen.mismatch.map(|mismatch| mismatch.aspect);
            convictions.take(aspect, || explain_nested(&seen.query, &seen.outcome).collect());
        }
    }
    convictions
}

#[test]
fn every_defect_is_convicted_and_named() {
    Convictions::all(Defect::INDIRECT_STAGE_2, convict);
}
