//! Rows A, D and E: the dirty state by hardware.

use crate::{Case, Needs, Suite};

const ACCESS_FLAG: Needs = Needs::ACCESS_FLAG;
const DIRTY_STATE: Needs = Needs::DIRTY_STATE;

const fn dirty(name: &'static str, claim: &'static str) -> Case {
    Case::function(name, claim).needing(DIRTY_STATE)
}

pub(super) const SUITE: Suite = Suite {
    name: "dirty-state",
    about: "rows A and D: the dirty state by hardware",
    hidden: false,
    cases: &[
        dirty(
            "a06-hd-alone-manages-nothing",
            "with HA=0 and HD=1 a store to a clean page takes a Permission fault",
        ),
        Case::function(
            "a08-access-flag-alone",
            "with HA=1 and HD=0 a store to an old, clean page takes a Permission fault",
        )
        .needing(ACCESS_FLAG),
        dirty("d01-store-marks-dirty", "a store to a clean page clears AP[2] without a fault"),
        dirty("d02-read-only-stays", "a store to a read-only page with DBM=0 faults and changes nothing"),
        Case::function(
            "d03-clean-is-read-only-without-hd",
            "with HD=0 a store to a page with DBM=1 and AP[2]=1 takes a Permission fault",
        )
        .needing(ACCESS_FLAG),
        dirty("d04-dirty-stays", "a store to a dirty page leaves its descriptor as it is"),
        dirty("d05-writable-stays", "a store to a writable page with DBM=0 leaves its descriptor as it is"),
        dirty("d06-read-leaves-clean", "a load, an exclusive load and a fetch leave a clean page clean"),
        dirty(
            "d07-store-not-taken-leaves-clean",
            "a store behind a mispredicted branch leaves a clean page clean",
        ),
        dirty("d08-user-store-marks-dirty", "a store from EL0 to a clean page of EL0 clears AP[2]"),
        dirty(
            "d09-user-store-to-privileged",
            "a store from EL0 to a clean page of EL1 faults and leaves it clean",
        ),
        dirty("d10-pan-leaves-clean", "a store that PAN refuses leaves a clean page clean"),
        dirty(
            "d11-unprivileged-store-marks-dirty",
            "STTR to a clean page of EL0 clears AP[2], whatever PAN is",
        ),
        dirty(
            "d15-every-atomic-marks-dirty",
            "SWP, LDADD, LDADD of 0, STADD, CAS and CASP each make a clean page dirty",
        ),
        dirty(
            "d16-failing-cas-either",
            "a CAS whose comparison fails stores nothing and may make a clean page dirty",
        )
        .showing(&["D16", "I21"]),
        dirty(
            "d17-failing-cas-needs-permission",
            "a CAS on a read-only page takes a write's Permission fault even where it would not store",
        ),
        dirty("d18-exclusive-store-marks-dirty", "an STXR that succeeds makes a clean page dirty"),
        dirty("d19-failing-stxr-either", "an STXR that fails stores nothing and may make a clean page dirty"),
        dirty(
            "d20-failing-stxr-on-read-only",
            "an STXR that fails on a read-only page returns status 1 or takes a Permission fault",
        ),
        dirty(
            "d21-failing-rcw-either",
            "an RCWCAS that fails stores nothing and may make a clean page dirty",
        ),
        dirty("d22-zeroing-marks-dirty", "DC ZVA and DC GZVA make a clean page dirty, DC GVA may"),
        dirty(
            "d33-crossing-into-read-only",
            "a store across pages whose second is read-only faults and leaves the second as it is",
        ),
        dirty(
            "d34-crossing-from-read-only",
            "a store across pages whose first is read-only faults and leaves the first as it is",
        ),
        dirty("d35-crossing-marks-both-dirty", "a store across two clean pages makes both dirty"),
        dirty(
            "e19-cleaned-without-tlbi",
            "a store passes after its page is made clean without a TLBI, and leaves it clean or dirty",
        ),
        dirty("e20-cleaned-with-tlbi", "a store after its page is made clean with a TLBI makes it dirty"),
        dirty("e22-write-granted-with-tlbi", "a store after write access is granted with a TLBI passes"),
    ],
};
