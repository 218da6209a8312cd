use crate::geometries::{COMBINATIONS, Combination, KINDS, Output, Place, Selection, Size, Tables, Theme};
use crate::space::Part;
use afdbm::geometry::{Granule, Level};
use oracle::AccessKind;

extern crate std;
use std::collections::BTreeSet;
use std::string::ToString;
use std::vec::Vec;

#[test]
fn every_number_is_a_combination() {
    // A step that shares no factor with the count.
    let numbers = (0..COMBINATIONS).step_by(9973).chain([0, COMBINATIONS - 1]);
    for number in numbers {
        let combination = Combination::from_index(number).expect("a number below the count");
        assert_eq!(combination.index(), number);
    }
    assert_eq!(Combination::from_index(COMBINATIONS), None);
}

#[test]
fn the_order_is_that_of_the_version() {
    assert_eq!(Selection::ORDER_VERSION, 2);
    let per_place = COMBINATIONS / Place::ALL.len() as u64;
    assert_eq!(per_place, 6 * 16 * 10 * 2 * 3 * 256);
    let last = Combination::from_index(per_place - 1).expect("the last of the first place");
    assert_eq!((last.place, last.output), (Place::ALL[0], Output::NotBit50));
    assert_eq!((last.kind, last.leaf.0), (AccessKind::TranslateWrite, 0xff));
}

#[test]
fn every_level_with_leaves_has_its_places() {
    let has = |granule, size, level| {
        Place::ALL
            .iter()
            .any(|place| (place.tables.granule, place.tables.size, place.level) == (granule, size, level))
    };
    for (granule, size, levels) in [
        (Granule::Size4K, Size::Usual, [false, false, true, true, true]),
        (Granule::Size4K, Size::Large, [false, true, true, true, true]),
        (Granule::Size16K, Size::Usual, [false, false, false, true, true]),
        (Granule::Size16K, Size::Large, [false, false, true, true, true]),
        (Granule::Size64K, Size::Usual, [false, false, true, true, true]),
        (Granule::Size64K, Size::Large, [false, false, true, true, true]),
    ] {
        assert_eq!(Level::ALL.map(|level| has(granule, size, level)), levels, "{granule:?} {size:?}");
    }
    let unique: BTreeSet<_> = Place::ALL.iter().map(|place| std::format!("{place:?}")).collect();
    assert_eq!(unique.len(), Place::ALL.len());
    // Each level at which a walk can start.
    let starts = |granule| {
        let all = Tables::ALL.into_iter().filter(|tables| tables.granule == granule);
        all.map(|tables| tables.widest().start_level()).collect::<Vec<_>>()
    };
    for (granule, first) in
        [(Granule::Size4K, Level::Minus1), (Granule::Size16K, Level::L0), (Granule::Size64K, Level::L1)]
    {
        let last = if granule == Granule::Size4K { Level::L2 } else { Level::L3 };
        let wanted = Level::ALL.into_iter().filter(|level| *level >= first && *level <= last);
        wanted.for_each(|level| assert!(starts(granule).contains(&level), "{granule:?} {level:?}"));
    }
}

#[test]
fn a_sample_is_the_seed_s_and_of_its_theme() {
    for theme in [Theme::Pages, Theme::Blocks, Theme::Groups, Theme::Outputs, Theme::Translations] {
        let selection = Selection { granule: Granule::Size16K, size: Some(Size::Usual), theme: Some(theme) };
        let sample = |seed| selection.sample(seed, 200).collect::<Vec<_>>();
        assert_eq!(sample(1), sample(1));
        assert_ne!(sample(1), sample(2));
        let place = |one: &Combination| Place::ALL.iter().position(|place| *place == one.place);
        assert!(sample(1).len() > 100, "{theme:?}: {}", sample(1).len());
        assert!(sample(1).is_sorted_by_key(place), "{theme:?}: tables of each place are made once");
        for combination in sample(3) {
            assert!(selection.contains(&combination), "{combination}");
            assert!(combination.to_string().starts_with("16K T0SZ="));
        }
    }
}

#[test]
fn the_covering_set_has_every_leaf_access_and_control_in_every_place() {
    let selection = Selection { granule: Granule::Size64K, size: None, theme: None };
    let mut seen = BTreeSet::new();
    let mut last = None;
    for one in selection.settings().flat_map(|setting| selection.covered(setting)) {
        let number = one.index();
        assert!(last.replace(number) < Some(number), "in order, each once");
        if one.output == Output::Memory {
            let controls = [
                one.hardware_access_flag,
                one.hardware_dirty_state,
                one.write_execute_never,
                one.privileged_access_never,
            ];
            let place = Place::ALL.iter().position(|place| *place == one.place);
            seen.insert((place, controls, one.kind, one.exception_level, one.leaf.0));
        }
    }
    assert_eq!(seen.len(), selection.places().count() * 16 * KINDS.len() * 2 * 256);
}
