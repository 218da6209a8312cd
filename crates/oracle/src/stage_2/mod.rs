//! Both stages: an access of the EL1&0 regime whose intermediate physical addresses stage 2 translates.
//!
//! Stage 1 is predicted as it is alone; stage 2 then judges the pages that the walk reads, the one that an update writes,
//! and the data. Covered are accesses of one page by loads, stores, exclusives, atomics and fetches, PRFM and AT, of the TLB
//! what a load or a store left there, and no contiguous group at stage 2.

mod check;
mod judge;
mod permissions;
mod predict;
mod sequence;
mod show;

pub use check::check_nested;
pub use sequence::predict_nested;
pub use show::NestedSeen;

use super::{Allowed, Alternative, Ending, Outcome, Path, Query, Update};
use afdbm::address::PhysicalAddress;
use afdbm::descriptor::Descriptor;
use afdbm::geometry::{Geometry, Level};
use core::ops::{Index, IndexMut};

/// An access that both stages translate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NestedQuery {
    /// The access, and stage 1.
    pub stage_1: Query,
    /// VTCR_EL2 and HCR_EL2.
    pub controls: Stage2Controls,
    /// The walks of stage 2, as the descriptors stood before the access, of each page that the access may use.
    pub walks: Stage2Pages<Stage2Walk>,
}

/// The controls of stage 2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stage2Controls {
    /// VTCR_EL2.HA.
    pub hardware_access_flag: bool,
    /// VTCR_EL2.HD.
    pub hardware_dirty_state: bool,
    /// HCR_EL2.PTW: a stage 1 walk does not read Device memory.
    pub protected_walk: bool,
    /// S2PIR_EL2, where VTCR_EL2.S2PIE is 1: permissions are indirect.
    pub indirect: Option<u64>,
    /// VTCR_EL2.TG0, T0SZ and DS, and the lesser of PS and what the PE implements.
    pub geometry: Geometry,
}

/// The walk of stage 2 for one page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stage2Walk {
    /// The intermediate physical address that is translated: of a descriptor of stage 1, or of the data.
    pub address: PhysicalAddress,
    /// The descriptors.
    pub path: Path,
}

/// A page that stage 2 translates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage2Page {
    /// That of the stage 1 descriptor of this level.
    Table(Level),
    /// That of the data.
    Data,
}

impl Stage2Page {
    /// Every page: of the tables, the widest level first, then of the data.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Table(Level::Minus1),
        Self::Table(Level::L0),
        Self::Table(Level::L1),
        Self::Table(Level::L2),
        Self::Table(Level::L3),
        Self::Data,
    ];

    const COUNT: usize = Level::ALL.len() + 1;

    const fn index(self) -> usize {
        match self {
            Self::Table(level) => level.position(),
            Self::Data => Level::ALL.len(),
        }
    }
}

/// A value for each page that stage 2 translates.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stage2Pages<T>([T; Stage2Page::COUNT]);

impl<T: Copy> Stage2Pages<T> {
    /// Makes the list of a value for each page.
    #[must_use]
    pub const fn of(value: T) -> Self {
        Self([value; Stage2Page::COUNT])
    }
}

impl<T> Index<Stage2Page> for Stage2Pages<T> {
    type Output = T;

    fn index(&self, page: Stage2Page) -> &T {
        &self.0[page.index()]
    }
}

impl<T> IndexMut<Stage2Page> for Stage2Pages<T> {
    fn index_mut(&mut self, page: Stage2Page) -> &mut T {
        &mut self.0[page.index()]
    }
}

/// What an alternative says of stage 2.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stage2Effect {
    /// The access is ended by a fault of stage 2: the abort goes to EL2.
    pub abort: Option<Stage2Abort>,
    /// What happens to each leaf of stage 2.
    pub updates: Stage2Pages<Update>,
}

/// What HPFAR_EL2 says of an abort that goes to EL2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage2Abort {
    /// The page of this intermediate physical address.
    At(PhysicalAddress),
    /// Anything: a Permission fault that is not of a stage 1 walk (Arm ARM D24.2, HPFAR_EL2).
    Anywhere,
}

/// What was seen of stage 2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stage2Seen {
    /// HPFAR_EL2 as an address, where the abort went to EL2.
    pub abort: Option<PhysicalAddress>,
    /// The leaves of stage 2, read after the barriers.
    pub leaves: Stage2Pages<Descriptor>,
}

/// All that was seen of an access that both stages translate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NestedOutcome {
    /// How it ended, and what was seen of stage 1.
    pub stage_1: Outcome,
    /// What was seen of stage 2.
    pub stage_2: Stage2Seen,
}

/// The most alternatives of an access that both stages translate: each of stage 1, or a fault of stage 2 instead.
const ALTERNATIVES: usize = 2 * super::ALTERNATIVES;

/// All that the architecture allows of an access that both stages translate.
pub type NestedAllowed = Allowed<Stage2Effect, ALTERNATIVES>;

impl Alternative<Stage2Effect> {
    /// Returns what the alternative says of stage 1 and of the ending.
    #[must_use]
    pub const fn of_stage_1(&self) -> Alternative {
        let Self { ending, updates, tables, bytes, clause, .. } = *self;
        Alternative { ending, updates, tables, bytes, clause, stage_2: () }
    }
}

/// Tells whether the ending is an abort.
const fn is_fault(ending: &Ending) -> bool {
    matches!(ending, Ending::Faults { .. })
}
