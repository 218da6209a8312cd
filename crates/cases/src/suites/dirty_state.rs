//! Rows A, D and E: the dirty state by hardware.

use super::combine::{
    CLEAN, DIRTY, OLD_CLEAN, READ_ONLY, USER, YOUNG, access, at_el0, data, dirty_alone, flag_only, into, pan,
};
use crate::product::Combination;
use crate::{Case, Needs, Suite};
use oracle::AccessKind::*;

const ACCESS_FLAG: Needs = Needs::ACCESS_FLAG;
const DIRTY_STATE: Needs = Needs::DIRTY_STATE;

const fn dirty_combinations(
    name: &'static str,
    claim: &'static str,
    accesses: &'static [Combination],
) -> Case {
    Case::combinations(name, claim, accesses).needing(DIRTY_STATE)
}

const fn dirty(name: &'static str, claim: &'static str) -> Case {
    Case::function(name, claim).needing(DIRTY_STATE)
}

pub(super) const SUITE: Suite = Suite {
    name: "dirty-state",
    about: "rows A and D: the dirty state by hardware",
    hidden: false,
    cases: &[
        dirty_combinations(
            "a06-hd-alone-manages-nothing",
            "with HA=0 and HD=1 a store to a clean page takes a Permission fault",
            &[dirty_alone(data(Store, CLEAN))],
        ),
        Case::combinations(
            "a08-access-flag-alone",
            "with HA=1 and HD=0 a store to an old, clean page takes a Permission fault",
            &[flag_only(data(Store, OLD_CLEAN))],
        )
        .needing(ACCESS_FLAG),
        dirty_combinations(
            "d01-store-marks-dirty",
            "a store to a clean page clears AP[2] without a fault",
            &[
                data(Store, CLEAN),
                data(StorePair, CLEAN),
                data(StoreRelease, CLEAN),
                data(StoreVector, CLEAN),
            ],
        ),
        dirty_combinations(
            "d02-read-only-stays",
            "a store to a read-only page with DBM=0 faults and changes nothing",
            &[data(Store, YOUNG | READ_ONLY)],
        ),
        Case::combinations(
            "d03-clean-is-read-only-without-hd",
            "with HD=0 a store to a page with DBM=1 and AP[2]=1 takes a Permission fault",
            &[flag_only(data(Store, CLEAN))],
        )
        .needing(ACCESS_FLAG),
        dirty_combinations(
            "d04-dirty-stays",
            "a store to a dirty page leaves its descriptor as it is",
            &[data(Store, DIRTY)],
        ),
        dirty_combinations(
            "d05-writable-stays",
            "a store to a writable page with DBM=0 leaves its descriptor as it is",
            &[data(Store, YOUNG)],
        ),
        dirty_combinations(
            "d06-read-leaves-clean",
            "a load, an exclusive load and a fetch leave a clean page clean",
            &[data(Load, CLEAN), data(LoadExclusive, CLEAN), access(Fetch, CLEAN)],
        ),
        dirty(
            "d07-store-not-taken-leaves-clean",
            "a store behind a mispredicted branch leaves a clean page clean",
        ),
        dirty_combinations(
            "d08-user-store-marks-dirty",
            "a store from EL0 to a clean page of EL0 clears AP[2]",
            &[at_el0(data(Store, CLEAN | USER))],
        ),
        dirty_combinations(
            "d09-user-store-to-privileged",
            "a store from EL0 to a clean page of EL1 faults and leaves it clean",
            &[at_el0(data(Store, CLEAN)), at_el0(data(Store, OLD_CLEAN))],
        ),
        dirty_combinations(
            "d10-pan-leaves-clean",
            "a store that PAN refuses leaves a clean page clean",
            &[pan(data(Store, CLEAN | USER)), pan(data(Store, OLD_CLEAN | USER))],
        ),
        dirty_combinations(
            "d11-unprivileged-store-marks-dirty",
            "STTR to a clean page of EL0 clears AP[2], whatever PAN is",
            &[data(StoreUnprivileged, CLEAN | USER), pan(data(StoreUnprivileged, CLEAN | USER))],
        ),
        dirty_combinations(
            "d15-every-atomic-marks-dirty",
            "SWP, LDADD, LDADD of 0, STADD, CAS and CASP each make a clean page dirty",
            &[
                data(Swap, CLEAN),
                data(FetchAdd, CLEAN),
                data(FetchAddZero, CLEAN),
                data(StoreAdd, CLEAN),
                data(CompareAndSwap, CLEAN),
                data(CompareAndSwapPair, CLEAN),
            ],
        ),
        dirty_combinations(
            "d16-failing-cas-either",
            "a CAS whose comparison fails stores nothing and may make a clean page dirty",
            &[data(CompareAndSwapMismatch, CLEAN), data(CompareAndSwapPairMismatch, CLEAN)],
        )
        .showing(&["D16", "I21"]),
        dirty_combinations(
            "d17-failing-cas-needs-permission",
            "a CAS on a read-only page takes a write's Permission fault even where it would not store",
            &[data(CompareAndSwapMismatch, YOUNG | READ_ONLY)],
        ),
        dirty_combinations(
            "d18-exclusive-store-marks-dirty",
            "an STXR that succeeds makes a clean page dirty",
            &[data(StoreExclusivePass, CLEAN)],
        ),
        dirty_combinations(
            "d19-failing-stxr-either",
            "an STXR that fails stores nothing and may make a clean page dirty",
            &[data(StoreExclusiveFail, CLEAN)],
        ),
        dirty_combinations(
            "d20-failing-stxr-on-read-only",
            "an STXR that fails on a read-only page returns status 1 or takes a Permission fault",
            &[data(StoreExclusiveFail, YOUNG | READ_ONLY)],
        ),
        dirty_combinations(
            "d21-failing-rcw-either",
            "an RCWCAS that fails stores nothing and may make a clean page dirty",
            &[data(ReadCheckWriteMismatch, CLEAN)],
        ),
        dirty_combinations(
            "d22-zeroing-marks-dirty",
            "DC ZVA and DC GZVA make a clean page dirty, DC GVA may",
            &[data(ZeroBlock, CLEAN), data(TagZeroBlock, CLEAN), data(TagBlock, CLEAN)],
        ),
        dirty_combinations(
            "d33-crossing-into-read-only",
            "a store across pages whose second is read-only faults and leaves the second as it is",
            &[
                into(YOUNG | READ_ONLY, data(StoreCrossing, CLEAN)),
                into(YOUNG | READ_ONLY, data(StorePairCrossing, CLEAN)),
            ],
        ),
        dirty_combinations(
            "d34-crossing-from-read-only",
            "a store across pages whose first is read-only faults and leaves the first as it is",
            &[into(CLEAN, data(StoreCrossing, YOUNG | READ_ONLY))],
        ),
        dirty_combinations(
            "d35-crossing-marks-both-dirty",
            "a store across two clean pages makes both dirty",
            &[into(CLEAN, data(StoreCrossing, CLEAN))],
        ),
        dirty(
            "e19-cleaned-without-tlbi",
            "a store passes after its page is made clean without a TLBI, and leaves it clean or dirty",
        ),
        dirty("e20-cleaned-with-tlbi", "a store after its page is made clean with a TLBI makes it dirty"),
        dirty("e22-write-granted-with-tlbi", "a store after write access is granted with a TLBI passes"),
    ],
};
