//! Two and more CPUs on one descriptor: the interleavings I1 to I24 that a machine can show.

use super::racing::{
    LOCK_FREE, OLD_CLEAN, WITH_HARDWARE, acquitted, against_each_other, against_remove, against_store,
    against_write_protect, convicted, function, locked, race, read_fault, read_fault_two_updates, version,
};
use crate::race::Version::{Ours, This};
use crate::race::{Form, Kind, Other, Routine, Software};
use crate::states::{HARDWARE_DIRTY, WRITABLE_CLEAN};
use crate::{Needs, Suite};
use afdbm::operations::{Invariant as I, Step};
use history::{Neighbour, Selection};

/// What a routine breaks that overwrites what hardware records.
const LOST: &[I] = &[I::NoLostDirty, I::Monotone];

pub(super) const SUITE: Suite = Suite {
    name: "races",
    about: "two and more CPUs on one descriptor: the interleavings I1 to I24 that a machine can show",
    hidden: false,
    cases: &[
        acquitted(
            "i03-read-fault-against-store",
            "v4 keeps AF and the dirty state of a store that meets a read fault",
            read_fault(Ours),
        )
        .showing(&["I3"]),
        acquitted(
            "i03-v3-against-store",
            "v3 (Linux of 2017) keeps the dirty state of a store that meets a read fault",
            read_fault(This(Selection::V3)),
        )
        .showing(&["I3"]),
        convicted(
            "i03-v0-loses-store",
            "v0 (Linux 4.3) loses the dirty state of a store that meets a read fault",
            read_fault(This(Selection::V0)),
            LOST,
        )
        .showing(&["I3"]),
        convicted(
            "i03-v1-loses-store",
            "v1 (Linux 4.7-rc1) loses the dirty state of a store that meets a read fault",
            read_fault(This(Selection::V1)),
            LOST,
        )
        .showing(&["I3"]),
        convicted(
            "i03-v2-loses-store",
            "v2 (Linux 4.7-rc) loses the dirty state of a store that meets a read fault",
            read_fault(This(Selection::V2)),
            LOST,
        )
        .showing(&["I3"]),
        acquitted(
            "i04-two-updates-kept",
            "v4 keeps what hardware records in two updates during a read fault",
            read_fault_two_updates(Ours),
        )
        .showing(&["I4"]),
        convicted(
            "i04-v0-loses-second-update",
            "v0 loses the second of two hardware updates during a read fault",
            read_fault_two_updates(This(Selection::V0)),
            LOST,
        )
        .showing(&["I4"]),
        acquitted(
            "i05-write-fault-against-store",
            "v4 leaves the page dirty and writable where a write fault meets a store",
            race(WRITABLE_CLEAN, version(Ours, Kind::Write), Other::Store),
        )
        .showing(&["I5"]),
        convicted(
            "i05-plain-store-loses-it",
            "a plain read-modify-write loses the dirty state of a store that it meets",
            race(WRITABLE_CLEAN, Software::Resolve(Routine::Plain, Kind::Write), Other::Store),
            LOST,
        )
        .showing(&["I5"]),
        acquitted(
            "i07-set-against-age",
            "v4 against aging without a lock leaves AF to the last writer and the rest alone",
            race(HARDWARE_DIRTY.old(), version(Ours, Kind::Read), Other::Age),
        )
        .showing(&["I7"]),
        convicted(
            "i07-age-by-store-loses-write",
            "aging by a plain store undoes a write fault that another CPU resolves",
            race(
                WRITABLE_CLEAN,
                Software::Operate(Neighbour::OldByStore, Form::Wrong),
                Other::Resolve(Selection::V4),
            ),
            LOST,
        )
        .showing(&["I7"]),
        acquitted(
            "i08-write-stays-withdrawn",
            "v4 under the lock gives back no write permission that was withdrawn",
            locked(against_write_protect(Ours)),
        )
        .showing(&["I8"]),
        acquitted(
            "i08-lock-free-leaves-withdrawn",
            "the lock-free routine gives back no write permission that was withdrawn",
            against_write_protect(LOCK_FREE),
        )
        .showing(&["I8"]),
        convicted(
            "i08-v4-without-lock-convicted",
            "v4 without its lock gives back a write permission that was withdrawn",
            against_write_protect(This(Selection::V4)),
            &[I::NoInventedPermission],
        )
        .showing(&["I8"]),
        acquitted(
            "i09-removed-stays-removed",
            "v4 under the lock leaves a removed descriptor removed",
            locked(against_remove(Ours)),
        )
        .showing(&["I9"]),
        acquitted(
            "i09-lock-free-leaves-removed",
            "the lock-free routine leaves a removed descriptor removed",
            against_remove(LOCK_FREE),
        )
        .showing(&["I9"]),
        convicted(
            "i09-v4-without-lock-convicted",
            "v4 without its lock writes to a descriptor that was removed",
            against_remove(This(Selection::V4)),
            &[I::InvalidStays],
        )
        .showing(&["I9"]),
        convicted(
            "page-out-plain-store-convicted",
            "a plain store for a read fault brings a removed descriptor back",
            race(OLD_CLEAN, Software::Resolve(Routine::Plain, Kind::Read), Other::Remove),
            &[I::InvalidStays],
        )
        .showing(&["I9"]),
        acquitted(
            "i10-write-protect-keeps-store",
            "write_protect sets D if and only if a store landed",
            against_store(WRITABLE_CLEAN, Neighbour::WriteProtectDropsDirty, Form::Right),
        )
        .showing(&["I10"]),
        convicted(
            "i10-write-protect-convicted",
            "write_protect before ff1712f953e2 drops the dirty state of a store that it meets",
            against_store(WRITABLE_CLEAN, Neighbour::WriteProtectDropsDirty, Form::Wrong),
            &[I::NoLostDirty],
        )
        .showing(&["I10"]),
        acquitted(
            "i11-clean-against-store",
            "make_clean returns a store that it meets as dirty, or leaves the page dirty",
            against_store(HARDWARE_DIRTY, Neighbour::CleanLeavesWritable, Form::Right),
        )
        .showing(&["I11"]),
        function(
            "i11-cleaned-page-dirties-again",
            "a store after make_clean and its TLBI makes the page dirty",
            WITH_HARDWARE,
        )
        .showing(&["I11"]),
        function(
            "i11-clean-without-tlbi-convicted",
            "make_clean without a TLBI loses a store through an old TLB entry",
            WITH_HARDWARE,
        )
        .showing(&["I11"]),
        acquitted(
            "i12-age-keeps-store",
            "aging by compare-exchange keeps the dirty state of a store that it meets",
            against_store(WRITABLE_CLEAN, Neighbour::OldByStore, Form::Right),
        )
        .showing(&["I12"]),
        convicted(
            "i12-age-by-store-convicted",
            "aging by a plain store loses the dirty state of a store that it meets",
            against_store(WRITABLE_CLEAN, Neighbour::OldByStore, Form::Wrong),
            LOST,
        )
        .showing(&["I12"]),
        acquitted(
            "i13-old-and-clean-by-store",
            "a plain store that ages and cleans at once overwrites all that hardware records",
            race(HARDWARE_DIRTY, Software::OldAndCleanByStore, Other::Store),
        )
        .showing(&["I13"]),
        acquitted(
            "i14-remove-returns-store",
            "get_and_clear returns a dirty descriptor if a store landed",
            race(WRITABLE_CLEAN, Software::Remove, Other::Store),
        )
        .showing(&["I14"]),
        function(
            "i14-nothing-after-removal",
            "after get_and_clear and its TLBI no access passes and no update is made",
            WITH_HARDWARE,
        )
        .showing(&["I14"]),
        function(
            "i14-removal-without-tlbi-convicted",
            "get_and_clear without a TLBI leaves a TLB entry that accesses still use",
            WITH_HARDWARE,
        )
        .showing(&["I14"]),
        function(
            "i15-old-page-invalidated",
            "an old page that is removed with a TLBI serves no further access",
            WITH_HARDWARE,
        )
        .showing(&["I15"]),
        function(
            "i15-old-skips-tlbi-convicted",
            "an old page that is removed without a TLBI, as before 07509e10dcc7, is still used",
            WITH_HARDWARE,
        )
        .showing(&["I15"]),
        function(
            "i16-stale-read-only-entry",
            "a stale read-only TLB entry costs a store one more fault at most",
            Needs::NOTHING.with_cpus(2),
        )
        .showing(&["I16"]),
        function(
            "i16-forgetful-handler-convicted",
            "a handler without a TLBI for a spurious fault loops on a stale read-only entry",
            Needs::NOTHING.with_cpus(2),
        )
        .showing(&["I16"]),
        function(
            "i17-sibling-dirtied-meanwhile",
            "c1 sets the flags of its target though a store dirties a sibling meanwhile",
            WITH_HARDWARE,
        )
        .showing(&["I17"]),
        function(
            "i17-c0-convicted",
            "c0 (Linux 6.9) leaves its target alone once a store dirties a sibling",
            WITH_HARDWARE,
        )
        .showing(&["I17"]),
        function(
            "i18-conversion-keeps-store",
            "unfold and refold keep the dirty state of a store in any of their windows",
            WITH_HARDWARE,
        )
        .showing(&["I18"]),
        function(
            "i18-unfold-by-store-convicted",
            "unfolding without break-before-make loses the dirty state of a store",
            WITH_HARDWARE,
        )
        .showing(&["I18"]),
        function(
            "i20-access-flag-reappears",
            "hardware may set AF again without an access after software cleared it",
            WITH_HARDWARE,
        )
        .showing(&["I20"]),
        function(
            "i22-toggled-management",
            "a change of HD on one CPU takes effect after ISB and TLBI",
            Needs::DIRTY_STATE,
        )
        .showing(&["I22"]),
        acquitted(
            "i23-two-faults-join",
            "a read fault and a write fault at once leave what both of them asked for",
            against_each_other(Ours),
        )
        .showing(&["I23"]),
        convicted(
            "i23-v0-undoes-the-other",
            "v0 undoes a write fault that another CPU resolves meanwhile",
            against_each_other(This(Selection::V0)),
            LOST,
        )
        .showing(&["I23"]),
        acquitted(
            "i24-stale-snapshot",
            "the lock-free routine grants no write that was withdrawn after its snapshot",
            against_write_protect(LOCK_FREE),
        )
        .before(Step::Load)
        .showing(&["I24"]),
        convicted(
            "i24-v4-without-lock-convicted",
            "v4 without its lock grants a write that was withdrawn after its snapshot",
            against_write_protect(This(Selection::V4)),
            &[I::NoInventedPermission],
        )
        .before(Step::Load)
        .showing(&["I24"]),
        function(
            "crowd-of-unlike-agents",
            "v4 under the lock stands all CPUs at once, with HA and HD that differ",
            Needs::NOTHING.with_cpus(2),
        ),
        function(
            "crowd-without-lock",
            "the lock-free routine stands all CPUs at once, with HA and HD that differ",
            Needs::NOTHING.with_cpus(2),
        ),
    ],
};
