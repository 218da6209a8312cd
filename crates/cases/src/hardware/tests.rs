//! Indirect permissions and the Access flag of tables, which no emulator has in every part: the oracle, held against the
//! machine as it should be, of every temper, and with one defect at a time.

use super::std::vec::Vec;
use super::{Defect, Hardware, Liberty, Temper, Trial, alone, examine};
use crate::extended::{self, Extension};
use crate::product::{Examination, mix};
use crate::space::Part;
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, TableAttributes};
use afdbm::geometry::{Geometry, Level};
use oracle::{
    Access, AccessKind, Controls, ExceptionLevel, Leaves, Path, PermissionScheme, Query, RangeControls,
    TlbState,
};

const KINDS: [AccessKind; 8] = [
    AccessKind::Load,
    AccessKind::Store,
    AccessKind::CompareAndSwap,
    AccessKind::CompareAndSwapMismatch,
    AccessKind::FetchAdd,
    AccessKind::Fetch,
    AccessKind::TranslateRead,
    AccessKind::TranslateWrite,
];

/// What a query is drawn of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum About {
    Indirect,
    Tables,
}

/// Digits of a random number.
struct Draw(u64);

impl Draw {
    fn below(&mut self, count: u64) -> u64 {
        self.0 = mix(self.0);
        self.0 % count
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// True but once in `count`.
    fn mostly(&mut self, count: u64) -> bool {
        self.below(count) != 0
    }
}

/// Draws a query of a machine that has everything.
fn query(about: About, seed: u64) -> Query {
    let draw = &mut Draw(seed);
    let geometry = Geometry::SIZE_4K.with_output_bits(44).expect("a size of the 4K granule");
    let leaf_level =
        [Level::L3, Level::L3, Level::L2, Level::L1][usize::try_from(draw.below(4)).unwrap_or(0)];
    let mut path = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level };
    for level in Level::ALL.into_iter().filter(|level| *level >= Level::L0 && *level < leaf_level) {
        let beyond = if draw.mostly(16) { 0 } else { 1 << 44 };
        let next = PhysicalAddress((0x4000_0000 + ((level.position() as u64) << 16)) | beyond);
        let mut table = Descriptor::table(geometry, next, TableAttributes::NONE);
        for bit in [Descriptor::PXN_TABLE, Descriptor::UXN_TABLE, Descriptor::AP_TABLE_READ_ONLY] {
            table.0 |= if draw.mostly(4) { 0 } else { bit };
        }
        table.0 |= if about == About::Indirect || draw.flag() { Descriptor::AF } else { 0 };
        *path.at(level) = table;
    }
    let mut leaf = 1 << 42 | 0b11 << 8 | u64::from(leaf_level == Level::L3) << 1;
    leaf |= u64::from(draw.mostly(8)) | if draw.mostly(4) { Descriptor::AF } else { 0 };
    for bit in [Descriptor::AP1, 1 << 7, Descriptor::DBM, Descriptor::PXN, Descriptor::UXN] {
        leaf |= if draw.flag() { bit } else { 0 };
    }
    *path.at(leaf_level) = Descriptor(leaf);
    let permissions = match about {
        About::Indirect => PermissionScheme::Indirect {
            privileged: draw.below(u64::MAX),
            unprivileged: draw.below(u64::MAX),
        },
        About::Tables => PermissionScheme::Direct,
    };
    let kind = KINDS[usize::try_from(draw.below(KINDS.len() as u64)).unwrap_or(0)];
    let user = draw.flag() && !kind.is_undefined_at_el0();
    Query {
        controls: Controls {
            hardware_access_flag: draw.mostly(4),
            hardware_dirty_state: draw.mostly(4),
            table_access_flag: about == About::Tables && draw.mostly(4),
            permissions,
            write_execute_never: draw.flag(),
            privileged_access_never: draw.flag(),
            range: RangeControls { geometry, ..RangeControls::default() },
            ..Controls::default()
        },
        features: Hardware::FEATURES,
        access: Access {
            kind,
            level: if user { ExceptionLevel::El0 } else { ExceptionLevel::El1 },
            address: VirtualAddress(0xa5c9_3c6d_2e40),
        },
        paths: Leaves::stage_1(path, Path { leaf_level, ..path }),
        tlb: [TlbState::Cold, TlbState::AfterLoad, TlbState::AfterStore]
            [usize::try_from(draw.below(3)).unwrap_or(0)],
    }
}

impl Trial for About {
    type Asked = Query;
    type Examined = Examination;

    fn liberties(self) -> &'static [Liberty] {
        const TABLES: &[Liberty] = &[
            Liberty::SpontaneousFlag,
            Liberty::FlagBesidePermission,
            Liberty::DirtyByFailedCompare,
            Liberty::TwoUpdates,
            Liberty::FlagByTranslation,
            Liberty::KeepsTranslations,
            Liberty::TableFlagBesideFault,
        ];
        match self {
            Self::Indirect => &TABLES[..TABLES.len() - 1],
            Self::Tables => TABLES,
        }
    }

    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Query> {
        (0..size).map(move |number| query(self, mix(seed << 32 | number)))
    }

    fn examine(self, hardware: &mut Hardware, asked: &Query) -> Option<Examination> {
        let query = Query { features: hardware.features, ..*asked };
        Some(Examination::new(query, alone::run(hardware, &query)))
    }
}

#[test]
fn an_honest_machine_passes() {
    for about in [About::Indirect, About::Tables] {
        let run = about.pass(Hardware::honest(), &"honest", about.sample(1, 60_000));
        assert_eq!(run, 60_000);
    }
}

#[test]
fn machines_that_lack_something_pass() {
    for about in [About::Indirect, About::Tables] {
        about.lesser_machines_pass(20_000);
    }
}

#[test]
fn no_temper_is_failed() {
    for about in [About::Indirect, About::Tables] {
        about.no_temper_is_failed((8_000, 6_000));
    }
}

#[test]
fn every_liberty_shows() {
    for about in [About::Indirect, About::Tables] {
        about.every_liberty_shows(20_000);
    }
}

#[test]
fn every_defect_of_indirect_permissions_is_convicted_and_named() {
    About::Indirect.every_defect_is_named(Defect::INDIRECT, 12_000);
}

#[test]
fn every_defect_of_the_flag_of_tables_is_convicted_and_named() {
    About::Tables.every_defect_is_named(Defect::TABLES, 12_000);
}

/// A sample of the kernel's space: of each theme of an extension.
#[derive(Clone, Copy, Debug)]
struct OfSpace(About);

impl Trial for OfSpace {
    type Asked = extended::Combination;
    type Examined = Examination;

    fn liberties(self) -> &'static [Liberty] {
        self.0.liberties()
    }

    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = extended::Combination> {
        use extended::Theme::{
            Fetches, NoLeaf, Reads, Restrictions, TranslationWalks, Translations, Unmanaged, Walks, Writes,
        };
        let (extension, themes) = match self.0 {
            About::Indirect => (
                Extension::IndirectPermissions,
                [Writes, Reads, Fetches, Translations, Restrictions].as_slice(),
            ),
            About::Tables => {
                (Extension::TableAccessFlags, [Walks, TranslationWalks, Unmanaged, NoLeaf].as_slice())
            }
        };
        let selections =
            themes.iter().map(move |theme| extended::Selection { extension, theme: Some(*theme) });
        selections.flat_map(move |selection| selection.sample(seed, size))
    }

    fn examine(self, hardware: &mut Hardware, asked: &extended::Combination) -> Option<Examination> {
        examine(hardware, asked)
    }
}

#[test]
fn an_honest_machine_of_either_temper_passes_in_the_space_of_the_kernel() {
    for space in [OfSpace(About::Indirect), OfSpace(About::Tables)] {
        for temper in [Temper::LAZY, Temper::EAGER] {
            let run = space.pass(Hardware::new(temper, None), &temper, space.sample(1, 10_000));
            assert!(run > 20_000, "{space:?}: {run}");
        }
    }
}

#[test]
fn the_space_of_the_kernel_convicts_the_same_defects() {
    // No table of it is too large, and what a CPU lacks is not asked of it. HAFT=0 goes with indirect permissions.
    let beyond = [Defect::FaultyTableMarked, Defect::TableSizeUnchecked, Defect::TableFlagWithoutFeature];
    let without_enable = Defect::TableFlagWithoutEnable;
    let of_tables =
        Defect::TABLES.iter().filter(|defect| !beyond.contains(defect) && **defect != without_enable);
    let of_tables: Vec<_> = of_tables.copied().collect();
    let indirect = [Defect::INDIRECT, &[without_enable]].concat();
    OfSpace(About::Indirect).every_defect_is_named(&indirect, 3_000);
    OfSpace(About::Tables).every_defect_is_named(&of_tables, 3_000);
}
