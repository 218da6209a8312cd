//! Indirect permissions and the Access flag of tables, which no emulator has in every part: the oracle, held against the
//! machine as it should be, of every temper, and with one defect at a time.

use super::std::{println, vec::Vec};
use super::{Convictions, Defect, Hardware, Liberty, Temper, alone};
use crate::extended::{self, Extension};
use crate::geometries::Judge;
use crate::product::mix;
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, TableAttributes};
use afdbm::geometry::{Geometry, Level};
use core::fmt;
use oracle::{
    Access, AccessKind, Architecture, Controls, ExceptionLevel, HardwareManagement, Leaves, Path,
    PermissionScheme, Query, RangeControls, TlbState, check, explain, predict,
};

/// What a machine may do or not here.
const LIBERTIES: [Liberty; 7] = [
    Liberty::SpontaneousFlag,
    Liberty::FlagBesidePermission,
    Liberty::DirtyByFailedCompare,
    Liberty::TwoUpdates,
    Liberty::FlagByTranslation,
    Liberty::KeepsTranslations,
    Liberty::TableFlagBesideFault,
];

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

/// Draws a query of a machine.
fn query(hardware: &Hardware, about: About, seed: u64) -> Query {
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
        features: hardware.features,
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

fn queries(hardware: &Hardware, about: About, seed: u64, size: u64) -> impl Iterator<Item = Query> {
    (0..size).map(move |number| query(hardware, about, mix(seed << 32 | number)))
}

/// Judges a machine that should pass.
fn pass(hardware: &Hardware, name: &dyn fmt::Debug, about: About, (seed, size): (u64, u64)) {
    for query in queries(hardware, about, seed, size) {
        let outcome = alone::run(hardware, &query);
        let allowed = predict(Architecture, &query);
        let judged = check(&query, &allowed, &outcome);
        assert!(judged.is_ok(), "{name:?}: {judged:?}\n{query:#?}\n{allowed:#?}\n{outcome:#?}");
    }
}

/// The machine without FEAT_HAFT: a hardware that manages both states of leaves alone.
fn without_tables(hardware: Hardware) -> Hardware {
    let hardware_management = HardwareManagement::AccessFlagAndDirtyState;
    Hardware { features: oracle::Features { hardware_management, ..hardware.features }, ..hardware }
}

#[test]
fn an_honest_machine_passes() {
    for about in [About::Indirect, About::Tables] {
        pass(&Hardware::honest(), &"honest", about, (1, 60_000));
        pass(&without_tables(Hardware::honest()), &"without FEAT_HAFT", about, (2, 20_000));
    }
}

#[test]
fn no_temper_is_failed() {
    let tempers: Vec<_> = Temper::alone_and_in_pairs(&LIBERTIES).collect();
    for (seed, (temper, name)) in (0..).zip(&tempers) {
        for about in [About::Indirect, About::Tables] {
            pass(&Hardware::new(*temper, None), name, about, (seed, 4_000));
        }
    }
    println!("{} tempers", tempers.len());
}

#[test]
fn every_liberty_shows() {
    for liberty in LIBERTIES.into_iter().filter(|liberty| !liberty.leaves_no_trace()) {
        let (lazy, free) = (Hardware::honest(), Hardware::new(Temper::taking(&[liberty]), None));
        let mut queries = [About::Indirect, About::Tables]
            .into_iter()
            .flat_map(|about| queries(&lazy, about, 5, 20_000).collect::<Vec<_>>());
        let shows = queries.any(|query| alone::run(&lazy, &query) != alone::run(&free, &query));
        assert!(shows, "{liberty:?}");
    }
}

/// Judges a machine with a defect.
fn convict(about: About, defect: Defect) -> Convictions {
    let hardware = Hardware::new(Temper::LAZY, Some(defect));
    let lacking = defect == Defect::TableFlagWithoutFeature;
    let hardware = if lacking { without_tables(hardware) } else { hardware };
    let mut convictions = Convictions::default();
    for query in queries(&hardware, about, 3, 12_000) {
        let outcome = alone::run(&hardware, &query);
        let judged = check(&query, &predict(Architecture, &query), &outcome);
        let aspect = judged.err().map(|mismatch| mismatch.aspect);
        convictions.take(aspect, || explain(&query, &outcome).collect());
    }
    convictions
}

#[test]
fn every_defect_of_indirect_permissions_is_convicted_and_named() {
    Convictions::all(Defect::INDIRECT, |defect| convict(About::Indirect, defect));
}

#[test]
fn every_defect_of_the_flag_of_tables_is_convicted_and_named() {
    Convictions::all(Defect::TABLES, |defect| convict(About::Tables, defect));
}

/// A sample of the kernel's space: of each theme of an extension.
fn asked(about: About, seed: u64, size: u64) -> Vec<extended::Combination> {
    use extended::Theme::{
        Fetches, NoLeaf, Reads, Restrictions, TranslationWalks, Translations, Unmanaged, Walks, Writes,
    };
    let (extension, themes) = match about {
        About::Indirect => {
            (Extension::IndirectPermissions, [Writes, Reads, Fetches, Translations, Restrictions].as_slice())
        }
        About::Tables => {
            (Extension::TableAccessFlags, [Walks, TranslationWalks, Unmanaged, NoLeaf].as_slice())
        }
    };
    let selections = themes.iter().map(|theme| extended::Selection { extension, theme: Some(*theme) });
    selections.flat_map(|selection| selection.sample(seed, size).collect::<Vec<_>>()).collect()
}

#[test]
fn an_honest_machine_of_either_temper_passes_in_the_space_of_the_kernel() {
    for (temper, about) in [Temper::LAZY, Temper::EAGER]
        .into_iter()
        .flat_map(|temper| [About::Indirect, About::Tables].map(|about| (temper, about)))
    {
        let mut machine = Hardware::new(temper, None);
        let mut judge = Judge::new(&mut machine);
        let mut run = 0;
        for combination in asked(about, 1, 10_000) {
            let Ok(seen) = judge.examine(&combination) else { continue };
            assert_eq!(seen.mismatch, None, "{temper:?}: {combination}\n{seen:?}");
            run += 1;
        }
        assert!(run > 20_000, "{about:?}: {run}");
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
    for (about, defects) in [(About::Indirect, indirect), (About::Tables, of_tables)] {
        let combinations = asked(about, 3, 3_000);
        Convictions::all(&defects, |defect| {
            let mut machine = Hardware::new(Temper::LAZY, Some(defect));
            let mut judge = Judge::new(&mut machine);
            let mut convictions = Convictions::default();
            for seen in combinations.iter().filter_map(|combination| judge.examine(combination).ok()) {
                let aspect = seen.mismatch.map(|mismatch| mismatch.aspect);
                convictions.take(aspect, || explain(&seen.query, &seen.outcome).collect());
            }
            convictions
        });
    }
}
