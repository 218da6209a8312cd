//! The prediction: the pages of an access, judged, become a set of allowed outcomes.

use super::{
    Access, AccessKind, Allowed, Alternative, Before, Change, Clause, Group, LeafPlace, Page, Query, Rules,
    TlbState, Update,
    alternatives::{performed, refusal},
    crossing::crossing,
    single::single,
    translate::{Translated, translate},
};
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use arrayvec::ArrayVec;

/// Predicts what the architecture allows for `query`, by the clauses that `rules` leaves in.
#[must_use]
pub fn predict<R: Rules>(rules: R, query: &Query) -> Allowed {
    let mut allowed = Allowed::new();
    let access = &query.access;
    let before = before(query);
    // In one place, for the access and for the one that went before, and for each page: this is most of a prediction's
    // code.
    let pages = if access.kind.is_crossing() { &LeafPlace::ALL[..] } else { &LeafPlace::ALL[..1] };
    let mut judged = ArrayVec::<Judged, 4>::new();
    for access in core::iter::once(access).chain(&before) {
        for place in pages {
            let (mut address, mut reported) = (access.address, access.address);
            if place.page == Page::Second {
                address = access.second_page(query.controls.range.geometry);
                if rules.holds(Clause::SecondPageAddress) {
                    reported = address;
                }
            }
            let path = &query.paths[*place];
            let page = translate(rules, place.stage, &query.controls, &query.features, access, path, address);
            let alternative = match &page.refusal {
                Some(stop) => refusal(rules, &query.controls, access, &page, stop, reported),
                None => performed(rules, access, &page),
            };
            judged.push(Judged { page, alternative });
        }
    }
    match &judged[..pages.len()] {
        [first, second] => crossing(rules, access, first, second, &mut allowed),
        [only] => single(rules, query, only, &mut allowed),
        _ => {}
    }
    if before.is_some() {
        warm(&judged[pages.len()..], &mut allowed);
    }
    swap(rules, query, &judged[0].page, &mut allowed);
    allowed
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

/// Adds what the access that went before did to the leaves.
fn warm(pages: &[Judged], allowed: &mut Allowed) {
    let both = |later: Update, earlier: Update| Update {
        accessed: earlier.accessed.and_then(later.accessed),
        dirtied: earlier.dirtied.and_then(later.dirtied),
        dirty_needs_accessed: earlier.dirty_needs_accessed || later.dirty_needs_accessed,
        written_is_dirty: later.written_is_dirty,
    };
    let faults = pages.iter().any(|judged| judged.page.refusal.is_some());
    allowed.before = if faults { Before::Faults } else { Before::Completes };
    let first = pages[0].alternative.updates[LeafPlace::FIRST];
    if first.dirtied != Change::Never {
        allowed.group.dirtied_at_most += 1;
    }
    for alternative in allowed.alternatives_mut() {
        for (place, earlier) in LeafPlace::ALL.into_iter().zip(pages) {
            let update = &mut alternative.updates[place];
            *update = both(*update, earlier.alternative.updates[LeafPlace::FIRST]);
        }
    }
}

/// What an update leaves alone, and what it may do in a contiguous group (`AArch64.MemSwapTableDesc`).
fn swap<R: Rules>(rules: R, query: &Query, page: &Translated, allowed: &mut Allowed) {
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
