//! An access that lies in one page, by its family.

use super::{
    Allowed, Alternative, Change, Clause, Ending, Family, Query, Reason, Rules,
    alternatives::{completion, flag_by, refusal, status, tables_by},
    predict::Judged,
    refusal::Refusal,
    translate::Translated,
};

/// Adds the alternatives of an access whose page was judged so.
pub(super) fn single<R: Rules>(rules: R, query: &Query, judged: &Judged, allowed: &mut Allowed) {
    let page = &judged.page;
    let access = &query.access;
    let kept = |clause| Change::may_if(page.clean && !rules.holds(clause));
    match access.kind.family() {
        Family::Optional(reason) => {
            let [never_faults, may_set_flag, leaves_clean] = match reason {
                Reason::Hint => {
                    [Clause::PrefetchNeverFaults, Clause::PrefetchMaySetFlag, Clause::PrefetchLeavesClean]
                }
                Reason::NonFaulting => {
                    [Clause::NonFaultingNeverFaults, Clause::NonFaultingMaySetFlag, Clause::ReadLeavesClean]
                }
                Reason::Inactive => {
                    [Clause::InactiveNeverFaults, Clause::InactiveMaySetFlag, Clause::InactiveLeavesClean]
                }
            };
            let flag = flag_by(rules, page, may_set_flag);
            let dirtied = kept(leaves_clean);
            allowed.allow(Alternative {
                clause: never_faults,
                ..completion(rules, Ending::Completes, flag, dirtied, tables_by(rules, page))
            });
            if page.refusal.is_some() && !rules.holds(never_faults) {
                allowed.allow(judged.alternative);
            }
            return;
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
            let tables = if rules.holds(Clause::TranslationSetsTableFlags) {
                page.tables
            } else {
                page.tables.optional()
            };
            allowed.allow(Alternative { clause, ..completion(rules, ending, flag, dirtied, tables) });
            for stop in page.optional.iter().flatten() {
                let ending = Ending::ReportsFault(stop.status);
                let other = completion(rules, ending, flag, dirtied, tables);
                allowed.allow(Alternative { clause: stop.clause, ..other });
            }
            return;
        }
        Family::DataMaintenance | Family::InstructionMaintenance => {
            maintenance(rules, query, judged, allowed);
        }
        _ if access.kind.is_failing_exclusive() => failing_exclusive(rules, judged, allowed),
        _ => allowed.allow(judged.alternative),
    }
    for stop in page.optional.iter().flatten() {
        allowed.allow(optional(rules, query, page, stop));
    }
}

/// STXR after CLREX: whether it faults at all is IMPLEMENTATION DEFINED, for an address that is not aligned too (Arm ARM
/// C6.2 STXR, "Aborts and alignment"; the comment in pseudocode `AArch64.ExclusiveMonitorsPass`).
fn failing_exclusive<R: Rules>(rules: R, judged: &Judged, allowed: &mut Allowed) {
    let page = &judged.page;
    let flag = flag_by(rules, page, Clause::FailingExclusiveMaySetFlag);
    let passes_by = match &page.refusal {
        None => true,
        Some(_) => {
            if rules.holds(Clause::FailingExclusiveMayFault) {
                allowed.allow(judged.alternative);
            }
            rules.holds(Clause::FailingExclusiveMayPassBy)
        }
    };
    if passes_by {
        let may = page.clean && page.refusal.is_none() && rules.holds(Clause::FailingExclusiveMayMarkDirty);
        allowed.allow(Alternative {
            clause: Clause::ExclusiveStatus,
            ..completion(rules, status(rules, false), flag, Change::may_if(may), tables_by(rules, page))
        });
    }
}

fn maintenance<R: Rules>(rules: R, query: &Query, judged: &Judged, allowed: &mut Allowed) {
    let page = &judged.page;
    let kind = query.access.kind;
    let of_instructions = kind.family() == Family::InstructionMaintenance;
    let nothing = of_instructions && rules.holds(Clause::InstructionMaintenanceMayTranslate)
        || kind.invalidates() && rules.holds(Clause::InvalidateMayBeNothing)
        || kind.is_to_unification() && rules.holds(Clause::MaintenanceMayBeNothing)
        || !of_instructions
            && !query.features.cache_before_coherency
            && rules.holds(Clause::MaintenanceMayBeNothing);
    if page.refusal.is_none() || nothing || !rules.holds(Clause::MaintenanceTranslates) {
        let flag = flag_by(rules, page, Clause::MaintenanceMaySetFlag);
        let dirtied = Change::may_if(page.clean && !rules.holds(Clause::MaintenanceLeavesClean));
        allowed.allow(Alternative {
            clause: Clause::MaintenanceMaySetFlag,
            ..completion(rules, Ending::Completes, flag, dirtied, tables_by(rules, page))
        });
    }
    if page.refusal.is_some() {
        allowed.allow(judged.alternative);
    }
}

/// A fault that the access may take, apart from the alternatives of every other access.
#[cold]
#[inline(never)]
fn optional<R: Rules>(rules: R, query: &Query, page: &Translated, stop: &Refusal) -> Alternative {
    refusal(rules, &query.controls, &query.access, page, stop, query.access.address)
}
