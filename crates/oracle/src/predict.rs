//! The prediction: the pages of an access, judged, become a set of allowed outcomes.

use super::{
    Access, AccessKind, Allowed, Alternative, Before, Change, Clause, Group, LeafPlace, Page, Query, Rules,
    TlbState,
    alternatives::{performed, refusal},
    crossing::crossing,
    single::single,
    translate::{Translated, translate},
};
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;

/// Predicts what the architecture allows for `query`, by the clauses that `rules` leaves in.
#[must_use]
pub fn predict<R: Rules>(rules: R, query: &Query) -> Allowed {
    let mut allowed = Allowed::new();
    let access = &query.access;
    let first = judge(rules, query, access, LeafPlace::FIRST);
    if access.kind.is_crossing() {
        let second = judge(rules, query, access, LeafPlace::SECOND);
        crossing(rules, query, &first, &second, &mut allowed);
    } else {
        single(rules, query, &first, &mut allowed);
    }
    if let Some(before) = before(query) {
        warm(rules, query, &before, &mut allowed);
    }
    swap(rules, query, &first.page, &mut allowed);
    allowed
}

/// Judges the part of an access, of the query or of what goes before it, that lies in one page.
pub(super) fn judge<R: Rules>(rules: R, query: &Query, access: &Access, place: LeafPlace) -> Judged {
    let (mut address, mut reported) = (access.address, access.address);
    if place.page == Page::Second {
        address = access.second_page(query.controls.range.geometry);
        if rules.holds(Clause::SecondPageAddress) {
            reported = address;
        }
    }
    let path = &query.paths[place];
    let page = translate(rules, place.stage, &query.controls, &query.features, access, path, address);
    let alternative = match &page.refusal {
        Some(stop) => refusal(rules, &query.controls, access, &page, stop, reported),
        None => performed(rules, access, &page),
    };
    Judged { page, alternative }
}

/// Returns the access that goes before.
fn before(query: &Query) -> Option<Access> {
    let kind = match query.tlb {
        TlbState::Cold => return None,
        TlbState::AfterLoad => AccessKind::Load,
        TlbState::AfterStore => AccessKind::Store,
    };
    Some(Access { kind, level: query.access.level, address: query.access.address.align_down(8) })
}

/// A page of an access, judged, with what the access does there.
pub(super) struct Judged {
    pub(super) page: Translated,
    /// The refusal, or the completion of an access that touches memory.
    pub(super) alternative: Alternative,
}

/// Adds what the access that goes before does to the leaves of the pages that the access itself touches.
fn warm<R: Rules>(rules: R, query: &Query, before: &Access, allowed: &mut Allowed) {
    let pages = if query.access.kind.is_crossing() { &LeafPlace::ALL[..] } else { &LeafPlace::ALL[..1] };
    allowed.before = Before::Completes;
    for place in pages {
        let judged = judge(rules, query, before, *place);
        if judged.page.refusal.is_some() {
            allowed.before = Before::Faults;
        }
        let mut earlier = judged.alternative.updates[LeafPlace::FIRST];
        let mut earlier_tables = judged.alternative.tables[Page::First];
        if judged.page.optional != [None; 3] {
            // It may have taken a fault instead.
            allowed.before = Before::Faults;
            earlier.accessed = earlier.accessed.min(Change::May);
            earlier.dirtied = earlier.dirtied.min(Change::May);
            earlier_tables = earlier_tables.optional();
        }
        if *place == LeafPlace::FIRST && earlier.dirtied != Change::Never {
            allowed.group.dirtied_at_most += 1;
        }
        for alternative in allowed.alternatives_mut() {
            let update = &mut alternative.updates[*place];
            update.accessed = earlier.accessed.and_then(update.accessed);
            update.dirtied = earlier.dirtied.and_then(update.dirtied);
            update.dirty_needs_accessed |= earlier.dirty_needs_accessed;
            let tables = &mut alternative.tables[place.page];
            *tables = earlier_tables.and_then(*tables);
        }
    }
}

/// What an update leaves alone, and what it may do in a contiguous group (`AArch64.MemSwapTableDesc`).
pub(super) fn swap<R: Rules, S, const MOST: usize>(
    rules: R,
    query: &Query,
    page: &Translated,
    allowed: &mut Allowed<S, MOST>,
) {
    let survives = |clause, mask| if rules.holds(clause) { mask } else { 0 };
    allowed.leaf_mask = survives(Clause::OtherBitsSurvive, !Stage::One.hardware_managed());
    allowed.table_mask = survives(Clause::TablesSurvive, !0);
    allowed.neighbour_mask = survives(Clause::NeighboursSurvive, !0);
    let grouped = query.paths[LeafPlace::FIRST].leaf().has(Descriptor::CONTIGUOUS | Descriptor::VALID);
    allowed.group = if grouped {
        Group {
            shares_flag: page.flag != Change::Never && rules.holds(Clause::GroupMayShareFlag),
            flag_elsewhere: !rules.holds(Clause::GroupRecordsFlagHere),
            dirty_elsewhere: rules.holds(Clause::GroupMayRecordElsewhere),
            dirtied_at_most: if rules.holds(Clause::GroupRecordsOnce) {
                allowed.group.dirtied_at_most
            } else {
                16
            },
        }
    } else {
        Group { dirtied_at_most: 1, ..Group::default() }
    };
}
