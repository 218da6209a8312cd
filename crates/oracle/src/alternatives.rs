//! The alternatives of an access, made from one judged page: what a fault and what a completion leave behind
//! (pseudocode `AArch64.SetAccessFlag` and `AArch64.SetDirtyState`).

use super::{
    Access, AccessKind, Alternative, BytesSet, Change, Clause, Controls, Ending, Family, Leaves, Pages,
    Returns, Rules, Stores, TableUpdate, Update, refusal::Refusal, report::abort, translate::Translated,
};
use afdbm::address::VirtualAddress;
use afdbm::fault::FaultStatus;

/// Returns what `clause` permits: the page's possibility if it holds, nothing if it was taken out.
pub(super) fn flag_by<R: Rules>(rules: R, page: &Translated, clause: Clause) -> Change {
    if rules.holds(clause) { page.flag } else { Change::Never }
}

/// Returns `Must` where the page's flag can be set at all.
pub(super) fn flag_required<R: Rules>(rules: R, page: &Translated, clause: Clause) -> Change {
    match page.flag {
        Change::Never => Change::Never,
        _ if rules.holds(clause) => Change::Must,
        other => other,
    }
}

/// Returns what an access that need not be made, or need not translate, does to its tables.
pub(super) fn tables_by<R: Rules>(rules: R, page: &Translated) -> TableUpdate {
    if rules.holds(Clause::TableFlagMayBeSpeculative) {
        page.tables.optional()
    } else {
        TableUpdate::default()
    }
}

pub(super) fn update<R: Rules>(rules: R, accessed: Change, dirtied: Change) -> Update {
    Update {
        accessed,
        dirtied,
        dirty_needs_accessed: dirtied != Change::Never && rules.holds(Clause::DirtyNeedsFlag),
        written_is_dirty: dirtied != Change::Never && rules.holds(Clause::WrittenIsDirty),
    }
}

/// What happens to the leaf of a page on which the access faults.
pub(super) fn refused_update<R: Rules>(
    rules: R,
    access: &Access,
    page: &Translated,
    refusal: &Refusal,
) -> Update {
    let writes = matches!(access.kind.family(), Family::Write | Family::Atomic);
    let accessed = match refusal.status {
        FaultStatus::Permission(_) if access.kind.is_passing_exclusive() && page.readable => {
            flag_required(rules, page, Clause::ExclusiveLoadSetsFlag)
        }
        FaultStatus::Permission(_) => flag_by(rules, page, Clause::FlagMayFollowPermissionFault),
        FaultStatus::Alignment => flag_by(rules, page, Clause::FlagMayFollowAlignmentFault),
        _ => flag_by(rules, page, Clause::FlagMayBeSpeculative),
    };
    let may_dirty = match refusal.status {
        FaultStatus::Permission(_) => !rules.holds(Clause::FaultLeavesClean),
        FaultStatus::Alignment if refusal.early => writes && !rules.holds(Clause::EarlyAlignmentLeavesClean),
        FaultStatus::Alignment => writes && page.granted && rules.holds(Clause::AlignmentFaultMayMarkDirty),
        _ => false,
    };
    update(rules, accessed, Change::may_if(page.clean && may_dirty))
}

/// The whole alternative of a fault in a page of an access.
pub(super) fn refusal<R: Rules>(
    rules: R,
    controls: &Controls,
    access: &Access,
    page: &Translated,
    refusal: &Refusal,
    address: VirtualAddress,
) -> Alternative {
    let memory = if rules.holds(Clause::FaultLeavesMemory) { BytesSet::OLD } else { BytesSet::ANY };
    Alternative {
        ending: abort(rules, controls, access, refusal, page.readable, address),
        updates: Leaves::stage_1(refused_update(rules, access, page, refusal), Update::default()),
        tables: Pages([page.tables, TableUpdate::default()]),
        bytes: Pages([memory, BytesSet::OLD]),
        clause: refusal.clause,
        stage_2: (),
    }
}

/// The alternative of an access that completes, before its particulars.
pub(super) fn completion<R: Rules>(
    rules: R,
    ending: Ending,
    accessed: Change,
    dirtied: Change,
    tables: TableUpdate,
) -> Alternative {
    Alternative {
        ending,
        updates: Leaves::stage_1(update(rules, accessed, dirtied), Update::default()),
        tables: Pages([tables, TableUpdate::default()]),
        bytes: Pages([BytesSet::OLD; 2]),
        clause: Clause::AccessSetsFlag,
        stage_2: (),
    }
}

/// How a read or an atomic that completes ends.
fn returned<R: Rules>(rules: R, kind: AccessKind) -> Ending {
    match kind.returns() {
        Returns::Nothing => Ending::Completes,
        _ if rules.holds(Clause::ReadReturnsData) => Ending::ReturnsData,
        _ => Ending::ReturnsAnything,
    }
}

pub(super) fn written<R: Rules>(rules: R) -> BytesSet {
    if rules.holds(Clause::WriteReachesMemory) { BytesSet::NEW } else { BytesSet::PARTLY_WRITTEN }
}

/// What a completed write does to a page's dirty state.
pub(super) fn dirtied<R: Rules>(rules: R, page: &Translated, clause: Clause) -> Change {
    match (page.clean, rules.holds(clause)) {
        (false, _) => Change::Never,
        (true, true) => Change::Must,
        (true, false) => Change::May,
    }
}

/// An access that completes and that touches memory.
pub(super) fn performed<R: Rules>(rules: R, access: &Access, page: &Translated) -> Alternative {
    let flag = flag_required(rules, page, Clause::AccessSetsFlag);
    let atomic = |bytes| Alternative {
        bytes: Pages([bytes, BytesSet::OLD]),
        clause: Clause::AtomicMarksDirty,
        ..completion(
            rules,
            returned(rules, access.kind),
            flag,
            dirtied(rules, page, Clause::AtomicMarksDirty),
            page.tables,
        )
    };
    let write = |ending| Alternative {
        bytes: Pages([written(rules), BytesSet::OLD]),
        clause: Clause::WriteMarksDirty,
        ..completion(rules, ending, flag, dirtied(rules, page, Clause::WriteMarksDirty), page.tables)
    };
    match access.kind {
        kind if kind.compare_fails() => {
            let flag = flag_required(rules, page, Clause::FailedCompareSetsFlag);
            let may = Change::may_if(page.clean && rules.holds(Clause::FailedCompareMayMarkDirty));
            Alternative {
                clause: Clause::FailedCompareMayMarkDirty,
                ..completion(rules, returned(rules, kind), flag, may, page.tables)
            }
        }
        kind if kind.is_passing_exclusive() => write(status(rules, true)),
        kind if kind.writes_tags_only() => {
            let may = Change::may_if(page.clean && rules.holds(Clause::IgnoredTagsMayMarkDirty));
            Alternative {
                clause: Clause::IgnoredTagsMayMarkDirty,
                ..completion(rules, Ending::Completes, flag, may, page.tables)
            }
        }
        kind => match kind.family() {
            Family::Atomic if kind.stores() == Stores::Nothing => atomic(BytesSet::OLD),
            Family::Atomic => atomic(written(rules)),
            Family::Write => write(Ending::Completes),
            _ => {
                let may = Change::may_if(page.clean && !rules.holds(Clause::ReadLeavesClean));
                completion(rules, returned(rules, kind), flag, may, page.tables)
            }
        },
    }
}

pub(super) fn status<R: Rules>(rules: R, passed: bool) -> Ending {
    if rules.holds(Clause::ExclusiveStatus) {
        Ending::ReturnsStatus(passed)
    } else {
        Ending::ReturnsAnyStatus
    }
}
