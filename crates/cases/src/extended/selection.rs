//! Which combinations a case is about.

use super::{COMBINATIONS, Combination, Granted, TableFlags, question::TABLES};
use crate::geometries::KINDS;
use crate::product::{LeafBits, TableBits, TablePlace, Values, mix};
use crate::space::{Implemented, Lacking, Part};
use afdbm::geometry::Level;
use core::fmt;
use oracle::{AccessKind, ExceptionLevel, Family, TlbState};

/// Combinations that a sample draws between two changes of the controls: a change empties the TLB.
const PER_CHANGE: u64 = 10;

/// What of TCR2_EL1 a case turns on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extension {
    /// PIE: indirect permissions.
    IndirectPermissions,
    /// HAFT: the Access flag of Table descriptors.
    TableAccessFlags,
}

impl Extension {
    /// Gives a combination the extension, alone.
    fn impose(self, combination: Combination) -> Combination {
        let indirect = self == Self::IndirectPermissions;
        let granted = if indirect { combination.granted } else { Granted::at(0) };
        Combination { indirect, table_access_flag: !indirect, granted, ..combination }
    }
}

/// What a combination is mainly about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    /// Writes, under tables without attributes.
    Writes,
    /// Loads likewise.
    Reads,
    /// Fetches likewise.
    Fetches,
    /// AT likewise.
    Translations,
    /// Any access under tables that would restrict direct permissions.
    Restrictions,
    /// Any access but AT, with HA=1, that walks to a leaf.
    Walks,
    /// AT, with HA=1.
    TranslationWalks,
    /// Any access with HA=0.
    Unmanaged,
    /// Any access, with HA=1, to an invalid leaf.
    NoLeaf,
}

impl Theme {
    /// Tells whether an access has the theme, as far as its kind says.
    fn concerns(self, kind: AccessKind) -> bool {
        match self {
            Self::Writes => matches!(kind.family(), Family::Write | Family::Atomic),
            Self::Reads => kind.family() == Family::Read,
            Self::Fetches => kind == AccessKind::Fetch,
            Self::Translations | Self::TranslationWalks => kind.family() == Family::Translation,
            Self::Walks => kind.family() != Family::Translation,
            Self::Restrictions | Self::Unmanaged | Self::NoLeaf => true,
        }
    }

    /// Gives a combination the theme; `random` chooses where it leaves a choice.
    fn impose(self, combination: Combination, random: u64) -> Combination {
        let count = KINDS.iter().filter(|kind| self.concerns(**kind)).count() as u64;
        let chosen = usize::try_from(random % count).unwrap_or(0);
        let kind = KINDS.into_iter().filter(|kind| self.concerns(*kind)).nth(chosen);
        let combination = Combination { kind: kind.unwrap_or(combination.kind), ..combination };
        match self {
            Self::Writes | Self::Reads | Self::Fetches | Self::Translations => {
                Combination { table: TableBits(0), ..combination }
            }
            // One of APTable and the others at least.
            Self::Restrictions => {
                let one = 1 << (random >> 32 & 0b11);
                Combination { table: TableBits(combination.table.0 | one), ..combination }
            }
            Self::Walks | Self::TranslationWalks => Combination {
                hardware_access_flag: true,
                leaf: LeafBits(combination.leaf.0 | VALID),
                ..combination
            },
            Self::Unmanaged => Combination { hardware_access_flag: false, ..combination },
            Self::NoLeaf => Combination {
                hardware_access_flag: true,
                leaf: LeafBits(combination.leaf.0 & !VALID),
                ..combination
            },
        }
    }
}

/// The bits of [`LeafBits`] that say whether a leaf is valid, and one of a group.
const VALID: u8 = 1;
const CONTIGUOUS: u8 = 1 << 7;

/// Combinations of one extension, all of them or those of one theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selection {
    /// The extension.
    pub extension: Extension,
    /// The theme, or every one.
    pub theme: Option<Theme>,
}

/// The combinations of the covering set that have controls in common: a TLB is emptied between two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting(Combination);

impl Setting {
    /// Goes through the covering set's combinations of the setting.
    ///
    /// With indirect permissions each leaf that is valid meets each access from each Exception level once with each pair of
    /// registers, HA and HD; with Access flags of tables, with each flag of a table and each level too. All else rotates.
    pub fn combinations(self) -> impl Iterator<Item = Combination> {
        let Self(controls) = self;
        let flags = if controls.indirect { 1 } else { TableFlags::COUNT };
        let leaves = (0..flags).flat_map(|flags| (0..LeafBits::COUNT).map(move |leaf| (flags, leaf)));
        let accesses =
            KINDS.into_iter().flat_map(|kind| (0..ExceptionLevel::COUNT).map(move |el| (kind, el)));
        let both = accesses.flat_map(move |access| leaves.clone().map(move |leaf| (access, leaf)));
        let levels = (0..<Level as Values>::COUNT).map(Level::at);
        let all = levels.flat_map(move |level| both.clone().map(move |(access, leaf)| (level, access, leaf)));
        all.filter_map(move |(level, (kind, exception_level), (flags, leaf))| {
            let leaf = LeafBits::at(leaf);
            let exception_level = ExceptionLevel::at(exception_level);
            let asked =
                Combination { level, kind, exception_level, flags: TableFlags::at(flags), leaf, ..controls };
            is_in_turn(&asked).then(|| {
                let [table, tlb, flags, place, ..] = mix(asked.index()).to_le_bytes();
                let table = TableBits(if table & 1 == 0 { 0 } else { table >> 1 & 0xf });
                let tlb = TlbState::at(u16::from(tlb) % TlbState::COUNT);
                let flags = if asked.indirect { TableFlags(flags & 0b111) } else { asked.flags };
                let place = TablePlace::at(u16::from(place & 1));
                Combination { place, table, tlb, flags, ..asked }
            })
        })
    }
}

/// Tells whether WXN, PAN, the level and the group, which rotate, stand as the others have it.
fn is_in_turn(combination: &Combination) -> bool {
    let Combination { granted, kind, leaf, .. } = *combination;
    let mixed = u32::from(granted.digit()) + kind as u32 + u32::from(leaf.0 >> 1);
    let grouped = leaf.0 & CONTIGUOUS != 0;
    let asked =
        u32::from(combination.write_execute_never) << 1 | u32::from(combination.privileged_access_never);
    let seldom = leaf.0 & VALID == 0 && !granted.digit().is_multiple_of(8);
    let level = !combination.indirect || u32::from(combination.level.digit()) == mixed / 4 % 3;
    mixed % 4 == asked
        && grouped == (kind as u32 + u32::from(granted.digit() >> 4)).is_multiple_of(2)
        && level
        && !seldom
}

impl Part for Selection {
    const ORDER_VERSION: u8 = 1;

    type Question = Combination;
    type Setting = Setting;

    fn lacking(&self, implemented: &Implemented) -> Option<Lacking> {
        let indirect = matches!(self.extension, Extension::IndirectPermissions);
        match implemented.lacks_extended(indirect, !indirect) {
            None => implemented.lacks_granule(TABLES.granule),
            lacking => lacking,
        }
    }

    fn is_covering(&self) -> bool {
        self.theme.is_none()
    }

    /// Most leaves are valid.
    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Combination> {
        let Self { extension, theme } = self;
        (0..size).filter_map(move |draw| {
            let change = draw / PER_CHANGE;
            let random = |salt: u64| mix(seed.wrapping_add(mix(salt)));
            let controls = Combination::from_index(random(change) % COMBINATIONS)?;
            let random = random(draw + size);
            let drawn = Combination::from_index(random % COMBINATIONS)?;
            let valid = u8::from(mix(random) & 0b111 != 0);
            let drawn = Combination {
                granted: controls.granted,
                // Each of the four settings in turn.
                hardware_access_flag: change & 1 == 0,
                hardware_dirty_state: change & 2 == 0,
                write_execute_never: controls.write_execute_never,
                privileged_access_never: controls.privileged_access_never,
                leaf: LeafBits(drawn.leaf.0 | valid),
                ..drawn
            };
            let drawn = extension.impose(drawn);
            Some(theme.map_or(drawn, |theme| theme.impose(drawn, mix(random ^ seed))))
        })
    }

    fn covered(self, setting: Setting) -> impl Iterator<Item = Combination> {
        setting.combinations()
    }

    fn settings(self) -> impl Iterator<Item = Setting> {
        const PER_SETTING: u64 = COMBINATIONS / (4 * Granted::COUNT as u64 * 16);
        let extension = self.extension;
        let all =
            (0..COMBINATIONS / PER_SETTING).map(|setting| Combination::from_index(setting * PER_SETTING));
        all.flatten().filter(move |first| extension.impose(*first) == *first).map(Setting)
    }
}

/// Shows what is turned on.
impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.extension {
            Extension::IndirectPermissions => "indirect permissions",
            Extension::TableAccessFlags => "Access flags of tables",
        })
    }
}
