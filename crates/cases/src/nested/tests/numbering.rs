use crate::nested::{COMBINATIONS, Combination, Place, Selection, Theme};
use crate::space::{Implemented, Part};
use afdbm::geometry::{Granule, Level};

extern crate std;
use std::collections::BTreeSet;
use std::string::ToString;
use std::vec::Vec;

const EVERYTHING: Selection = Selection { granule: None, theme: None };

#[test]
fn every_number_is_a_combination() {
    // A step that shares no factor with the count.
    let numbers = (0..COMBINATIONS).step_by(9_999_991).chain([0, COMBINATIONS - 1]);
    for number in numbers {
        let combination = Combination::from_index(number).expect("a number below the count");
        assert_eq!(combination.index(), number);
    }
    assert_eq!(Combination::from_index(COMBINATIONS), None);
}

#[test]
fn the_order_is_that_of_the_version() {
    assert_eq!(Selection::ORDER_VERSION, 2);
    assert_eq!(COMBINATIONS, 17 * 10 * 3 * 16 * 21 * 2 * 3 * 3 * 32 * 128 * 128);
}

#[test]
fn walks_start_at_each_level() {
    let implemented = Implemented { mmfr0: 5 | 1 << 20, mmfr1: 0, mmfr2: 0, mmfr3: 0 };
    for (granule, wanted) in [
        (Granule::Size4K, [Level::L0, Level::L1, Level::L2].as_slice()),
        (Granule::Size16K, &[Level::L1, Level::L2]),
        (Granule::Size64K, &[Level::L2]),
    ] {
        let places = Place::ALL.into_iter().filter(|place| place.granule == granule);
        let starts: BTreeSet<_> = places.map(|place| place.geometry(&implemented).start_level()).collect();
        assert_eq!(starts.into_iter().collect::<Vec<_>>(), wanted, "{granule:?}");
    }
}

#[test]
fn a_sample_is_the_seed_s_and_of_its_theme() {
    for theme in [
        Theme::Data,
        Theme::Tables,
        Theme::Both,
        Theme::Protected,
        Theme::Exclusives,
        Theme::Speculation,
        Theme::TranslationsByOne,
        Theme::TranslationsByBoth,
        Theme::IndirectData,
        Theme::IndirectTables,
    ] {
        let selection = Selection { granule: Some(Granule::Size4K), theme: Some(theme) };
        let sample = |seed| selection.sample(seed, 200).collect::<Vec<_>>();
        assert_eq!(sample(1), sample(1));
        assert_ne!(sample(1), sample(2));
        assert!(sample(1).len() > 150, "{theme:?}: {}", sample(1).len());
        for combination in sample(3) {
            assert!(selection.contains(&combination), "{combination}");
            assert!(combination.to_string().contains(", stage 2 4K T0SZ="));
        }
    }
}

#[test]
fn the_covering_set_has_every_three_leaves_and_every_access_with_every_setting() {
    let (mut leaves, mut accesses, mut count) = (BTreeSet::new(), BTreeSet::new(), 0_u64);
    for setting in EVERYTHING.settings() {
        for one in setting.combinations() {
            count += 1;
            leaves.insert((one.before as u8, one.table.0, one.data.0, one.leaf.0));
            let place = Place::ALL.iter().position(|place| *place == one.place);
            accesses.insert((
                place,
                one.memory,
                one.controls.stage_1_access_flag,
                one.controls.stage_1_dirty_state,
                one.controls.stage_2_access_flag,
                one.controls.stage_2_dirty_state,
                one.kind,
                one.exception_level == oracle::ExceptionLevel::El0,
            ));
        }
    }
    assert_eq!(leaves.len(), 3 * 32 * 128 * 128);
    assert_eq!(accesses.len(), 10 * 3 * 16 * 21 * 2);
    assert_eq!(count, 480 * 21 * 2 * 128);
}
