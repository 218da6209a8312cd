//! Both stages, held against a machine that walks tables of its own: as it should be, of every temper, and with one defect
//! at a time.

use crate::hardware::std::{println, vec::Vec};
use crate::hardware::{Convictions, Defect, Hardware, Liberty, Temper};
use crate::nested::{Combination, Judge, Selection, Theme};
use crate::product::Kinds;
use crate::space::Tally;
use core::fmt;
use oracle::{Family, Features, HardwareManagement, TlbState, explain_nested};

/// What a machine may do or not where both stages translate.
const LIBERTIES: [Liberty; 14] = [
    Liberty::SpontaneousFlag,
    Liberty::SpeculatesData,
    Liberty::FlagBesidePermission,
    Liberty::DataBesideFault,
    Liberty::Stage2FlagBesidePermission,
    Liberty::WalkDirtiesTable,
    Liberty::DataBeforeUpdate,
    Liberty::UpdateFaultFirst,
    Liberty::DirtyByFailedCompare,
    Liberty::UnreadableMarksDirty,
    Liberty::TwoUpdates,
    Liberty::UpdateReportsWrite,
    Liberty::InstructionSyndrome,
    Liberty::HpfarUnknown,
];

/// Tells whether the machine knows the access: one load, store, atomic or fetch, that finds nothing in the TLB.
fn is_known(combination: &Combination) -> bool {
    let family = matches!(combination.kind.family(), Family::Read | Family::Write | Family::Fetch);
    let plain = family && !combination.kind.is_exclusive_or_atomic();
    (plain || combination.kind.family() == Family::Atomic) && combination.before == TlbState::Cold
}

/// A sample of each theme, at most `size` combinations of it.
fn sample(seed: u64, size: u64) -> impl Iterator<Item = Combination> {
    [Theme::Data, Theme::Tables, Theme::Both, Theme::Protected]
        .into_iter()
        .flat_map(move |theme| Selection { granule: None, theme: Some(theme) }.sample(seed, size))
        .filter(is_known)
}

/// Judges a machine that should pass; returns how many combinations were run.
fn pass(machine: Hardware, name: &dyn fmt::Debug, combinations: impl Iterator<Item = Combination>) -> u64 {
    let mut machine = machine;
    let mut judge = Judge::new(&mut machine);
    let (mut tally, mut kinds) = (Tally::default(), Kinds::default());
    for combination in combinations {
        let failure = judge.judge(&combination, &mut tally, &mut kinds);
        assert!(failure.is_none(), "{name:?}: {combination}\n{}", failure.expect("a failure"));
    }
    tally.run
}

#[test]
fn an_honest_machine_passes() {
    let everything = Selection { granule: None, theme: None };
    let covered = everything.settings().step_by(2).flat_map(|setting| setting.combinations());
    let covered = covered.filter(is_known);
    let run = pass(Hardware::honest(), &"honest", sample(1, 20_000).chain(covered));
    println!("{run} combinations");
    assert!(run > 150_000, "{run} combinations");
}

#[test]
fn machines_that_lack_something_pass() {
    for hardware_management in [HardwareManagement::Absent, HardwareManagement::AccessFlag] {
        for temper in [Temper::LAZY, Temper::EAGER] {
            let honest = Hardware::new(temper, None);
            let features = Features { hardware_management, ..honest.features };
            let run = pass(Hardware { features, ..honest }, &hardware_management, sample(2, 4_000));
            assert!(run > 4_000, "{run} combinations");
        }
    }
}

#[test]
fn no_temper_is_failed() {
    let mut run = 0;
    let tempers: Vec<_> = Temper::alone_and_in_pairs(&LIBERTIES).collect();
    for (seed, (temper, name)) in (0..).zip(&tempers) {
        let size = if name[0].is_some() && name[1].is_some() { 250 } else { 3_000 };
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
        let shows = sample(5, 4_000).any(|combination| {
            let pair = (lazy.examine(&combination), free.examine(&combination));
            matches!(pair, (Ok(one), Ok(other)) if one.outcome != other.outcome)
        });
        assert!(shows, "{liberty:?}");
    }
}

/// Judges a machine with a defect.
fn convict(defect: Defect) -> Convictions {
    // One shows only where the machine uses its freedom.
    let temper = match defect {
        Defect::Stage2DirtyWithoutFlag => Temper::taking(&[Liberty::UnreadableMarksDirty]),
        _ => Temper::LAZY,
    };
    let mut machine = Hardware::new(temper, Some(defect));
    let mut judge = Judge::new(&mut machine);
    let mut convictions = Convictions::default();
    for combination in sample(3, 3_000) {
        if let Ok(seen) = judge.examine(&combination) {
            let aspect = seen.mismatch.map(|mismatch| mismatch.aspect);
            convictions.take(aspect, || explain_nested(&seen.query, &seen.outcome).collect());
        }
    }
    convictions
}

#[test]
fn every_defect_is_convicted_and_named() {
    Convictions::all(Defect::NESTED, convict);
}
