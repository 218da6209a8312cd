//! Every granule and format, held against a machine that walks tables of its own: as it should be, of every temper, and with
//! one defect at a time.

use crate::geometries::{Combination, Selection, Theme};
use crate::hardware::std::println;
use crate::hardware::{Defect, Hardware, Liberty, Trial, examine};
use crate::product::Examination;
use crate::space::Part;
use afdbm::geometry::Granule;

/// A sample of each granule and theme.
#[derive(Clone, Copy)]
struct Granules;

impl Trial for Granules {
    type Asked = Combination;
    type Examined = Examination;

    fn liberties(self) -> &'static [Liberty] {
        &[
            Liberty::SpontaneousFlag,
            Liberty::FlagBesidePermission,
            Liberty::DirtyByFailedCompare,
            Liberty::TwoUpdates,
            Liberty::FlagByTranslation,
            Liberty::KeepsTranslations,
            Liberty::GroupFlagged,
            Liberty::GroupDirtyElsewhere,
        ]
    }

    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Combination> {
        let themes = [
            Theme::Pages,
            Theme::Blocks,
            Theme::LargestBlocks,
            Theme::Groups,
            Theme::Outputs,
            Theme::Translations,
        ];
        let selections = Granule::ALL.into_iter().flat_map(move |granule| {
            themes.map(|theme| Selection { granule, size: None, theme: Some(theme) })
        });
        // 4K alone has Blocks of level 0.
        let selections = selections.filter(|selection| {
            selection.granule == Granule::Size4K || selection.theme != Some(Theme::LargestBlocks)
        });
        selections.flat_map(move |selection| selection.sample(seed, size))
    }

    fn examine(self, hardware: &mut Hardware, asked: &Combination) -> Option<Examination> {
        examine(hardware, asked)
    }
}

#[test]
fn an_honest_machine_passes() {
    let run = Granules.pass(Hardware::honest(), &"honest", Granules.sample(1, 15_000));
    println!("{run} combinations");
    assert!(run > 100_000, "{run} combinations");
}

#[test]
fn machines_that_lack_something_pass() {
    Granules.lesser_machines_pass(1_000);
}

#[test]
fn no_temper_is_failed() {
    Granules.no_temper_is_failed((1_500, 200));
}

#[test]
fn every_liberty_shows() {
    Granules.every_liberty_shows(2_000);
}

#[test]
fn every_defect_is_convicted_and_named() {
    Granules.every_defect_is_named(Defect::GRANULES, 1_000);
}
