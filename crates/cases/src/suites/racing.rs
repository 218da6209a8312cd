//! Races in few words: what many cases of suites races and sweep have in common.

use crate::case::FOR_A_RACE;
use crate::race::Version::This;
use crate::race::{Form, Kind, Other, Race, Routine, Software, Version};
use crate::states::{PageState, WRITABLE_CLEAN};
use crate::{Case, Expected, Needs};
use afdbm::operations::Invariant;
use history::{Neighbour, Selection};

pub(super) const OLD_CLEAN: PageState = WRITABLE_CLEAN.old();
pub(super) const LOCK_FREE: Version<Selection> = This(Selection::LockFree);
pub(super) const WITH_HARDWARE: Needs = Needs::DIRTY_STATE.with_cpus(2);

pub(super) const fn race(start: PageState, software: Software, other: Other) -> Race {
    Race { start, software, other, locked: false }
}

pub(super) const fn locked(race: Race) -> Race {
    Race { locked: true, ..race }
}

pub(super) const fn version(version: Version<Selection>, kind: Kind) -> Software {
    Software::Resolve(Routine::Version(version), kind)
}

/// I3: a read fault on an old, clean page; hardware stores.
pub(super) const fn read_fault(accused: Version<Selection>) -> Race {
    race(OLD_CLEAN, version(accused, Kind::Read), Other::Store)
}

/// I4: a read fault on an old, clean page; hardware updates AF and RO one after the other.
pub(super) const fn read_fault_two_updates(accused: Version<Selection>) -> Race {
    race(OLD_CLEAN, version(accused, Kind::Read), Other::LoadThenStore)
}

/// I8, I24: a write fault; software withdraws the permission to write.
pub(super) const fn against_write_protect(accused: Version<Selection>) -> Race {
    race(WRITABLE_CLEAN, version(accused, Kind::Write), Other::WriteProtect)
}

/// I9: a read fault; software takes the descriptor out.
pub(super) const fn against_remove(accused: Version<Selection>) -> Race {
    race(OLD_CLEAN, version(accused, Kind::Read), Other::Remove)
}

/// I23: a read fault here, a write fault there.
pub(super) const fn against_each_other(accused: Version<Selection>) -> Race {
    race(OLD_CLEAN, version(accused, Kind::Read), Other::Resolve(Selection::V4))
}

/// An operation in the place of which a neighbour went wrong, against a store.
pub(super) const fn against_store(start: PageState, neighbour: Neighbour, form: Form) -> Race {
    race(start, Software::Operate(neighbour, form), Other::Store)
}

/// A case that a function of the kernel carries out, with more CPUs than one.
pub(super) const fn function(name: &'static str, claim: &'static str, needs: Needs) -> Case {
    Case::function(name, claim).needing(needs).within(FOR_A_RACE)
}

/// A race in which no invariant may be broken.
pub(super) const fn acquitted(name: &'static str, claim: &'static str, race: Race) -> Case {
    Case::race(name, claim, race, Expected::Acquitted)
}

/// A race in which just these invariants must be broken.
pub(super) const fn convicted(
    name: &'static str,
    claim: &'static str,
    race: Race,
    broken: &'static [Invariant],
) -> Case {
    Case::race(name, claim, race, Expected::Convicted(broken))
}
