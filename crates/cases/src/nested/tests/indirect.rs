//! Indirect permissions of stage 2, held against a machine that walks tables of its own: as it should be, of every temper, and
//! with one defect at a time.

use super::lying::is_known;
use crate::hardware::{Defect, Hardware, Liberty, Trial, examine};
use crate::nested::{Combination, Examination, Selection, Theme};
use crate::space::Part;

/// A sample of both themes.
#[derive(Clone, Copy)]
struct Indirect;

impl Trial for Indirect {
    type Asked = Combination;
    type Examined = Examination;

    fn liberties(self) -> &'static [Liberty] {
        &[
            Liberty::SpontaneousFlag,
            Liberty::SpeculatesData,
            Liberty::Stage2FlagBesidePermission,
            Liberty::WalkDirtiesTable,
            Liberty::DataBeforeUpdate,
            Liberty::UpdateFaultFirst,
            Liberty::UnreadableMarksDirty,
            Liberty::HpfarUnknown,
        ]
    }

    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Combination> {
        [Theme::IndirectData, Theme::IndirectTables]
            .into_iter()
            .flat_map(move |theme| Selection { granule: None, theme: Some(theme) }.sample(seed, size))
            .filter(is_known)
    }

    fn examine(self, hardware: &mut Hardware, asked: &Combination) -> Option<Examination> {
        examine(hardware, asked)
    }
}

#[test]
fn machines_that_lack_something_pass() {
    Indirect.lesser_machines_pass(48_000);
}

#[test]
fn no_temper_is_failed() {
    Indirect.no_temper_is_failed((40_000, 16_000));
}

#[test]
fn every_liberty_shows() {
    Indirect.every_liberty_shows(16_000);
}

#[test]
fn every_defect_is_convicted_and_named() {
    Indirect.every_defect_is_named(Defect::INDIRECT_STAGE_2, 16_000);
}
