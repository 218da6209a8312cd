//! The evidence of one round of a race: what two operations should have left, by which the invariants judge what they
//! did. A race sees the ends alone; what lies between has to be concluded from what each operation was to do.

use super::interleaving::{Done, Effect};
use crate::support::batch::marked;
use afdbm::descriptor::Descriptor;
use afdbm::operations::{
    Breach, Grant, Invariant, Overwrite, Rewrite, Transition, Writes, encoding, invalid_stays, monotone,
    no_invented_permission, no_lost_dirty, no_over_dirty, write_protected,
};
use afdbm::stage::Stage;
use cases::race::{Kind, Other, Race, Software};
use history::Neighbour;

/// The flags that aging takes back, that a clean does, and that withdrawing the write does.
const AGED: u64 = Descriptor::AF;
const CLEANED: u64 = Descriptor::SOFTWARE_DIRTY | Stage::One.dirty_bit().clean();
const WITHDRAWN: u64 = Descriptor::DBM | Stage::One.dirty_bit().clean();

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
    /// Adds what a predicate says.
    pub fn add(&mut self, breach: Option<Breach>) {
        self.0 |= breach.map_or(0, |breach| 1 << breach.invariant().number());
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
pub fn broken_by(race: &Race, round: &Round) -> Broken {
    let Round { before, software, other, after } = *round;
    let operates =
        |neighbour: Neighbour| matches!(race.software, Software::Operate(one, _) if one == neighbour);
    let cleans = operates(Neighbour::CleanLeavesWritable);
    let clears_both = matches!(race.software, Software::OldAndCleanByStore);
    let ages = operates(Neighbour::OldByStore) || race.other == Other::Age;
    let withdrawn = operates(Neighbour::WriteProtectDropsDirty) || race.other == Other::WriteProtect;
    let removes = matches!(race.software, Software::Remove);
    let removed = removes || race.other == Other::Remove;
    let resolved = matches!(race.software, Software::Resolve(..)) && software.changed;
    let write_resolved = matches!(race.software, Software::Resolve(_, Kind::Write)) && software.changed
        || matches!(race.other, Other::Resolve(_)) && other.done.changed;
    // A write fault that is resolved in a descriptor that is gone lets no write through.
    let landed = before.is_dirty() || other.landed || write_resolved && !removed;
    let mut broken = Broken::default();
    let writes = Writes {
        landed,
        attempted: landed || write_resolved,
        memory: &[after],
        // What the descriptor was when it was taken out, or declared clean, counts for what it is.
        returned_dirty: (cleans || removes) && software.found.is_dirty()
            || race.other == Other::Remove && other.done.found.is_dirty(),
        given_up: clears_both,
    };
    broken.add(no_lost_dirty(&writes));
    broken.add(no_over_dirty(&writes));
    if removed {
        broken.add(invalid_stays(&Overwrite { before: Descriptor::INVALID, after, may_map: false }));
        return broken;
    }
    broken.add(no_invented_permission(&Grant {
        before: if withdrawn { write_protected(Stage::One, before) } else { before },
        after,
        asks_writable: false,
        asks_dirty: landed,
        authorised: !withdrawn,
    }));
    let recorded = match (other.landed || write_resolved, resolved) {
        (true, _) => marked(before),
        (false, true) => before.with(Descriptor::AF),
        (false, false) => before,
    };
    let taken_back = [(ages || clears_both, AGED), (cleans || clears_both, CLEANED), (withdrawn, WITHDRAWN)];
    let taken_back = taken_back.iter().filter(|(is, _)| *is).fold(0, |all, (_, flags)| all | flags);
    broken.add(monotone(&Transition { before: recorded, after, taken_back }));
    broken.add(encoding(&Rewrite { before, after, by_hardware: false }));
    broken
}
