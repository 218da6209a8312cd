//! Rows of the case table as combinations of the product: what must happen is the oracle's to say.
//!
//! Each list holds the accesses that show its row.

use super::combine::{
    APTABLE_0, APTABLE_1, CLEAN, CONTIGUOUS, DBM, OLD_CLEAN, PXN, PXN_TABLE, READ_ONLY, USER, UXN, UXN_TABLE,
    VALID, YOUNG, access, at, at_el0, data, flag_only, into, pan, software, under, with, without_hierarchy,
    wxn,
};
use crate::product::Circumstance;
use crate::{Case, Suite};
use afdbm::descriptor::Level;
use oracle::AccessKind::*;

pub(super) const SUITE: Suite = Suite {
    name: "single-accesses",
    about: "rows A to F that single accesses show, held against the oracle",
    hidden: false,
    cases: &[
        Case::combinations(
            "a02-access-flag-is-managed",
            "with HAFDBS of 1 or more and HA=1 a load sets AF",
            &[flag_only(data(Load, VALID))],
        ),
        Case::combinations(
            "a04-dirty-state-is-managed",
            "with HAFDBS of 2 or more and HD=1 a store makes a clean page dirty",
            &[data(Store, CLEAN)],
        ),
        Case::combinations(
            "b11-failing-stxr-access-flag-either",
            "an STXR that fails may set AF",
            &[data(StoreExclusiveFail, VALID)],
        ),
        Case::combinations(
            "b17-no-access-flag-without-ha",
            "with HA=0 no access sets AF",
            &[
                software(data(Load, VALID)),
                software(data(Store, VALID)),
                software(data(PrefetchLoad, VALID)),
                software(data(TranslateRead, VALID)),
                software(access(Fetch, VALID)),
            ],
        ),
        Case::combinations(
            "b25-access-flag-before-memory-type",
            "with HA=0 an Access flag fault comes before an Alignment fault by memory type",
            &[software(with(Circumstance::DeviceMisaligned, data(Load, VALID)))],
        ),
        Case::combinations(
            "b26-checked-alignment-first",
            "with HA=0 a checked alignment faults before an Access flag fault",
            &[
                software(with(Circumstance::AlignmentChecked, data(Load, VALID))),
                software(with(Circumstance::Misaligned, data(LoadExclusive, VALID))),
            ],
        ),
        Case::combinations(
            "b27-checked-alignment-either",
            "with HA=1 a load that fails SCTLR_EL1.A faults and may set AF",
            &[with(Circumstance::AlignmentChecked, data(Load, VALID))],
        ),
        Case::combinations(
            "b28-alignment-by-memory-type",
            "with HA=1 a misaligned access to Device memory takes an Alignment fault",
            &[
                with(Circumstance::DeviceMisaligned, data(Load, VALID)),
                with(Circumstance::DeviceMisaligned, data(Store, VALID)),
            ],
        ),
        Case::combinations(
            "b33-output-too-large",
            "an output address that is too large faults and leaves the descriptor as it is",
            &[
                with(Circumstance::OutputTooLarge, data(Load, VALID)),
                with(Circumstance::OutputTooLarge, data(Store, OLD_CLEAN)),
                at(Level::L2, with(Circumstance::OutputTooLarge, data(Store, CLEAN))),
            ],
        ),
        Case::combinations(
            "b37-prefetch-never-faults",
            "PRFM never faults and may set AF",
            &[
                data(PrefetchLoad, VALID),
                data(PrefetchStore, VALID),
                software(data(PrefetchLoad, VALID)),
                software(data(PrefetchStore, VALID)),
            ],
        ),
        Case::combinations(
            "b38-maintenance-completes",
            "with HA=1 DC and IC by address complete and may set AF",
            &[
                data(Clean, VALID),
                data(CleanInvalidate, VALID),
                data(Invalidate, VALID),
                data(InvalidateInstruction, VALID),
            ],
        ),
        Case::combinations(
            "b39-maintenance-may-fault",
            "with HA=0 DC and IC by address complete or take an Access flag fault",
            &[
                software(data(Clean, VALID)),
                software(data(CleanInvalidate, VALID)),
                software(data(Invalidate, VALID)),
                software(data(InvalidateInstruction, VALID)),
            ],
        ),
        Case::combinations(
            "b40-at-as-if-young",
            "with HA=1 AT of an old page reports the output",
            &[
                data(TranslateRead, VALID),
                data(TranslateWrite, VALID),
                data(TranslateUserRead, VALID | USER),
                data(TranslateUserWrite, VALID | USER),
                data(TranslateUserRead, VALID),
                at(Level::L2, data(TranslateRead, VALID)),
                at(Level::L1, data(TranslateRead, VALID)),
            ],
        ),
        Case::combinations(
            "b41-at-reports-access-flag",
            "with HA=0 AT of an old page reports an Access flag fault in PAR_EL1",
            &[software(data(TranslateRead, VALID))],
        ),
        Case::combinations(
            "b42-crossing-load-sets-both",
            "a load across two old pages sets AF of both",
            &[into(0b00001, data(LoadCrossing, VALID))],
        ),
        Case::combinations(
            "b43-crossing-into-invalid",
            "an access across pages whose second is invalid takes a Translation fault",
            &[into(0, data(LoadCrossing, VALID)), into(0, data(StoreCrossing, VALID))],
        ),
        Case::combinations(
            "c01-blocks-are-updated",
            "Blocks of 2 MiB and of 1 GiB are updated as Pages are",
            &[
                at(Level::L2, data(Load, OLD_CLEAN)),
                at(Level::L2, data(Store, OLD_CLEAN)),
                at(Level::L1, data(Load, OLD_CLEAN)),
                at(Level::L1, data(Store, OLD_CLEAN)),
            ],
        ),
        Case::combinations(
            "c07-fault-names-leaf-level",
            "a Permission fault names the leaf's level, even where a table causes it",
            &[
                at(Level::L2, data(Store, YOUNG | READ_ONLY)),
                at(Level::L1, data(Store, YOUNG | READ_ONLY)),
                at(Level::L2, under(APTABLE_1, data(Store, YOUNG))),
                under(UXN_TABLE, at_el0(access(Fetch, YOUNG | READ_ONLY | USER | PXN))),
                under(PXN_TABLE, access(Fetch, YOUNG | READ_ONLY | UXN)),
            ],
        ),
        Case::combinations(
            "c08-tables-stay",
            "Table descriptors with AF=0 stay as they are",
            &[data(Load, VALID), at(Level::L2, data(Store, OLD_CLEAN)), at(Level::L1, data(Load, VALID))],
        ),
        Case::combinations(
            "d12-aptable-refuses",
            "under APTable[1] a store takes a Permission fault and leaves the page clean",
            &[under(APTABLE_1, data(Store, CLEAN)), under(APTABLE_1, data(Store, OLD_CLEAN))],
        ),
        Case::combinations(
            "d13-aptable-refuses-user",
            "under APTable[0] a store from EL0 faults and one from EL1 makes the page dirty",
            &[
                under(APTABLE_0, at_el0(data(Store, CLEAN | USER))),
                under(APTABLE_0, data(Store, CLEAN | USER)),
            ],
        ),
        Case::combinations(
            "d14-hpd-ignores-aptable",
            "with HPD0=1 APTable[1] is ignored and a store makes the page dirty",
            &[without_hierarchy(under(APTABLE_1, data(Store, CLEAN)))],
        ),
        Case::combinations(
            "d23-dc-ivac-leaves-clean",
            "DC IVAC of a clean page takes no fault and leaves it clean",
            &[data(Invalidate, CLEAN)],
        ),
        Case::combinations(
            "d24-dc-ivac-needs-write",
            "DC IVAC of a read-only page takes a Permission fault or does nothing",
            &[data(Invalidate, YOUNG | READ_ONLY), flag_only(data(Invalidate, CLEAN))],
        ),
        Case::combinations(
            "d26-dc-clean-leaves-clean",
            "DC CVAC and DC CIVAC leave a clean page clean",
            &[data(Clean, CLEAN), data(CleanInvalidate, CLEAN)],
        ),
        Case::combinations(
            "d27-prefetch-leaves-clean",
            "PRFM for a store leaves a clean page clean",
            &[data(PrefetchStore, CLEAN)],
        ),
        Case::combinations(
            "d28-at-write-leaves-clean",
            "AT S1E1W and AT S1E0W of a clean page report no fault and leave it clean",
            &[
                data(TranslateWrite, CLEAN),
                data(TranslateUserWrite, CLEAN | USER),
                data(TranslateWrite, OLD_CLEAN),
            ],
        ),
        Case::combinations(
            "d29-at-write-reports-read-only",
            "AT S1E1W of a read-only page reports a Permission fault in PAR_EL1",
            &[flag_only(data(TranslateWrite, CLEAN)), data(TranslateWrite, YOUNG | READ_ONLY)],
        ),
        Case::combinations(
            "d30-at-write-under-aptable",
            "AT S1E1W under APTable[1] reports a Permission fault in PAR_EL1",
            &[under(APTABLE_1, data(TranslateWrite, CLEAN))],
        ),
        Case::combinations(
            "d31-at-read-leaves-clean",
            "AT S1E1R of a clean page reports no fault and leaves it clean",
            &[data(TranslateRead, CLEAN)],
        ),
        Case::combinations(
            "d32-at-write-honours-pan",
            "AT S1E1WP under PAN reports a Permission fault and leaves the page clean",
            &[pan(data(TranslateWritePan, CLEAN | USER))],
        ),
        Case::combinations(
            "d36-device-is-managed",
            "a store to a clean page of Device memory makes it dirty",
            &[with(Circumstance::Device, data(Store, CLEAN))],
        ),
        Case::combinations(
            "d37-device-misaligned",
            "a misaligned store to a clean page of Device memory takes an Alignment fault",
            &[with(Circumstance::DeviceMisaligned, data(Store, CLEAN))],
        ),
        Case::combinations(
            "d38-checked-alignment-leaves-clean",
            "a store that fails SCTLR_EL1.A leaves a clean page clean",
            &[with(Circumstance::AlignmentChecked, data(Store, CLEAN))],
        ),
        Case::combinations(
            "d39-wxn-covers-clean",
            "with WXN=1 a clean page is not executed at EL1",
            &[wxn(access(Fetch, CLEAN | UXN))],
        ),
        Case::combinations(
            "d40-wxn-covers-clean-at-el0",
            "with WXN=1 a clean page is not executed at EL0",
            &[wxn(at_el0(access(Fetch, CLEAN | USER | PXN)))],
        ),
        Case::combinations(
            "d41-user-clean-is-pxn",
            "EL1 executes no page that EL0 may write, clean or not",
            &[access(Fetch, CLEAN | USER), access(Fetch, YOUNG | USER)],
        ),
        Case::combinations(
            "d42-wxn-spares-read-only",
            "with WXN=1 and HD=0 a page with DBM=1 and AP[2]=1 is executed",
            &[wxn(flag_only(access(Fetch, CLEAN | UXN))), wxn(software(access(Fetch, CLEAN | UXN)))],
        ),
        Case::combinations(
            "d43-wxn-after-aptable",
            "with WXN=1 a clean page under APTable[1] is executed",
            &[wxn(under(APTABLE_1, access(Fetch, CLEAN | UXN)))],
        ),
        Case::combinations(
            "d44-wxn-covers-dirty",
            "with WXN=1 a dirty page is not executed",
            &[wxn(access(Fetch, YOUNG | DBM | UXN)), wxn(at_el0(access(Fetch, YOUNG | DBM | USER | PXN)))],
        ),
        Case::combinations(
            "f01-old-group",
            "a load of an old contiguous group sets AF of the accessed entry",
            &[data(Load, VALID | CONTIGUOUS)],
        ),
        Case::combinations(
            "f03-clean-group",
            "a store to a clean contiguous group makes one entry dirty",
            &[data(Store, CLEAN | CONTIGUOUS)],
        ),
    ],
};
