//! Both stages, held against a machine that walks tables of its own: as it should be, of every temper, and with one defect
//! at a time.

use crate::hardware::std::println;
use crate::hardware::{Defect, Hardware, Liberty, Trial, examine};
use crate::nested::{Combination, Examination, Selection, Theme};
use crate::space::Part;
use oracle::{Family, TlbState};

/// A sample of each theme that the machine knows.
#[derive(Clone, Copy)]
struct Stages;

impl Trial for Stages {
    type Asked = Combination;
    type Examined = Examination;

    fn liberties(self) -> &'static [Liberty] {
        &[
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
        ]
    }

    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Combination> {
        [Theme::Data, Theme::Tables, Theme::Both, Theme::Protected]
            .into_iter()
            .flat_map(move |theme| Selection { granule: None, theme: Some(theme) }.sample(seed, size))
            .filter(is_known)
    }

    fn examine(self, hardware: &mut Hardware, asked: &Combination) -> Option<Examination> {
        examine(hardware, asked)
    }
}

/// Tells whether the machine knows the access: one load, store, atomic or fetch, that finds nothing in the TLB.
pub(super) fn is_known(combination: &Combination) -> bool {
    let family = matches!(combination.kind.family(), Family::Read | Family::Write | Family::Fetch);
    let plain = family && !combination.kind.is_exclusive_or_atomic();
    (plain || combination.kind.family() == Family::Atomic) && combination.before == TlbState::Cold
}

#[test]
fn an_honest_machine_passes() {
    let everything = Selection { granule: None, theme: None };
    let covered = everything.settings().step_by(2).flat_map(|setting| everything.covered(setting));
    let all = Stages.sample(1, 20_000).chain(covered.filter(is_known));
    let run = Stages.pass(Hardware::honest(), &"honest", all);
    println!("{run} combinations");
    assert!(run > 150_000, "{run} combinations");
}

#[test]
fn machines_that_lack_something_pass() {
    Stages.lesser_machines_pass(4_000);
}

#[test]
fn no_temper_is_failed() {
    Stages.no_temper_is_failed((3_000, 250));
}

#[test]
fn every_liberty_shows() {
    Stages.every_liberty_shows(4_000);
}

#[test]
fn every_defect_is_convicted_and_named() {
    Stages.every_defect_is_named(Defect::NESTED, 3_000);
}

/// A sample of accesses behind others, and of prefetches.
#[derive(Clone, Copy)]
struct Behind;

impl Trial for Behind {
    type Asked = Combination;
    type Examined = Examination;

    fn liberties(self) -> &'static [Liberty] {
        &[
            Liberty::SpontaneousFlag,
            Liberty::SpeculatesData,
            Liberty::FlagBesidePermission,
            Liberty::TwoUpdates,
            Liberty::KeepsTranslations,
            Liberty::FlagByPrefetch,
        ]
    }

    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Combination> {
        [Theme::Warm, Theme::Speculation]
            .into_iter()
            .flat_map(move |theme| Selection { granule: None, theme: Some(theme) }.sample(seed, size))
            .filter(|combination| match combination.kind.family() {
                Family::Read | Family::Write => !combination.kind.is_exclusive_or_atomic(),
                Family::Atomic | Family::Fetch | Family::Optional(_) => true,
                _ => false,
            })
    }

    fn examine(self, hardware: &mut Hardware, asked: &Combination) -> Option<Examination> {
        examine(hardware, asked)
    }
}

#[test]
fn no_temper_is_failed_behind_another_access_or_in_a_prefetch() {
    Behind.no_temper_is_failed((6_000, 3_000));
    Behind.every_liberty_shows(4_000);
}

#[test]
fn a_prefetch_that_marks_dirty_is_convicted_and_named() {
    Behind.every_defect_is_named(Defect::PREFETCHES, 3_000);
}
