//! What the invariants say of one round of a race.

use super::interleaving::{Done, Effect, Interleaving, Kind, Other, Software};
use afdbm::descriptor::Descriptor;
use afdbm::operations::Invariant;
use afdbm::stage::Stage;
use history::Neighbour;

/// The bits that the two may change.
const CHANGING: u64 =
    Descriptor::AF | Descriptor::DBM | Descriptor::SOFTWARE_DIRTY | Stage::One.dirty_bit().mask();

/// One round, when all of it is over.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// The descriptor at its start.
    pub before: Descriptor,
    /// What CPU 0's operation did.
    pub software: Done,
    /// What the other CPU did, with the stores of any further one.
    pub other: Effect,
    /// The descriptor at its end.
    pub after: Descriptor,
}

/// Invariants, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Broken(u16);

impl Broken {
    /// Adds the invariant if it is broken.
    pub fn add(&mut self, invariant: Invariant, broken: bool) {
        self.0 |= u16::from(broken) << invariant.number();
    }

    /// Tells whether none is broken.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the invariants that either names.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns those that are broken.
    pub fn iter(self) -> impl Iterator<Item = Invariant> {
        Invariant::ALL.into_iter().filter(move |invariant| self.0 >> invariant.number() & 1 != 0)
    }
}

/// Returns the invariants that the round breaks.
pub fn judge(race: &Interleaving, round: &Round) -> Broken {
    let Round { before, software, other, after } = *round;
    let mut broken = Broken::default();
    let written_by_software = matches!(race.software, Software::Resolve(_, Kind::Write)) && software.changed
        || matches!(race.other, Other::Resolve(_)) && other.done.changed;
    // What the descriptor was when it was taken out, or declared clean, counts for what it is.
    let cleans = matches!(race.software, Software::Operate(Neighbour::CleanLeavesWritable, _));
    let witnessed = (cleans || matches!(race.software, Software::Remove)) && software.found.is_dirty()
        || race.other == Other::Remove && other.done.found.is_dirty();
    let worthless = matches!(race.software, Software::OldAndCleanByStore);
    let gone = race.other == Other::Remove || matches!(race.software, Software::Remove);
    // A write fault that is resolved in a descriptor that is gone lets no write through.
    let must_be_dirty = before.is_dirty() || other.landed || written_by_software && !gone;
    let lost = must_be_dirty && !after.is_dirty() && !witnessed && !worthless;
    broken.add(Invariant::NoLostDirty, lost);
    let recorded = after.is_valid() && after.is_dirty() || witnessed;
    broken.add(Invariant::NoOverDirty, !must_be_dirty && !written_by_software && recorded);

    broken.add(Invariant::InvalidStays, gone && after != Descriptor::INVALID);
    if gone {
        return broken;
    }
    let protects = matches!(race.software, Software::Operate(Neighbour::WriteProtectDropsDirty, _));
    let withdrawn = race.other == Other::WriteProtect || protects;
    let invented = after.is_writable() && (withdrawn || !before.is_writable());
    broken.add(Invariant::NoInventedPermission, invented);

    let ages =
        matches!(race.software, Software::Operate(Neighbour::OldByStore, _) | Software::OldAndCleanByStore)
            || race.other == Other::Age;
    let resolved = matches!(race.software, Software::Resolve(..)) && software.changed;
    let fell = (resolved || other.landed) && !ages && !after.is_young();
    let rose = (other.landed || written_by_software)
        && !withdrawn
        && !cleans
        && !worthless
        && after.is_writable()
        && after.is_read_only();
    let others = (before.0 ^ after.0) & !CHANGING != 0;
    broken.add(Invariant::Monotone, fell || rose || others);
    broken.add(Invariant::Encoding, !after.is_legal_state());
    broken
}
