//! An access that lies in one page, by its family.

use super::{
    AccessKind, Allowed, Alternative, Change, Clause, Ending, Family, Query, Rules,
    alternatives::{completion, flag_by, performed, refusal, status},
    translate::Page,
};

/// Adds the alternatives of an access whose page was judged to be `page`.
#[inline(always)]
pub(super) fn single<R: Rules>(rules: R, query: &Query, page: &Page, allowed: &mut Allowed) {
    let access = &query.access;
    let kept = |clause| Change::may_if(page.clean && !rules.holds(clause));
    match access.kind.family() {
        Family::Prefetch => {
            let flag = flag_by(rules, page, Clause::PrefetchMaySetFlag);
            allowed.allow(Alternative {
                clause: Clause::PrefetchNeverFaults,
                ..completion(rules, Ending::Completes, flag, kept(Clause::PrefetchLeavesClean))
            });
            if let Some(stop) = page.refusal.filter(|_| !rules.holds(Clause::PrefetchNeverFaults)) {
                allowed.allow(refusal(rules, query, page, &stop, access.address));
            }
        }
        Family::Translation => {
            let flag = flag_by(rules, page, Clause::TranslationMaySetFlag);
            let (ending, clause) = match page.refusal {
                Some(stop) if rules.holds(Clause::TranslationReportsFault) => {
                    (Ending::ReportsFault(stop.status), stop.clause)
                }
                None if rules.holds(Clause::TranslationReportsOutput) => {
                    (Ending::ReportsOutput(page.output), Clause::TranslationReportsOutput)
                }
                _ => (Ending::ReportsAnything, Clause::TranslationReportsOutput),
            };
            let dirtied = kept(Clause::TranslationLeavesClean);
            allowed.allow(Alternative { clause, ..completion(rules, ending, flag, dirtied) });
        }
        Family::DataMaintenance | Family::InstructionMaintenance => maintenance(rules, query, page, allowed),
        _ if access.kind == AccessKind::StoreExclusiveFail => failing_exclusive(rules, query, page, allowed),
        family => match &page.refusal {
            Some(stop) => allowed.allow(refusal(rules, query, page, stop, access.address)),
            None => allowed.allow(performed(rules, access, page, family)),
        },
    }
}

/// STXR after CLREX: whether it faults at all is IMPLEMENTATION DEFINED, for an address that is not aligned too (Arm ARM
/// C6.2 STXR, "Aborts and alignment"; the comment in pseudocode `AArch64.ExclusiveMonitorsPass`).
#[inline(always)]
fn failing_exclusive<R: Rules>(rules: R, query: &Query, page: &Page, allowed: &mut Allowed) {
    let flag = flag_by(rules, page, Clause::FailingExclusiveMaySetFlag);
    let passes_by = match &page.refusal {
        None => true,
        Some(stop) => {
            if rules.holds(Clause::FailingExclusiveMayFault) {
                allowed.allow(refusal(rules, query, page, stop, query.access.address));
            }
            rules.holds(Clause::FailingExclusiveMayPassBy)
        }
    };
    if passes_by {
        let may = page.clean && page.refusal.is_none() && rules.holds(Clause::FailingExclusiveMayMarkDirty);
        allowed.allow(Alternative {
            clause: Clause::ExclusiveStatus,
            ..completion(rules, status(rules, false), flag, Change::may_if(may))
        });
    }
}

#[inline(always)]
fn maintenance<R: Rules>(rules: R, query: &Query, page: &Page, allowed: &mut Allowed) {
    let kind = query.access.kind;
    let nothing = match kind {
        AccessKind::InvalidateInstruction => rules.holds(Clause::InstructionMaintenanceMayTranslate),
        AccessKind::Invalidate => rules.holds(Clause::InvalidateMayBeNothing),
        _ => false,
    } || kind != AccessKind::InvalidateInstruction
        && !query.features.cache_before_coherency
        && rules.holds(Clause::MaintenanceMayBeNothing);
    if page.refusal.is_none() || nothing || !rules.holds(Clause::MaintenanceTranslates) {
        let flag = flag_by(rules, page, Clause::MaintenanceMaySetFlag);
        let dirtied = Change::may_if(page.clean && !rules.holds(Clause::MaintenanceLeavesClean));
        allowed.allow(Alternative {
            clause: Clause::MaintenanceMaySetFlag,
            ..completion(rules, Ending::Completes, flag, dirtied)
        });
    }
    for stop in [&page.refusal, &page.optional].into_iter().flatten() {
        allowed.allow(refusal(rules, query, page, stop, query.access.address));
    }
}
