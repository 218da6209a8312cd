//! The cases of the races, each with the interleaving of the reference that it shows.

use super::{acquit, acquit_in, convict, convict_in, crowd, grant, group, stale};
use crate::suites::{Case, Conclusion, Context, Suite};
use crate::support::race::interleaving::{Form, Interleaving, Kind, Other, Routine, Software};
use crate::support::states::{HARDWARE_DIRTY, State, WRITABLE_CLEAN};
use afdbm::operations::{Invariant as I, Step};
use core::time::Duration;
use history::{Neighbour, Selection};

/// A million rounds take seconds; a host that is busy with other things may take minutes.
const LONG: Duration = Duration::from_secs(900);

const fn case(name: &'static str, about: &'static str, function: fn(&mut Context<'_>) -> Conclusion) -> Case {
    Case::function(name, about, function).within(LONG)
}

const fn race(start: State, software: Software, other: Other) -> Interleaving {
    Interleaving { start, software, other, locked: false }
}

const fn locked(race: Interleaving) -> Interleaving {
    Interleaving { locked: true, ..race }
}

const fn version(selection: Selection, kind: Kind) -> Software {
    Software::Resolve(Routine::Version(selection), kind)
}

const OLD_CLEAN: State = WRITABLE_CLEAN.old();

/// I3: a read fault on an old, clean page; hardware stores.
const fn read_fault(selection: Selection) -> Interleaving {
    race(OLD_CLEAN, version(selection, Kind::Read), Other::Store)
}

/// I4: the same, with AF and RO updated one after the other.
const fn read_fault_two_updates(selection: Selection) -> Interleaving {
    race(OLD_CLEAN, version(selection, Kind::Read), Other::LoadThenStore)
}

/// I8, I24: a write fault; software withdraws the permission to write.
const fn against_write_protect(selection: Selection) -> Interleaving {
    race(WRITABLE_CLEAN, version(selection, Kind::Write), Other::WriteProtect)
}

/// I9: a read fault; software takes the descriptor out.
const fn against_remove(selection: Selection) -> Interleaving {
    race(OLD_CLEAN, version(selection, Kind::Read), Other::Remove)
}

/// I23: a read fault here, a write fault there.
const fn against_each_other(selection: Selection) -> Interleaving {
    race(OLD_CLEAN, version(selection, Kind::Read), Other::Resolve(Selection::V4))
}

/// An operation in the place of which a neighbour went wrong, against a store.
const fn against_store(start: State, neighbour: Neighbour, form: Form) -> Interleaving {
    race(start, Software::Operate(neighbour, form), Other::Store)
}

/// The form of an operation: right, unless `--variant` replaces it.
fn form(context: &Context<'_>, neighbour: Neighbour) -> Form {
    if context.is_replaced(neighbour) { Form::Wrong } else { Form::Right }
}

/// The suite.
pub const SUITE: Suite = Suite {
    name: "races",
    about: "two and more CPUs on one descriptor: the interleavings I1 to I24 that a machine can show",
    hidden: false,
    cases: &[
        case("i03-read-fault-against-store", "ours keeps AF and the dirty state", |context| {
            let ours = context.ours();
            acquit(context, &read_fault(ours))
        }),
        case("i03-v3-against-store", "so does v3 (2017)", |context| {
            acquit(context, &read_fault(Selection::V3))
        }),
        case("i03-v0-loses-store", "v0 (4.3) loses it in every round", |context| {
            convict(context, &read_fault(Selection::V0), &[I::NoLostDirty, I::Monotone])
        }),
        case("i03-v1-loses-store", "v1 (4.7-rc1), too", |context| {
            convict(context, &read_fault(Selection::V1), &[I::NoLostDirty, I::Monotone])
        }),
        case("i03-v2-loses-store", "v2 (4.7-rc), too", |context| {
            convict(context, &read_fault(Selection::V2), &[I::NoLostDirty, I::Monotone])
        }),
        case("i04-two-updates-kept", "AF and RO updated in two windows", |context| {
            let ours = context.ours();
            acquit(context, &read_fault_two_updates(ours))
        }),
        case("i04-v0-loses-second-update", "v0 loses the second of them", |context| {
            convict(context, &read_fault_two_updates(Selection::V0), &[I::NoLostDirty, I::Monotone])
        }),
        case("i05-write-fault-against-store", "both write: dirty, and the permission stays", |context| {
            let ours = context.ours();
            acquit(context, &race(WRITABLE_CLEAN, version(ours, Kind::Write), Other::Store))
        }),
        case("i05-plain-store-loses-it", "a plain read-modify-write loses the store", |context| {
            let plain = Software::Resolve(Routine::Plain, Kind::Write);
            convict(context, &race(WRITABLE_CLEAN, plain, Other::Store), &[I::NoLostDirty, I::Monotone])
        }),
        case("i07-set-against-age", "without a lock: AF is the last writer's, the rest stays", |context| {
            let ours = context.ours();
            acquit(context, &race(HARDWARE_DIRTY.old(), version(ours, Kind::Read), Other::Age))
        }),
        case("i07-age-by-store-loses-write", "aging by a plain store undoes a write fault", |context| {
            let aging = Software::Operate(Neighbour::OldByStore, Form::Wrong);
            let against = Other::Resolve(Selection::V4);
            let expected = [I::NoLostDirty, I::Monotone];
            convict(context, &race(WRITABLE_CLEAN, aging, against), &expected)
        }),
        case("i08-write-stays-withdrawn", "ours under the lock", |context| {
            let ours = context.ours();
            acquit(context, &locked(against_write_protect(ours)))
        }),
        case("i08-lock-free-leaves-withdrawn", "the lock-free form without it", |context| {
            acquit(context, &against_write_protect(Selection::LockFree))
        }),
        case("i08-v4-without-lock-convicted", "v4 brings W back", |context| {
            convict(context, &against_write_protect(Selection::V4), &[I::NoInventedPermission])
        }),
        case("i09-removed-stays-removed", "ours under the lock", |context| {
            let ours = context.ours();
            acquit(context, &locked(against_remove(ours)))
        }),
        case("i09-lock-free-leaves-removed", "the lock-free form without it", |context| {
            acquit(context, &against_remove(Selection::LockFree))
        }),
        case("i09-v4-without-lock-convicted", "v4 writes to an entry that is gone", |context| {
            convict(context, &against_remove(Selection::V4), &[I::InvalidStays])
        }),
        case("page-out-plain-store-convicted", "a plain store resurrects the entry", |context| {
            let plain = Software::Resolve(Routine::Plain, Kind::Read);
            convict(context, &race(OLD_CLEAN, plain, Other::Remove), &[I::InvalidStays])
        }),
        case("i10-write-protect-keeps-store", "D if and only if the store landed", |context| {
            let form = form(context, Neighbour::WriteProtectDropsDirty);
            acquit(context, &against_store(WRITABLE_CLEAN, Neighbour::WriteProtectDropsDirty, form))
        }),
        case("i10-write-protect-convicted", "before ff1712f953e2 it drops the store", |context| {
            let neighbour = Neighbour::WriteProtectDropsDirty;
            convict(context, &against_store(WRITABLE_CLEAN, neighbour, Form::Wrong), &[I::NoLostDirty])
        }),
        case("i11-clean-against-store", "the store is in what was found, or in what is left", |context| {
            let form = form(context, Neighbour::CleanLeavesWritable);
            acquit(context, &against_store(HARDWARE_DIRTY, Neighbour::CleanLeavesWritable, form))
        }),
        case("i11-cleaned-page-dirties-again", "a store after the TLBI is recorded", |context| {
            stale::clean_with_invalidation(context)
        }),
        case("i11-clean-without-tlbi-convicted", "without it a TLB's old entry loses it", |context| {
            stale::clean_without_invalidation(context)
        }),
        case("i12-age-keeps-store", "aging by compare-exchange", |context| {
            let form = form(context, Neighbour::OldByStore);
            acquit(context, &against_store(WRITABLE_CLEAN, Neighbour::OldByStore, form))
        }),
        case("i12-age-by-store-convicted", "aging by a plain store loses the store", |context| {
            let aging = against_store(WRITABLE_CLEAN, Neighbour::OldByStore, Form::Wrong);
            convict(context, &aging, &[I::NoLostDirty, I::Monotone])
        }),
        case("i13-old-and-clean-by-store", "allowed: it overwrites all that hardware writes", |context| {
            acquit(context, &race(HARDWARE_DIRTY, Software::OldAndCleanByStore, Other::Store))
        }),
        case("i14-remove-returns-store", "what is taken out is dirty if the store landed", |context| {
            acquit(context, &race(WRITABLE_CLEAN, Software::Remove, Other::Store))
        }),
        case("i14-nothing-after-removal", "no access after the TLBI, no update ever", |context| {
            stale::remove_with_invalidation(context)
        }),
        case("i14-removal-without-tlbi-convicted", "a TLB's entry outlives the descriptor", |context| {
            stale::remove_without_invalidation(context)
        }),
        case("i15-old-page-invalidated", "an old descriptor may be in a TLB", |context| {
            stale::remove_old_with_invalidation(context)
        }),
        case("i15-old-skips-tlbi-convicted", "before 07509e10dcc7: access after free", |context| {
            stale::remove_old_without_invalidation(context)
        }),
        case("i16-stale-read-only-entry", "at most one more fault, then it passes", |context| {
            grant::grant_with_local_invalidation(context)
        }),
        case("i16-forgetful-handler-convicted", "without its own TLBI it would loop", |context| {
            grant::grant_with_forgetful_handler(context)
        }),
        case("i17-sibling-dirtied-meanwhile", "ours sets the target all the same", |context| {
            group::fault_with_ours(context)
        }),
        case("i17-c0-convicted", "c0 (6.9) takes the sibling's state for the target's", |context| {
            group::fault_with_c0(context)
        }),
        case("i18-conversion-keeps-store", "unfold and refold, a store in each window", |context| {
            group::convert_with_break(context)
        }),
        case("i18-unfold-by-store-convicted", "without a break the store is lost", |context| {
            group::convert_by_store(context)
        }),
        case("i20-access-flag-reappears", "hardware may set AF without an access", |context| {
            grant::access_flag_reappears(context)
        }),
        case("i22-toggled-management", "HD toggled on one CPU, with ISB and TLBI", |context| {
            grant::toggle(context)
        }),
        case("i23-two-faults-join", "a read fault and a write fault: the result is both", |context| {
            let ours = context.ours();
            acquit(context, &against_each_other(ours))
        }),
        case("i23-v0-undoes-the-other", "v0 undoes the write fault", |context| {
            convict(context, &against_each_other(Selection::V0), &[I::NoLostDirty, I::Monotone])
        }),
        case("i24-stale-snapshot", "W withdrawn after the snapshot: lock-free grants nothing", |context| {
            acquit_in(context, &against_write_protect(Selection::LockFree), Step::Load)
        }),
        case("i24-v4-without-lock-convicted", "v4 grants what the snapshot had", |context| {
            let race = against_write_protect(Selection::V4);
            convict_in(context, &race, Some(Step::Load), &[I::NoInventedPermission])
        }),
        case("crowd-of-unlike-agents", "all CPUs at once, ours under the lock", crowd::with_ours),
        case("crowd-without-lock", "all CPUs at once, the lock-free form", crowd::with_lock_free),
    ],
};
