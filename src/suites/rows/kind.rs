//! Of which kind a failure of a row is, in the terms of the oracle.

use super::judge::{DataSeen, Mismatch, Observed, is_right_abort};
use super::{Ends, Shot, Update};
use crate::probe::ExceptionLevel;
use crate::probe::Stub;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::stage::Stage;
use cases::product::Kind;
use cases::product::{
    Circumstance, Class, Combination, Condition, Expected, Failures, LEAF_BITS, LeafBits, Region, SecondPage,
    Signature, TableBits, TablePlace,
};
use oracle::{self, AccessKind, Aspect, Before, Clause, Family, TlbState};

/// Returns the kind of the failure of one shot.
pub fn of(shot: &Shot, mismatch: Mismatch, observed: &Observed) -> Failures {
    let access = AccessKind::ALL.into_iter().find(|kind| {
        let fails = kind.compare_fails();
        Stub::of(*kind) == shot.stub && kind.is_crossing() == shot.second.is_some() && fails != shot.matches
    });
    let combination = combination(shot, access.unwrap_or(AccessKind::Load));
    let mut region = Region::NONE;
    region.extend(&combination);
    if access.is_none() {
        // An instruction that the product does not have.
        region = region.freed(Condition::Kind);
    }
    let expected = match shot.allowed[0].ends {
        Ends::Completes | Ends::StatusFails => Expected::Completion,
        Ends::AccessFlagFault { .. } => Expected::AccessFlag,
        Ends::PermissionFault { .. } => Expected::Permission,
        Ends::TranslationFault { .. } => Expected::Translation,
    };
    let signature = Signature {
        aspect: aspect(shot, mismatch, observed),
        class: Class { expected, before: Before::Nothing },
    };
    let clause =
        access.filter(|_| mismatch == Mismatch::Syndrome).and_then(|kind| write(shot, kind, observed));
    Failures { kind: Kind { signature, clause, region }, count: 1, representative: combination }
}

fn combination(shot: &Shot, kind: AccessKind) -> Combination {
    let bits =
        |flags: u64| (0..).zip(LEAF_BITS).fold(0, |set, (at, bit)| set | u8::from(flags & bit != 0) << at);
    Combination {
        hardware_access_flag: shot.management.access_flag,
        hardware_dirty_state: shot.management.dirty_state,
        circumstance: Circumstance::Plain,
        hierarchy_disabled: false,
        write_execute_never: false,
        exception_level: match shot.level {
            ExceptionLevel::El0 => oracle::ExceptionLevel::El0,
            ExceptionLevel::El1 => oracle::ExceptionLevel::El1,
        },
        privileged_access_never: shot.privileged_access_never,
        kind,
        second: SecondPage(shot.second.map_or(0, |flags| bits(flags.0) & (SecondPage::COUNT - 1))),
        level: Level::L3,
        place: TablePlace::ReadOnlyFirst,
        table: TableBits(0),
        tlb: TlbState::Cold,
        leaf: LeafBits(bits(shot.page.0)),
    }
}

fn aspect(shot: &Shot, mismatch: Mismatch, observed: &Observed) -> Aspect {
    let allowed = &shot.allowed[0];
    let seen = &observed.seen;
    let completes = matches!(allowed.ends, Ends::Completes | Ends::StatusFails);
    match mismatch {
        Mismatch::Ending => match (completes, seen.faults) {
            (_, 2..) => Aspect::ExceptionCount,
            (true, 1) => Aspect::UnexpectedFault,
            (false, 0) => Aspect::MissingFault,
            (false, 1) => Aspect::FaultStatus,
            (true, 0) => Aspect::Returned,
        },
        Mismatch::Syndrome => Aspect::Syndrome,
        Mismatch::Address => Aspect::FaultAddress,
        Mismatch::Page | Mismatch::Second => {
            let ((before, after), change) = match observed.second {
                Some(second) if mismatch == Mismatch::Second => (second, allowed.second),
                _ => (observed.page, allowed.page),
            };
            let changed = |bits: u64| (before.0 ^ after.0) & bits != 0;
            let flag = changed(Descriptor::AF);
            if changed(!Stage::One.hardware_managed()) {
                Aspect::LeafBits
            } else if flag && change.access_flag == Update::Never {
                Aspect::FlagUnexpected
            } else if !flag && change.access_flag == Update::Always && !before.is_young() {
                Aspect::FlagMissing
            } else if changed(Stage::One.dirty_bit().mask()) {
                Aspect::DirtyUnexpected
            } else {
                Aspect::DirtyMissing
            }
        }
        Mismatch::Data if matches!(observed.data, DataSeen::Misread(_)) => Aspect::Returned,
        Mismatch::Data => Aspect::Memory,
    }
}

/// Returns the clause of WnR, where WnR alone is wrong.
fn write(shot: &Shot, kind: AccessKind, observed: &Observed) -> Option<Clause> {
    let fault = observed.seen.fault?;
    let written = fault.syndrome.write();
    if !is_right_abort(shot, written, fault) {
        return None;
    }
    match (kind.family(), written) {
        (Family::Atomic, true) => Some(Clause::AtomicReportsRead),
        (Family::Atomic, false) => Some(Clause::AtomicReportsWrite),
        (Family::Write, false) => Some(Clause::StoreReportsWrite),
        (Family::Read, true) => Some(Clause::LoadReportsRead),
        _ => None,
    }
}
