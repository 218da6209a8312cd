//! Which combinations a case is about.

use super::{COMBINATIONS, Combination, KINDS, Output, Place, Size};
use crate::product::mix;
use crate::space::{Implemented, Lacking, Part};
use afdbm::geometry::{Granule, Level};
use core::fmt;
use core::ops::Range;
use oracle::Family;

/// How often a number is drawn for each that is wanted.
const TRIES: u64 = 16;
/// Combinations of a place, and those of them that have one output address: memory comes first.
const PER_PLACE: u64 = COMBINATIONS / Place::ALL.len() as u64;
const PER_OUTPUT: u64 = PER_PLACE / Output::ALL.len() as u64;

/// Combinations of one granule and format, all of them or those of one theme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selection {
    /// The granule.
    pub granule: Granule,
    /// The size of the addresses, or every one.
    pub size: Option<Size>,
    /// The theme, or every one.
    pub theme: Option<Theme>,
}

/// What a combination is mainly about: each has one theme.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Theme {
    /// Pages, each by itself.
    Pages,
    /// Blocks, each by itself, of the levels 1 and 2.
    Blocks,
    /// Blocks of level 0.
    LargestBlocks,
    /// Contiguous groups.
    Groups,
    /// Output addresses that are no memory's.
    Outputs,
    /// AT.
    Translations,
}

impl Theme {
    /// Returns the theme of a combination.
    #[must_use]
    pub fn of(combination: &Combination) -> Self {
        match combination.place.level {
            _ if combination.output != Output::Memory => Self::Outputs,
            _ if combination.kind.family() == Family::Translation => Self::Translations,
            _ if combination.leaf.is_contiguous() => Self::Groups,
            Level::L3 => Self::Pages,
            Level::L0 | Level::Minus1 => Self::LargestBlocks,
            Level::L1 | Level::L2 => Self::Blocks,
        }
    }

    /// Tells whether a place has combinations of the theme.
    fn is_at(self, place: Place) -> bool {
        match self {
            Self::Pages => place.level == Level::L3,
            Self::Blocks => matches!(place.level, Level::L1 | Level::L2),
            Self::LargestBlocks => place.level < Level::L1,
            Self::Groups => place.has_group(),
            Self::Outputs | Self::Translations => true,
        }
    }
}

impl Selection {
    /// Goes through the places of the selection.
    pub fn places(&self) -> impl Iterator<Item = Place> + Clone + use<> {
        let Self { granule, size, .. } = *self;
        let is_chosen = move |place: &Place| {
            place.tables.granule == granule && size.is_none_or(|size| place.tables.size == size)
        };
        Place::ALL.into_iter().filter(is_chosen)
    }

    /// Tells whether a combination is one of the selection's.
    #[must_use]
    pub fn contains(&self, combination: &Combination) -> bool {
        let tables = combination.place.tables;
        tables.granule == self.granule
            && self.size.is_none_or(|size| tables.size == size)
            && self.theme.is_none_or(|theme| Theme::of(combination) == theme)
    }
}

impl Part for Selection {
    const ORDER_VERSION: u8 = 2;

    type Question = Combination;
    /// The numbers of the combinations: those that have tables, level, output address and controls in common.
    type Setting = Range<u64>;

    fn lacking(&self, implemented: &Implemented) -> Option<Lacking> {
        let mut reasons = self.places().map(|place| place.tables.lacking(implemented));
        reasons.clone().all(|lacking| lacking.is_some()).then(|| reasons.next().flatten()).flatten()
    }

    fn is_covering(&self) -> bool {
        self.theme.is_none()
    }

    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Combination> {
        let selection = self;
        let numbers = if self.theme == Some(Theme::Outputs) { PER_OUTPUT..PER_PLACE } else { 0..PER_OUTPUT };
        let length = numbers.end - numbers.start;
        let places =
            self.places().filter(move |place| selection.theme.is_none_or(|theme| theme.is_at(*place)));
        let all = places.clone().count() as u64 * length;
        (0..size).filter_map(move |draw| {
            // One of each stretch, a few times over until one has the theme.
            let stretch = draw * all / size..(draw + 1) * all / size;
            let mut tries = (0..TRIES).filter_map(|again| {
                let random = mix(seed.wrapping_add(mix(draw * TRIES + again)));
                let position = stretch.start + random % (stretch.end - stretch.start);
                let place = usize::try_from(position / length).ok()?;
                let within = Combination::from_index(numbers.start + position % length)?;
                let combination = Combination { place: places.clone().nth(place)?, ..within };
                selection.contains(&combination).then_some(combination)
            });
            tries.next()
        })
    }

    fn settings(self) -> impl Iterator<Item = Range<u64>> {
        const PER_SETTING: u64 = KINDS.len() as u64 * 2 * 3 * 256;
        let selection = self;
        let settings = (0..COMBINATIONS / PER_SETTING).map(|setting| setting * PER_SETTING);
        let chosen = settings.filter(move |first| {
            let first = Combination::from_index(*first);
            first.is_some_and(|first| selection.places().any(|place| place == first.place))
        });
        chosen.map(|first| first..first + PER_SETTING)
    }

    /// Every leaf, access, Exception level and control in every place; what went before, and of output addresses those beyond
    /// memory, rotate with them.
    fn covered(self, setting: Range<u64>) -> impl Iterator<Item = Combination> {
        let selection = self;
        let all = setting.filter_map(Combination::from_index);
        all.filter(move |combination| is_in_turn(combination) && selection.contains(combination))
    }
}

/// Tells whether what rotates stands as the others have it.
fn is_in_turn(combination: &Combination) -> bool {
    let mixed = combination.leaf.0.count_ones()
        + u32::from(combination.leaf.0 >> 3)
        + 3 * combination.kind as u32
        + u32::from(combination.hardware_dirty_state)
        + u32::from(combination.write_execute_never);
    let tlb = mixed % 3 == combination.tlb as u32;
    let output = combination.output == Output::Memory
        || combination.write_execute_never == combination.privileged_access_never;
    tlb && output
}

/// Shows `16K`, or `16K DS=1`.
impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}K", self.granule.page_size() >> 10)?;
        match self.size {
            Some(Size::Large) => formatter.write_str(" of 52 bits"),
            _ => Ok(()),
        }
    }
}
