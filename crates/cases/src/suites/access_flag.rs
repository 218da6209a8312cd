//! Rows A and B: the Access flag, by hardware and by software.

use super::combine::{
    CLEAN, DIRTY, OLD_CLEAN, READ_ONLY, USER, VALID, YOUNG, access, at_el0, data, dirty_alone, flag_only,
    pan, software,
};
use crate::{Case, Needs, Suite};
use oracle::AccessKind::*;

const ACCESS_FLAG: Needs = Needs::ACCESS_FLAG;
const DIRTY_STATE: Needs = Needs::DIRTY_STATE;

pub(super) const SUITE: Suite = Suite {
    name: "access-flag",
    about: "rows A and B: the Access flag, by hardware and by software",
    hidden: false,
    cases: &[
        Case::combinations(
            "a01-no-management-without-the-feature",
            "without FEAT_HAFDBS, HA and HD have no effect",
            &[data(Load, VALID), data(Store, CLEAN)],
        )
        .needing(Needs::NO_MANAGEMENT),
        Case::combinations(
            "a07-hd-alone-sets-no-access-flag",
            "with HA=0 and HD=1 a load of an old page takes an Access flag fault",
            &[dirty_alone(data(Load, VALID))],
        )
        .needing(DIRTY_STATE),
        Case::combinations(
            "b01-load-sets-access-flag",
            "a load of an old page sets AF without a fault",
            &[flag_only(data(Load, VALID))],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b02-load-leaves-clean",
            "a load of an old, clean page leaves it clean",
            &[data(Load, OLD_CLEAN), flag_only(data(Load, OLD_CLEAN))],
        )
        .needing(DIRTY_STATE),
        Case::combinations(
            "b03-store-sets-access-flag",
            "a store to an old, writable page sets AF",
            &[flag_only(data(Store, VALID))],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b04-store-sets-both",
            "a store to an old, clean page sets AF and makes it dirty",
            &[data(Store, OLD_CLEAN)],
        )
        .needing(DIRTY_STATE),
        Case::function(
            "b05-never-dirty-while-old",
            "no CPU ever sees a descriptor that is dirty while its AF is 0",
        )
        .needing(DIRTY_STATE.with_cpus(2)),
        Case::combinations(
            "b06-fetch-sets-access-flag",
            "an instruction fetch sets AF",
            &[flag_only(access(Fetch, VALID | READ_ONLY))],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b07-every-load-sets-access-flag",
            "LDXR, LDAR, LDP, LDR Q and LD1 each set AF",
            &[
                flag_only(data(LoadExclusive, VALID)),
                flag_only(data(LoadAcquire, VALID)),
                flag_only(data(LoadPair, VALID)),
                flag_only(data(LoadVector, VALID)),
                flag_only(data(LoadStructure, VALID)),
            ],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b08-every-atomic-sets-access-flag",
            "LDXR with STXR, LDADD, SWP, CAS and CASP each set AF",
            &[
                flag_only(data(StoreExclusivePass, VALID)),
                flag_only(data(FetchAdd, VALID)),
                flag_only(data(Swap, VALID)),
                flag_only(data(CompareAndSwap, VALID)),
                flag_only(data(CompareAndSwapPair, VALID)),
            ],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b09-unprivileged-sets-access-flag",
            "LDTR and STTR set AF of a page of EL0",
            &[
                flag_only(data(LoadUnprivileged, VALID | USER)),
                flag_only(data(StoreUnprivileged, VALID | USER)),
            ],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b10-failing-cas-sets-access-flag",
            "a CAS whose comparison fails sets AF",
            &[
                flag_only(data(CompareAndSwapMismatch, VALID)),
                flag_only(data(CompareAndSwapPairMismatch, VALID)),
            ],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b12-dc-zva-sets-access-flag",
            "DC ZVA sets AF as a store does",
            &[flag_only(data(ZeroBlock, VALID))],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b13-no-update-without-need",
            "an access that needs no update leaves the descriptor bit-identical",
            &[
                data(Load, DIRTY),
                data(Load, YOUNG),
                data(LoadExclusive, DIRTY),
                data(LoadAcquire, YOUNG),
                data(LoadPair, DIRTY),
                data(Store, DIRTY),
                data(Store, YOUNG),
                data(StorePair, DIRTY),
                data(StoreRelease, DIRTY),
                data(StoreExclusivePass, DIRTY),
                data(Swap, DIRTY),
                data(FetchAdd, YOUNG),
                data(CompareAndSwap, DIRTY),
                data(ZeroBlock, DIRTY),
                access(Fetch, YOUNG | READ_ONLY),
            ],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b18-load-through-invalid",
            "a load through an invalid descriptor faults and changes nothing",
            &[data(Load, 0)],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b19-store-through-invalid",
            "a store through an invalid descriptor faults and changes nothing",
            &[data(Store, OLD_CLEAN & !VALID)],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b20-load-takes-access-flag-fault",
            "with HA=0 a load of an old page takes an Access flag fault at the leaf's level",
            &[software(data(Load, VALID)), software(at_el0(data(Load, VALID | USER)))],
        ),
        Case::combinations(
            "b21-store-takes-access-flag-fault",
            "with HA=0 the Access flag fault of a store has WnR=1",
            &[software(data(Store, VALID)), software(data(StoreExclusiveFail, VALID))],
        ),
        Case::combinations(
            "b22-atomic-takes-access-flag-fault",
            "with HA=0 the Access flag fault of an atomic has WnR=0",
            &[
                software(data(FetchAdd, VALID)),
                software(data(Swap, VALID)),
                software(data(CompareAndSwap, VALID)),
            ],
        ),
        Case::combinations(
            "b23-fetch-takes-access-flag-fault",
            "with HA=0 the Access flag fault of a fetch is an Instruction Abort",
            &[
                software(access(Fetch, VALID | READ_ONLY)),
                software(at_el0(access(Fetch, VALID | READ_ONLY | USER))),
            ],
        ),
        Case::combinations(
            "b24-access-flag-before-permission",
            "with HA=0 a store to an old, read-only page takes the Access flag fault first",
            &[software(data(Store, VALID | READ_ONLY))],
        ),
        Case::combinations(
            "b29-store-to-read-only",
            "with HA=1 a store to an old, read-only page takes a Permission fault",
            &[flag_only(data(Store, VALID | READ_ONLY)), data(Store, VALID | READ_ONLY)],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b30-user-access-to-privileged",
            "with HA=1 an access from EL0 to an old page of EL1 takes a Permission fault",
            &[flag_only(at_el0(data(Load, VALID))), flag_only(at_el0(data(Store, VALID)))],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b31-pan-refuses-user-page",
            "with HA=1 and PAN=1 an access to an old page of EL0 takes a Permission fault",
            &[flag_only(pan(data(Load, VALID | USER))), flag_only(pan(data(Store, VALID | USER)))],
        )
        .needing(ACCESS_FLAG),
        Case::combinations(
            "b32-fetch-of-execute-never",
            "with HA=1 a fetch from an old, execute-never page takes a Permission fault",
            &[
                flag_only(data(Fetch, VALID | READ_ONLY)),
                flag_only(at_el0(data(Fetch, VALID | READ_ONLY | USER))),
            ],
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "b34-access-flag-set-by-software",
            "with HA=0 an access passes without a TLBI once software has set AF",
        ),
        Case::function(
            "b35-access-flag-cleared-without-tlbi",
            "a load passes after AF is cleared without a TLBI, and AF is 0 or 1",
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "b36-access-flag-cleared-with-tlbi",
            "a load after AF is cleared with a TLBI sets AF again",
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "a10-both-ranges-update-alike",
            "hardware updates a descriptor alike through TTBR0 and TTBR1",
        )
        .needing(DIRTY_STATE),
    ],
};
