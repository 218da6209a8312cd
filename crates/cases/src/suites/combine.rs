//! Combinations of the product in few words, for rows that single accesses show.
//!
//! Unless a word says otherwise: EL1, HA=HD=1, a level 3 page of Normal memory, execute-never for data, tables without
//! attributes, a cold TLB.

use crate::product::{Circumstance, Combination, LeafBits, SecondPage, TableBits, TablePlace};
use afdbm::descriptor::Level;
use oracle::{AccessKind, ExceptionLevel, TlbState};

pub(super) const VALID: u8 = 1;
pub(super) const YOUNG: u8 = VALID | 2;
pub(super) const USER: u8 = 4;
pub(super) const READ_ONLY: u8 = 8;
pub(super) const DBM: u8 = 16;
pub(super) const UXN: u8 = 32;
pub(super) const PXN: u8 = 64;
pub(super) const NEVER: u8 = UXN | PXN;
pub(super) const CONTIGUOUS: u8 = 128;
pub(super) const CLEAN: u8 = YOUNG | READ_ONLY | DBM;
pub(super) const DIRTY: u8 = YOUNG | DBM;
pub(super) const OLD_CLEAN: u8 = VALID | READ_ONLY | DBM;

pub(super) const fn access(kind: AccessKind, leaf: u8) -> Combination {
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

pub(super) const fn data(kind: AccessKind, leaf: u8) -> Combination {
    access(kind, leaf | NEVER)
}

pub(super) const fn software(combination: Combination) -> Combination {
    Combination { hardware_access_flag: false, hardware_dirty_state: false, ..combination }
}

pub(super) const fn flag_only(combination: Combination) -> Combination {
    Combination { hardware_dirty_state: false, ..combination }
}

/// HD without HA.
pub(super) const fn dirty_alone(combination: Combination) -> Combination {
    Combination { hardware_access_flag: false, ..combination }
}

pub(super) const fn with(circumstance: Circumstance, combination: Combination) -> Combination {
    Combination { circumstance, ..combination }
}

pub(super) const fn at_el0(combination: Combination) -> Combination {
    Combination { exception_level: ExceptionLevel::El0, ..combination }
}

pub(super) const fn at(level: Level, combination: Combination) -> Combination {
    Combination { level, ..combination }
}

pub(super) const fn under(table: u8, combination: Combination) -> Combination {
    Combination { table: TableBits(table), ..combination }
}

pub(super) const fn wxn(combination: Combination) -> Combination {
    Combination { write_execute_never: true, ..combination }
}

pub(super) const fn pan(combination: Combination) -> Combination {
    Combination { privileged_access_never: true, ..combination }
}

pub(super) const fn into(second: u8, combination: Combination) -> Combination {
    Combination { second: SecondPage(second), ..combination }
}

pub(super) const fn without_hierarchy(combination: Combination) -> Combination {
    Combination { hierarchy_disabled: true, ..combination }
}

pub(super) const APTABLE_1: u8 = 1;
pub(super) const APTABLE_0: u8 = 2;
pub(super) const UXN_TABLE: u8 = 4;
pub(super) const PXN_TABLE: u8 = 8;
