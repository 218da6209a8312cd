//! Rows A and B: the Access flag, by hardware and by software.

use crate::{Case, Needs, Suite};

const ACCESS_FLAG: Needs = Needs::ACCESS_FLAG;
const DIRTY_STATE: Needs = Needs::DIRTY_STATE;

pub(super) const SUITE: Suite = Suite {
    name: "access-flag",
    about: "rows A and B: the Access flag, by hardware and by software",
    hidden: false,
    cases: &[
        Case::function(
            "a01-no-management-without-the-feature",
            "without FEAT_HAFDBS, HA and HD have no effect",
        )
        .needing(Needs::NO_MANAGEMENT),
        Case::function(
            "a07-hd-alone-sets-no-access-flag",
            "with HA=0 and HD=1 a load of an old page takes an Access flag fault",
        )
        .needing(DIRTY_STATE),
        Case::function(
            "a10-both-ranges-update-alike",
            "hardware updates a descriptor alike through TTBR0 and TTBR1",
        )
        .needing(DIRTY_STATE),
        Case::function("b01-load-sets-access-flag", "a load of an old page sets AF without a fault")
            .needing(ACCESS_FLAG),
        Case::function("b02-load-leaves-clean", "a load of an old, clean page leaves it clean")
            .needing(DIRTY_STATE),
        Case::function("b03-store-sets-access-flag", "a store to an old, writable page sets AF")
            .needing(ACCESS_FLAG),
        Case::function("b04-store-sets-both", "a store to an old, clean page sets AF and makes it dirty")
            .needing(DIRTY_STATE),
        Case::function(
            "b05-never-dirty-while-old",
            "no CPU ever sees a descriptor that is dirty while its AF is 0",
        )
        .needing(DIRTY_STATE.with_cpus(2)),
        Case::function("b06-fetch-sets-access-flag", "an instruction fetch sets AF").needing(ACCESS_FLAG),
        Case::function("b07-every-load-sets-access-flag", "LDXR, LDAR, LDP, LDR Q and LD1 each set AF")
            .needing(ACCESS_FLAG),
        Case::function(
            "b08-every-atomic-sets-access-flag",
            "LDXR with STXR, LDADD, SWP, CAS and CASP each set AF",
        )
        .needing(ACCESS_FLAG),
        Case::function("b09-unprivileged-sets-access-flag", "LDTR and STTR set AF of a page of EL0")
            .needing(ACCESS_FLAG),
        Case::function("b10-failing-cas-sets-access-flag", "a CAS whose comparison fails sets AF")
            .needing(ACCESS_FLAG),
        Case::function("b12-dc-zva-sets-access-flag", "DC ZVA sets AF as a store does").needing(ACCESS_FLAG),
        Case::function(
            "b13-no-update-without-need",
            "an access that needs no update leaves the descriptor bit-identical",
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "b18-load-through-invalid",
            "a load through an invalid descriptor faults and changes nothing",
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "b19-store-through-invalid",
            "a store through an invalid descriptor faults and changes nothing",
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "b20-load-takes-access-flag-fault",
            "with HA=0 a load of an old page takes an Access flag fault at the leaf's level",
        ),
        Case::function(
            "b21-store-takes-access-flag-fault",
            "with HA=0 the Access flag fault of a store has WnR=1",
        ),
        Case::function(
            "b22-atomic-takes-access-flag-fault",
            "with HA=0 the Access flag fault of an atomic has WnR=0",
        ),
        Case::function(
            "b23-fetch-takes-access-flag-fault",
            "with HA=0 the Access flag fault of a fetch is an Instruction Abort",
        ),
        Case::function(
            "b24-access-flag-before-permission",
            "with HA=0 a store to an old, read-only page takes the Access flag fault first",
        ),
        Case::function(
            "b29-store-to-read-only",
            "with HA=1 a store to an old, read-only page takes a Permission fault",
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "b30-user-access-to-privileged",
            "with HA=1 an access from EL0 to an old page of EL1 takes a Permission fault",
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "b31-pan-refuses-user-page",
            "with HA=1 and PAN=1 an access to an old page of EL0 takes a Permission fault",
        )
        .needing(ACCESS_FLAG),
        Case::function(
            "b32-fetch-of-execute-never",
            "with HA=1 a fetch from an old, execute-never page takes a Permission fault",
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
    ],
};
