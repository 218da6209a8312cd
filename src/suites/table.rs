//! The one table of suites.

use super::rows::{access_flag as af, dirty_state as dirty};
use super::{Case, Suite, self_check, software};

/// Every suite, in the order in which they run.
pub const SUITES: &[Suite] = &[
    software::SUITE,
    Suite {
        name: "access-flag",
        about: "rows A and B: the Access flag, by hardware and by software",
        hidden: false,
        cases: &[
            Case::row(
                "a01-no-management-without-the-feature",
                "HAFDBS=0: HA and HD have no effect",
                &af::A01,
            ),
            Case::row("a07-hd-alone-sets-no-access-flag", "HA=0, HD=1: an Access flag fault", &af::A07),
            Case::row("b01-load-sets-access-flag", "a load sets the Access flag, no fault", &af::B01),
            Case::row("b02-load-leaves-clean", "a load of an old, clean page leaves it clean", &af::B02),
            Case::row("b03-store-sets-access-flag", "a store sets the Access flag", &af::B03),
            Case::row("b04-store-sets-both", "a store to an old, clean page sets AF and dirty", &af::B04),
            Case::row("b06-fetch-sets-access-flag", "a fetch sets the Access flag", &af::B06),
            Case::row("b07-every-load-sets-access-flag", "LDXR, LDAR, LDP, LDR Q, LD1 set it", &af::B07),
            Case::row(
                "b08-every-atomic-sets-access-flag",
                "LDXR+STXR, LDADD, SWP, CAS, CASP set it",
                &af::B08,
            ),
            Case::row("b10-failing-cas-sets-access-flag", "a CAS that fails has read memory", &af::B10),
            Case::row("b12-dc-zva-sets-access-flag", "DC ZVA behaves as stores", &af::B12),
            Case::row("b13-no-update-without-need", "young and dirty stays bit-identical", &af::B13),
            Case::row("b18-load-through-invalid", "a Translation fault, the descriptor stays", &af::B18),
            Case::row("b19-store-through-invalid", "a Translation fault, the descriptor stays", &af::B19),
            Case::row("b20-load-takes-access-flag-fault", "HA=0: a read fault at the leaf's level", &af::B20),
            Case::row("b21-store-takes-access-flag-fault", "HA=0: WnR is 1", &af::B21),
            Case::row(
                "b22-atomic-takes-access-flag-fault",
                "HA=0: WnR is 0, a read would fault too",
                &af::B22,
            ),
            Case::row("b23-fetch-takes-access-flag-fault", "HA=0: an Instruction Abort", &af::B23),
            Case::row("b24-access-flag-before-permission", "HA=0: read-only and old, AF fault", &af::B24),
            Case::row("b29-store-to-read-only", "HA=1: a Permission fault, AF either", &af::B29),
            Case::row("b30-user-access-to-privileged", "HA=1: a Permission fault, AF either", &af::B30),
            Case::row("b31-pan-refuses-user-page", "HA=1: a Permission fault, AF either", &af::B31),
            Case::row("b32-fetch-of-execute-never", "HA=1: a Permission fault, AF either", &af::B32),
        ],
    },
    Suite {
        name: "dirty-state",
        about: "rows A and D: the dirty state by hardware",
        hidden: false,
        cases: &[
            Case::row("a06-hd-alone-manages-nothing", "HA=0, HD=1: a Permission fault", &dirty::A06),
            Case::row("a08-access-flag-alone", "HA=1, HD=0: a Permission fault", &dirty::A08),
            Case::row("d01-store-marks-dirty", "a store to a clean page clears AP[2]", &dirty::D01),
            Case::row("d02-read-only-stays", "DBM=0: a Permission fault, nothing changes", &dirty::D02),
            Case::row("d03-clean-is-read-only-without-hd", "HD=0: a Permission fault", &dirty::D03),
            Case::row("d04-dirty-stays", "a store to a dirty page changes nothing", &dirty::D04),
            Case::row("d05-writable-stays", "nor one to a page without DBM", &dirty::D05),
            Case::row("d06-read-leaves-clean", "load, exclusive load and fetch leave it clean", &dirty::D06),
            Case::row("d08-user-store-marks-dirty", "a store from EL0 clears AP[2]", &dirty::D08),
            Case::row("d09-user-store-to-privileged", "faults, and stays clean", &dirty::D09),
            Case::row("d10-pan-leaves-clean", "a store that PAN refuses leaves it clean", &dirty::D10),
            Case::row("d15-every-atomic-marks-dirty", "SWP, LDADD, LDADD 0, STADD, CAS, CASP", &dirty::D15),
            Case::row("d16-failing-cas-either", "a CAS that fails: dirty either", &dirty::D16),
            Case::row(
                "d17-failing-cas-needs-permission",
                "a CAS on a read-only page: write fault",
                &dirty::D17,
            ),
            Case::row("d18-exclusive-store-marks-dirty", "LDXR and STXR clear AP[2]", &dirty::D18),
            Case::row("d19-failing-stxr-either", "an STXR that fails: dirty either", &dirty::D19),
            Case::row("d20-failing-stxr-on-read-only", "status 1, or a Permission fault", &dirty::D20),
            Case::row("d21-failing-rcw-either", "an RCWCAS that fails: dirty either", &dirty::D21),
            Case::row("d22-zeroing-marks-dirty", "DC ZVA and DC GZVA store, DC GVA may", &dirty::D22),
            Case::row(
                "d33-crossing-into-read-only",
                "a Permission fault, the second page stays",
                &dirty::D33,
            ),
            Case::row("d34-crossing-from-read-only", "a Permission fault, the first page stays", &dirty::D34),
            Case::row("d35-crossing-marks-both-dirty", "both pages are dirty", &dirty::D35),
        ],
    },
    self_check::SUITE,
];
