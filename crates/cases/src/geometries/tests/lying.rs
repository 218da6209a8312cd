//! Every granule and format, held against a machine that walks tables of its own: as it should be, of every temper, and with
//! one defect at a time.

use crate::geometries::{Combination, Judge, Selection, Theme};
use crate::hardware::std::{println, vec::Vec};
use crate::hardware::{Convictions, Defect, Hardware, Liberty, Temper};
use crate::product::Kinds;
use crate::space::Tally;
use afdbm::geometry::Granule;
use core::fmt;
use oracle::{Features, HardwareManagement, explain};

/// What a machine may do or not at stage 1.
const LIBERTIES: [Liberty; 8] = [
    Liberty::SpontaneousFlag,
    Liberty::FlagBesidePermission,
    Liberty::DirtyByFailedCompare,
    Liberty::TwoUpdates,
    Liberty::FlagByTranslation,
    Liberty::KeepsTranslations,
    Liberty::GroupFlagged,
    Liberty::GroupDirtyElsewhere,
];

/// A sample of each granule and theme, `size` combinations of it.
fn sample(seed: u64, size: u64) -> impl Iterator<Item = Combination> {
    let themes = [
        Theme::Pages,
        Theme::Blocks,
        Theme::LargestBlocks,
        Theme::Groups,
        Theme::Outputs,
        Theme::Translations,
    ];
    let selections = Granule::ALL
        .into_iter()
        .flat_map(move |granule| themes.map(|theme| Selection { granule, size: None, theme: Some(theme) }));
    // 4K alone has Blocks of level 0.
    let selections = selections.filter(|selection| {
        selection.granule == Granule::Size4K || selection.theme != Some(Theme::LargestBlocks)
    });
    let numbers = selections.flat_map(move |selection| {
        let numbers: Vec<_> = selection.sample(seed, size).collect();
        numbers
    });
    numbers.filter_map(Combination::from_index)
}

/// Judges a machine that should pass; returns how many combinations were run.
fn pass(machine: Hardware, name: &dyn fmt::Debug, combinations: impl Iterator<Item = Combination>) -> u64 {
    let mut machine = machine;
    let mut judge = Judge::new(&mut machine);
    let (mut tally, mut kinds) = (Tally::default(), Kinds::default());
    for combination in combinations {
        let failure = judge.judge(&combination, &mut tally, &mut kinds);
        assert!(failure.is_none(), "{name:?}: {combination}\n{:?}", failure.expect("a failure"));
    }
    tally.run
}

#[test]
fn an_honest_machine_passes() {
    let run = pass(Hardware::honest(), &"honest", sample(1, 15_000));
    println!("{run} combinations");
    assert!(run > 100_000, "{run} combinations");
}

#[test]
fn machines_that_lack_something_pass() {
    for hardware_management in [HardwareManagement::Absent, HardwareManagement::AccessFlag] {
        for temper in [Temper::LAZY, Temper::EAGER] {
            let honest = Hardware::new(temper, None);
            let features = Features { hardware_management, ..honest.features };
            let run = pass(Hardware { features, ..honest }, &hardware_management, sample(2, 1_000));
            assert!(run > 4_000, "{run} combinations");
        }
    }
}

#[test]
fn no_temper_is_failed() {
    let mut run = 0;
    let tempers: Vec<_> = Temper::alone_and_in_pairs(&LIBERTIES).collect();
    for (seed, (temper, name)) in (0..).zip(&tempers) {
        let size = if name[0].is_some() && name[1].is_some() { 200 } else { 1_500 };
        run += pass(Hardware::new(*temper, None), name, sample(seed, size));
    }
    println!("{} tempers, {run} combinations", tempers.len());
    assert!(run > 150_000, "{run} combinations");
}

#[test]
fn every_liberty_shows() {
    for liberty in LIBERTIES.into_iter().filter(|liberty| !liberty.leaves_no_trace()) {
        let (mut lazy, mut free) = (Hardware::honest(), Hardware::new(Temper::taking(&[liberty]), None));
        let (mut lazy, mut free) = (Judge::new(&mut lazy), Judge::new(&mut free));
        let shows = sample(5, 2_000).any(|combination| {
            let pair = (lazy.examine(&combination), free.examine(&combination));
            matches!(pair, (Ok(one), Ok(other)) if one.outcome != other.outcome)
        });
        assert!(shows, "{liberty:?}");
    }
}

/// Judges a machine with a defect.
fn convict(defect: Defect) -> Convictions {
    let mut machine = Hardware::new(Temper::LAZY, Some(defect));
    let mut judge = Judge::new(&mut machine);
    let mut convictions = Convictions::default();
    for combination in sample(3, 1_000) {
        if let Ok(seen) = judge.examine(&combination) {
            let aspect = seen.mismatch.map(|mismatch| mismatch.aspect);
            convictions.take(aspect, || explain(&seen.query, &seen.outcome).collect());
        }
    }
    convictions
}

#[test]
fn every_defect_is_convicted_and_named() {
    Convictions::all(Defect::GRANULES, convict);
}
