//! Which combinations a case is about.

use super::combination::{KINDS, LEAVES as STAGE_1};
use super::{
    COMBINATIONS, Combination, Controls, DataLeaf, Leaf, Permissions, Place, TableLeaf, TableMemory, Walked,
};
use crate::product::{LeafBits, Values, mix};
use crate::space::{Implemented, Lacking, Part, position};
use afdbm::geometry::Granule;
use core::fmt;
use oracle::{AccessKind, ExceptionLevel, Family, TlbState};

/// How often a number is drawn for each that is wanted.
const TRIES: u64 = 16;
/// Combinations with direct permissions, which come first.
const DIRECT: u64 = COMBINATIONS / <Permissions as Values>::COUNT as u64;
/// Combinations of one place, and of one setting.
const PER_PLACE: u64 = DIRECT / Place::ALL.len() as u64;
const PER_SETTING: u64 = PER_PLACE / (TableMemory::ALL.len() as u64 * <Controls as Values>::COUNT as u64);
/// Combinations of a setting that differ in the access alone.
const PER_ACCESS: u64 = Walked::ALL.len() as u64 * TlbState::COUNT as u64 * LEAVES;
const LEAVES: u64 = TABLES * DATA * STAGE_1;
const TABLES: u64 = TableLeaf::COUNT as u64;
const DATA: u64 = DataLeaf::COUNT as u64;

/// Combinations of one granule of stage 2, or of every one; all of them or those of one theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selection {
    /// The granule of stage 2, or every one.
    pub granule: Option<Granule>,
    /// The theme, or every one.
    pub theme: Option<Theme>,
}

/// What a combination is mainly about: each has one theme.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Theme {
    /// The leaf of the data at stage 2; the tables of stage 1 are open.
    Data,
    /// The leaf of a page of stage 1's tables at stage 2; the data is open.
    Tables,
    /// Both have something to refuse, or to be marked.
    Both,
    /// HCR_EL2.PTW.
    Protected,
    /// Pairs of exclusives, and load-exclusives.
    Exclusives,
    /// Loads, stores and the like that find in the TLB what another access left.
    Warm,
    /// PRFM, which may do what speculation may.
    Speculation,
    /// AT by stage 1, which EL1 executes.
    TranslationsByOne,
    /// AT by both stages, which EL2 executes.
    TranslationsByBoth,
    /// Indirect permissions of the data's leaf at stage 2; the tables of stage 1 are open.
    IndirectData,
    /// Indirect permissions of the leaf of a page of stage 1's tables at stage 2.
    IndirectTables,
}

impl Combination {
    /// Gives every other combination a table that may be read, so that the access comes to what lies behind it.
    fn walked_by_half(self) -> Self {
        let table = if self.data.has_upper_execute_never() { self.table.readable() } else { self.table };
        Self { table, ..self }
    }
}

impl Theme {
    /// Returns the theme of a combination.
    #[must_use]
    pub fn of(combination: &Combination) -> Self {
        if combination.permissions != Permissions::Direct {
            return if combination.table == TableLeaf::OPEN {
                Self::IndirectData
            } else {
                Self::IndirectTables
            };
        }
        if combination.memory != TableMemory::Normal {
            return Self::Protected;
        }
        match (Self::of_kind(combination.kind), combination.table.is_open(), combination.data.is_open()) {
            (Some(theme), ..) => theme,
            _ if combination.before != TlbState::Cold => Self::Warm,
            (None, true, _) => Self::Data,
            (None, false, true) => Self::Tables,
            (None, false, false) => Self::Both,
        }
    }

    /// Returns the theme that an access has for itself.
    const fn of_kind(kind: AccessKind) -> Option<Self> {
        match kind.family() {
            Family::Optional(_) => Some(Self::Speculation),
            Family::Translation if kind.translates_by_both_stages() => Some(Self::TranslationsByBoth),
            Family::Translation => Some(Self::TranslationsByOne),
            Family::Read | Family::Write if kind.is_exclusive_or_atomic() => Some(Self::Exclusives),
            _ => None,
        }
    }

    /// Tells whether it is about indirect permissions of stage 2.
    const fn is_indirect(self) -> bool {
        matches!(self, Self::IndirectData | Self::IndirectTables)
    }

    /// Gives a combination the theme.
    fn impose(self, combination: Combination) -> Combination {
        let kinds = KINDS.into_iter().filter(|kind| match Self::of_kind(*kind) {
            None => matches!(self, Self::Data | Self::Tables | Self::Both | Self::Warm),
            Some(theme) => theme == self,
        } || self.is_indirect());
        let place = usize::from(position(&KINDS, &combination.kind)) % kinds.clone().count().max(1);
        let kind = kinds.clone().nth(place).unwrap_or(combination.kind);
        let normal = Combination { memory: TableMemory::Normal, kind, ..combination };
        let cold = Combination { before: TlbState::Cold, ..normal };
        match self {
            Self::Data => Combination { table: TableLeaf::OPEN, ..cold },
            Self::Tables => Combination { data: DataLeaf::OPEN, ..cold },
            Self::Both => cold,
            Self::Protected => combination,
            Self::TranslationsByOne | Self::TranslationsByBoth => {
                Combination { exception_level: ExceptionLevel::El1, ..normal }.walked_by_half()
            }
            Self::Exclusives | Self::Warm | Self::Speculation => normal.walked_by_half(),
            Self::IndirectData => Combination { table: TableLeaf::OPEN, ..normal },
            Self::IndirectTables => Combination { data: DataLeaf::OPEN, ..normal },
        }
    }
}

/// The combinations of the covering set that have place, memory and controls in common: a TLB is emptied between two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting(u64);

impl Setting {
    /// Goes through the covering set's combinations of the setting.
    ///
    /// Each leaf of the data meets each access; leaf of stage 1 and leaf of the table rotate with both, so that over all
    /// settings each three leaves meet, with a cold TLB and with what a load or a store leaves there.
    pub fn combinations(self) -> impl Iterator<Item = Combination> {
        let Self(setting) = self;
        let settings = DIRECT / PER_SETTING;
        (0..PER_SETTING / PER_ACCESS * DATA).filter_map(move |number| {
            let (access, data) = (number / DATA, number % DATA);
            let turn = access * settings + setting;
            // An odd step, so that the leaves of the data meet as many of stage 1.
            let leaves = turn + data * 37;
            let (leaf, table) = (leaves % STAGE_1, leaves / STAGE_1 % TABLES);
            let walked = (turn + data + table) % Walked::ALL.len() as u64;
            // Three leaves meet once in a round of turns, and go before by turns.
            let (round, within) = (turn / (STAGE_1 * TABLES), turn % (STAGE_1 * TABLES));
            let before = match mix(within * DATA + data).wrapping_add(round) % 4 {
                0 => TlbState::AfterLoad,
                2 => TlbState::AfterStore,
                _ => TlbState::Cold,
            };
            let cold = (setting * PER_SETTING + access * PER_ACCESS)
                + walked * u64::from(TlbState::COUNT) * LEAVES
                + (table * DATA + data) * STAGE_1
                + leaf;
            Combination::from_index(cold).map(|cold| Combination { before, ..cold })
        })
    }
}

impl Selection {
    fn places(&self) -> impl Iterator<Item = Place> + Clone + use<> {
        let granule = self.granule;
        Place::ALL.into_iter().filter(move |place| granule.is_none_or(|granule| place.granule == granule))
    }

    /// Tells whether a combination is of the selection.
    #[must_use]
    pub fn contains(&self, combination: &Combination) -> bool {
        self.granule.is_none_or(|granule| combination.place.granule == granule)
            && self.theme.is_none_or(|theme| Theme::of(combination) == theme)
    }
}

impl Part for Selection {
    const ORDER_VERSION: u8 = 2;

    type Question = Combination;
    type Setting = Setting;

    fn lacking(&self, implemented: &Implemented) -> Option<Lacking> {
        if self.theme.is_some_and(Theme::is_indirect)
            && let Some(lacking) = implemented.lacks_indirect_stage_2()
        {
            return Some(lacking);
        }
        let mut lacking = None;
        for place in self.places() {
            lacking = Some(place.lacking(implemented)?);
        }
        lacking
    }

    fn is_covering(&self) -> bool {
        self.theme.is_none()
    }

    /// Place by place; most leaves are valid.
    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Combination> {
        let selection = self;
        let places = self.places();
        let count = places.clone().count() as u64;
        (0..size).filter_map(move |draw| {
            let place = places.clone().nth(usize::try_from(draw * count / size).ok()?)?;
            // Each setting of the controls once in each place: a change of them empties the TLB.
            let settings = u64::from(<Controls as Values>::COUNT);
            let controls = u16::try_from(draw * count * settings / size % settings).ok()?;
            let mut tries = (0..TRIES).filter_map(|again| {
                let random = mix(seed.wrapping_add(mix((place.number() * size + draw) * TRIES + again)));
                let drawn = Combination::from_index(random % PER_PLACE)?;
                let more = mix(random);
                let indirect = selection.theme.is_some_and(Theme::is_indirect);
                let valid = |place: u32| u8::from(more >> (3 * place) & 0b111 != 0);
                let drawn = Combination {
                    permissions: if indirect { Permissions::indirect(more >> 32) } else { drawn.permissions },
                    place,
                    controls: Controls::at(controls),
                    table: Leaf(drawn.table.0 | valid(0)),
                    data: Leaf(drawn.data.0 | valid(1)),
                    leaf: LeafBits(drawn.leaf.0 | valid(2)),
                    ..drawn
                };
                let drawn = selection.theme.map_or(drawn, |theme| theme.impose(drawn));
                selection.contains(&drawn).then_some(drawn)
            });
            tries.next()
        })
    }

    fn covered(self, setting: Setting) -> impl Iterator<Item = Combination> {
        setting.combinations()
    }

    fn settings(self) -> impl Iterator<Item = Setting> {
        let selection = self;
        (0..DIRECT / PER_SETTING).map(Setting).filter(move |Setting(setting)| {
            let first = Combination::from_index(setting * PER_SETTING);
            first.is_some_and(|first| selection.places().any(|place| place == first.place))
        })
    }
}

/// Shows `stage 2 of 16K`.
impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.granule {
            Some(granule) => write!(formatter, "stage 2 of {}K", granule.page_size() >> 10),
            None => formatter.write_str("stage 2"),
        }
    }
}
