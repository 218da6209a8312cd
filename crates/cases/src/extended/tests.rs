//! Tests of the space: its numbers, what registers grant, samples and covering set.

use super::{COMBINATIONS, Combination, Extension, Granted, Selection, Theme};
use crate::geometries::KINDS;
use crate::product::Values;
use crate::space::{Implemented, Part};
use oracle::{Family, PermissionScheme};

extern crate std;
use std::collections::BTreeSet;
use std::string::ToString;
use std::vec::Vec;

const INDIRECT: Selection = Selection { extension: Extension::IndirectPermissions, theme: None };
const TABLES: Selection = Selection { extension: Extension::TableAccessFlags, theme: None };

#[test]
fn every_number_is_a_combination() {
    assert_eq!(Selection::ORDER_VERSION, 1);
    // A step that shares no factor with the count.
    let step = 99_999_989;
    for number in (0..COMBINATIONS).step_by(step).chain([COMBINATIONS - 1]) {
        let combination = Combination::from_index(number).expect("a number below the count");
        assert_eq!(combination.index(), number);
    }
    assert_eq!(Combination::from_index(COMBINATIONS), None);
}

#[test]
fn each_index_meets_each_pair_of_permissions() {
    for index in 0..16 {
        let pairs: BTreeSet<_> = (0..Granted::COUNT).map(|digit| Granted::at(digit).fields(index)).collect();
        let kept = Granted::KEPT.iter().find(|kept| kept.index == index);
        assert_eq!(pairs.len(), if kept.is_some() { 1 } else { 256 }, "{index:#06b}");
        if let Some(kept) = kept {
            assert_eq!(pairs.first(), Some(&(kept.privileged, kept.unprivileged)));
        }
    }
    let PermissionScheme::Indirect { privileged, unprivileged } = Granted::at(0x21).scheme() else {
        panic!("a setting of the registers");
    };
    for index in 0..16 {
        let fields = (privileged >> (4 * index) & 0xf, unprivileged >> (4 * index) & 0xf);
        assert_eq!(fields, Granted::at(0x21).fields(index));
    }
}

#[test]
fn a_sample_is_the_seed_s_and_of_its_theme() {
    use Theme::{
        Fetches, NoLeaf, Reads, Restrictions, TranslationWalks, Translations, Unmanaged, Walks, Writes,
    };
    let indirect = [Writes, Reads, Fetches, Translations, Restrictions].map(|theme| (INDIRECT, theme));
    let tables = [Walks, TranslationWalks, Unmanaged, NoLeaf].map(|theme| (TABLES, theme));
    for (selection, theme) in indirect.into_iter().chain(tables) {
        let selection = Selection { theme: Some(theme), ..selection };
        let sample = |seed| selection.sample(seed, 240).collect::<Vec<_>>();
        assert_eq!(sample(1), sample(1));
        assert_ne!(sample(1), sample(2));
        assert_eq!(sample(1).len(), 240);
        let unique: BTreeSet<_> = sample(3).iter().map(Combination::index).collect();
        assert!(unique.len() > 200, "{theme:?}: {}", unique.len());
        for one in sample(3) {
            let is_of_theme = match theme {
                Writes => matches!(one.kind.family(), Family::Write | Family::Atomic) && one.table.0 == 0,
                Reads => one.kind.family() == Family::Read,
                Fetches => one.kind.family() == Family::Fetch,
                Translations => one.kind.family() == Family::Translation && one.table.0 == 0,
                Restrictions => one.table.0 != 0,
                Walks => one.hardware_access_flag && one.leaf.0 & 1 == 1,
                TranslationWalks => one.kind.family() == Family::Translation && one.hardware_access_flag,
                Unmanaged => !one.hardware_access_flag,
                NoLeaf => one.leaf.0 & 1 == 0,
            };
            let extension = selection.extension == Extension::IndirectPermissions;
            assert!(is_of_theme && (one.indirect, one.table_access_flag) == (extension, !extension), "{one}");
            assert!(one.to_string().starts_with(one.kind.name()), "{one}");
        }
        let kinds: BTreeSet<_> = sample(3).iter().map(|one| (one.kind, one.exception_level as u8)).collect();
        let all = KINDS.iter().filter(|kind| sample(5).iter().any(|one| one.kind == **kind)).count();
        assert_eq!(kinds.len(), 2 * all, "{theme:?}: from both Exception levels");
    }
}

#[test]
fn the_covering_set_has_every_leaf_with_every_access_and_register() {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for one in INDIRECT.settings().flat_map(super::Setting::combinations) {
        count += 1;
        if one.leaf.0 & 1 == 1 {
            let managed = u16::from(one.hardware_access_flag) << 1 | u16::from(one.hardware_dirty_state);
            let which = u16::from(one.exception_level.digit() == 1) << 7 | u16::from(one.leaf.0 & 0x7f);
            seen.insert((one.granted.digit(), (managed << 4) | (one.kind as u16 % 16), which));
        }
    }
    std::println!("{count} combinations");
    let kinds: BTreeSet<_> = KINDS.iter().map(|kind| *kind as u16 % 16).collect();
    assert_eq!(seen.len(), 256 * 4 * kinds.len() * 2 * 64);
    let flags: BTreeSet<_> = TABLES
        .settings()
        .flat_map(super::Setting::combinations)
        .map(|one| (one.flags.0, one.level))
        .collect();
    assert_eq!(flags.len(), 8 * 3);
}

#[test]
fn what_a_cpu_lacks_has_a_name() {
    let cpu = |mmfr1, mmfr3| Implemented { mmfr0: 0, mmfr1, mmfr2: 0, mmfr3 };
    let lacking = |selection: Selection, cpu| selection.lacking(&cpu).map(|lacking| lacking.to_string());
    assert_eq!(lacking(INDIRECT, cpu(2, 1)).as_deref(), Some("ID_AA64MMFR3_EL1.S1PIE=0: no FEAT_S1PIE"));
    assert_eq!(lacking(INDIRECT, cpu(2, 0x101)), None);
    assert_eq!(lacking(TABLES, cpu(2, 0x101)).as_deref(), Some("ID_AA64MMFR1_EL1.HAFDBS=2: no FEAT_HAFT"));
    assert_eq!(lacking(TABLES, cpu(3, 1)), None);
    assert_eq!(lacking(TABLES, cpu(4, 1)), None);
    assert_eq!(lacking(TABLES, cpu(3, 0)).as_deref(), Some("ID_AA64MMFR3_EL1.TCRX=0: no TCR2_EL1"));
}
