//! Rows of the case table as combinations of the product: what must happen is the oracle's to say.
//!
//! Each list holds the accesses that show its row. Unless a list says otherwise: EL1, HA=HD=1, a level 3 page of Normal
//! memory, execute-never, tables without attributes, a cold TLB.

use super::{Case, Suite};
use afdbm::descriptor::Level;
use cases::product::{Circumstance, Combination, LeafBits, SecondPage, TableBits, TablePlace};
use oracle::{
    AccessKind::{self, *},
    ExceptionLevel, TlbState,
};

const VALID: u8 = 1;
const YOUNG: u8 = VALID | 2;
const USER: u8 = 4;
const READ_ONLY: u8 = 8;
const DBM: u8 = 16;
const UXN: u8 = 32;
const PXN: u8 = 64;
const NEVER: u8 = UXN | PXN;
const CONTIGUOUS: u8 = 128;
const CLEAN: u8 = YOUNG | READ_ONLY | DBM;
const OLD_CLEAN: u8 = VALID | READ_ONLY | DBM;

const fn access(kind: AccessKind, leaf: u8) -> Combination {
    Combination {
        hardware_access_flag: true,
        hardware_dirty_state: true,
        circumstance: Circumstance::Plain,
        hierarchy_disabled: false,
        write_execute_never: false,
        exception_level: ExceptionLevel::El1,
        privileged_access_never: false,
        kind,
        second: SecondPage(0),
        level: Level::L3,
        place: TablePlace::ReadOnlyFirst,
        table: TableBits(0),
        tlb: TlbState::Cold,
        leaf: LeafBits(leaf),
    }
}

const fn data(kind: AccessKind, leaf: u8) -> Combination {
    access(kind, leaf | NEVER)
}

const fn software(combination: Combination) -> Combination {
    Combination { hardware_access_flag: false, hardware_dirty_state: false, ..combination }
}

const fn flag_only(combination: Combination) -> Combination {
    Combination { hardware_dirty_state: false, ..combination }
}

const fn with(circumstance: Circumstance, combination: Combination) -> Combination {
    Combination { circumstance, ..combination }
}

const fn at_el0(combination: Combination) -> Combination {
    Combination { exception_level: ExceptionLevel::El0, ..combination }
}

const fn at(level: Level, combination: Combination) -> Combination {
    Combination { level, ..combination }
}

const fn under(table: u8, combination: Combination) -> Combination {
    Combination { table: TableBits(table), ..combination }
}

const fn wxn(combination: Combination) -> Combination {
    Combination { write_execute_never: true, ..combination }
}

const fn pan(combination: Combination) -> Combination {
    Combination { privileged_access_never: true, ..combination }
}

const fn into(second: u8, combination: Combination) -> Combination {
    Combination { second: SecondPage(second), ..combination }
}

const fn without_hierarchy(combination: Combination) -> Combination {
    Combination { hierarchy_disabled: true, ..combination }
}

const APTABLE_1: u8 = 1;
const APTABLE_0: u8 = 2;
const UXN_TABLE: u8 = 4;
const PXN_TABLE: u8 = 8;

macro_rules! rows {
    ($($name:literal $about:literal: [$($combination:expr),+ $(,)?];)*) => {
        /// The suite.
        pub const SUITE: Suite = Suite {
            name: "single-accesses",
            about: "rows A to F that single accesses show, held against the oracle",
            hidden: false,
            cases: &[$(Case::combinations($name, $about, &[$($combination),+]),)*],
        };
    };
}

rows! {
    "a02-access-flag-is-managed" "with HA a load sets AF": [flag_only(data(Load, VALID))];
    "a04-dirty-state-is-managed" "with HD a store makes clean dirty": [data(Store, CLEAN)];
    "b11-failing-stxr-access-flag-either" "a failing STXR: AF either": [data(StoreExclusiveFail, VALID)];
    "b17-no-access-flag-without-ha" "HA=0: AF stays 0": [
        software(data(Load, VALID)), software(data(Store, VALID)), software(data(PrefetchLoad, VALID)),
        software(data(TranslateRead, VALID)), software(access(Fetch, VALID))];
    "b25-access-flag-before-memory-type" "HA=0: before alignment by memory type": [
        software(with(Circumstance::DeviceMisaligned, data(Load, VALID)))];
    "b26-checked-alignment-first" "HA=0: SCTLR_EL1.A, or an exclusive: alignment comes first": [
        software(with(Circumstance::AlignmentChecked, data(Load, VALID))),
        software(with(Circumstance::Misaligned, data(LoadExclusive, VALID)))];
    "b27-checked-alignment-either" "HA=1: AF either": [with(Circumstance::AlignmentChecked, data(Load, VALID))];
    "b28-alignment-by-memory-type" "HA=1: AF and dirty either": [
        with(Circumstance::DeviceMisaligned, data(Load, VALID)),
        with(Circumstance::DeviceMisaligned, data(Store, VALID))];
    "b33-output-too-large" "an Address size fault, the descriptor stays": [
        with(Circumstance::OutputTooLarge, data(Load, VALID)),
        with(Circumstance::OutputTooLarge, data(Store, OLD_CLEAN)),
        at(Level::L2, with(Circumstance::OutputTooLarge, data(Store, CLEAN)))];
    "b37-prefetch-never-faults" "PRFM: AF either": [
        data(PrefetchLoad, VALID), data(PrefetchStore, VALID),
        software(data(PrefetchLoad, VALID)), software(data(PrefetchStore, VALID))];
    "b38-maintenance-completes" "HA=1: DC and IC by address: AF either": [
        data(Clean, VALID), data(CleanInvalidate, VALID), data(Invalidate, VALID),
        data(InvalidateInstruction, VALID)];
    "b39-maintenance-may-fault" "HA=0: completes, or an Access flag fault": [
        software(data(Clean, VALID)), software(data(CleanInvalidate, VALID)),
        software(data(Invalidate, VALID)), software(data(InvalidateInstruction, VALID))];
    "b40-at-as-if-young" "HA=1: AT reports the output": [
        data(TranslateRead, VALID), data(TranslateWrite, VALID),
        data(TranslateUserRead, VALID | USER), data(TranslateUserWrite, VALID | USER),
        data(TranslateUserRead, VALID), at(Level::L2, data(TranslateRead, VALID)),
        at(Level::L1, data(TranslateRead, VALID))];
    "b41-at-reports-access-flag" "HA=0: AT reports an Access flag fault": [software(data(TranslateRead, VALID))];
    "b42-crossing-load-sets-both" "both pages old: both AF are set": [into(0b00001, data(LoadCrossing, VALID))];
    "b43-crossing-into-invalid" "a Translation fault of the second page": [
        into(0, data(LoadCrossing, VALID)), into(0, data(StoreCrossing, VALID))];
    "c01-blocks-are-updated" "a Block of 2 MiB and of 1 GiB, as a Page": [
        at(Level::L2, data(Load, OLD_CLEAN)), at(Level::L2, data(Store, OLD_CLEAN)),
        at(Level::L1, data(Load, OLD_CLEAN)), at(Level::L1, data(Store, OLD_CLEAN))];
    "c07-fault-names-leaf-level" "a Permission fault, by leaf or table, names the leaf's level": [
        at(Level::L2, data(Store, YOUNG | READ_ONLY)), at(Level::L1, data(Store, YOUNG | READ_ONLY)),
        at(Level::L2, under(APTABLE_1, data(Store, YOUNG))),
        under(UXN_TABLE, at_el0(access(Fetch, YOUNG | READ_ONLY | USER | PXN))),
        under(PXN_TABLE, access(Fetch, YOUNG | READ_ONLY | UXN))];
    "c08-tables-stay" "Table descriptors with AF=0 are not changed": [
        data(Load, VALID), at(Level::L2, data(Store, OLD_CLEAN)), at(Level::L1, data(Load, VALID))];
    "d12-aptable-refuses" "APTable[1]: a Permission fault, the page stays clean": [
        under(APTABLE_1, data(Store, CLEAN)), under(APTABLE_1, data(Store, OLD_CLEAN))];
    "d13-aptable-refuses-user" "APTable[0]: EL0 faults, EL1 makes it dirty": [
        under(APTABLE_0, at_el0(data(Store, CLEAN | USER))), under(APTABLE_0, data(Store, CLEAN | USER))];
    "d14-hpd-ignores-aptable" "HPD0: the page becomes dirty": [
        without_hierarchy(under(APTABLE_1, data(Store, CLEAN)))];
    "d23-dc-ivac-leaves-clean" "no fault, and clean": [data(Invalidate, CLEAN)];
    "d24-dc-ivac-needs-write" "a Permission fault, or a NOP": [
        data(Invalidate, YOUNG | READ_ONLY), flag_only(data(Invalidate, CLEAN))];
    "d26-dc-clean-leaves-clean" "DC CVAC and CIVAC: clean": [data(Clean, CLEAN), data(CleanInvalidate, CLEAN)];
    "d27-prefetch-leaves-clean" "PRFM for store: clean": [data(PrefetchStore, CLEAN)];
    "d28-at-write-leaves-clean" "AT S1E1W and S1E0W: no fault, clean": [
        data(TranslateWrite, CLEAN), data(TranslateUserWrite, CLEAN | USER), data(TranslateWrite, OLD_CLEAN)];
    "d29-at-write-reports-read-only" "HD=0, or DBM=0: PAR_EL1 holds a Permission fault": [
        flag_only(data(TranslateWrite, CLEAN)), data(TranslateWrite, YOUNG | READ_ONLY)];
    "d30-at-write-under-aptable" "PAR_EL1 holds a Permission fault": [under(APTABLE_1, data(TranslateWrite, CLEAN))];
    "d31-at-read-leaves-clean" "AT S1E1R: no fault, clean": [data(TranslateRead, CLEAN)];
    "d32-at-write-honours-pan" "AT S1E1WP with PAN: a Permission fault, clean": [
        pan(data(TranslateWritePan, CLEAN | USER))];
    "d36-device-is-managed" "a clean page of Device memory becomes dirty": [
        with(Circumstance::Device, data(Store, CLEAN))];
    "d37-device-misaligned" "an Alignment fault, dirty either": [
        with(Circumstance::DeviceMisaligned, data(Store, CLEAN))];
    "d38-checked-alignment-leaves-clean" "SCTLR_EL1.A: an Alignment fault, clean": [
        with(Circumstance::AlignmentChecked, data(Store, CLEAN))];
    "d39-wxn-covers-clean" "WXN: a clean page is not executed at EL1": [wxn(access(Fetch, CLEAN | UXN))];
    "d40-wxn-covers-clean-at-el0" "nor at EL0": [wxn(at_el0(access(Fetch, CLEAN | USER | PXN)))];
    "d41-user-clean-is-pxn" "EL1 does not execute a page that EL0 may write when dirty": [
        access(Fetch, CLEAN | USER), access(Fetch, YOUNG | USER)];
    "d42-wxn-spares-read-only" "HD=0: the page is read-only, and executes": [
        wxn(flag_only(access(Fetch, CLEAN | UXN))), wxn(software(access(Fetch, CLEAN | UXN)))];
    "d43-wxn-after-aptable" "under APTable[1] the page is not writable, and executes": [
        wxn(under(APTABLE_1, access(Fetch, CLEAN | UXN)))];
    "d44-wxn-covers-dirty" "WXN: a dirty page is not executed": [
        wxn(access(Fetch, YOUNG | DBM | UXN)), wxn(at_el0(access(Fetch, YOUNG | DBM | USER | PXN)))];
    "f01-old-group" "a load of an old group marks the accessed entry": [data(Load, VALID | CONTIGUOUS)];
    "f03-clean-group" "a store to a clean group marks one entry": [data(Store, CLEAN | CONTIGUOUS)];
}
