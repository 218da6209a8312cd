//! The prediction: the pages of an access, judged, become a set of allowed outcomes.

use super::{
    Access, AccessKind, Allowed, Before, Change, Clause, Group, Query, Rules, TlbState, Update,
    alternatives::{performed, refused_update},
    crossing::crossing,
    single::single,
    translate::{Page, translate},
};
use crate::descriptor::Descriptor;
use arrayvec::ArrayVec;

/// Predicts what the architecture allows for `query`, by the clauses that `rules` leaves in.
#[must_use]
#[inline(always)]
pub fn predict<R: Rules>(rules: R, query: &Query) -> Allowed {
    let mut allowed = Allowed::new();
    let access = &query.access;
    let before = before(query);
    // In one place, for the access and for the one that went before: the walk and the permissions are most of a
    // prediction's code.
    let pages = if access.kind.is_crossing() { 2 } else { 1 };
    let mut judged = ArrayVec::<Page, 4>::new();
    for access in core::iter::once(access).chain(&before) {
        for (path, address) in
            [(&query.first, access.address), (&query.second, access.second_page())].into_iter().take(pages)
        {
            judged.push(translate(rules, &query.controls, &query.features, access, path, address));
        }
    }
    match &judged[..pages] {
        [first, second] => crossing(rules, query, first, second, &mut allowed),
        [first] => single(rules, query, first, &mut allowed),
        _ => {}
    }
    if let Some(access) = &before {
        warm(rules, access, &judged[pages..], &mut allowed);
    }
    swap(rules, query, &judged[0], &mut allowed);
    allowed
}

/// Returns the access that goes before.
#[inline(always)]
fn before(query: &Query) -> Option<Access> {
    let kind = match query.tlb {
        TlbState::Cold => return None,
        TlbState::AfterLoad => AccessKind::Load,
        TlbState::AfterStore => AccessKind::Store,
    };
    Some(Access { kind, level: query.access.level, address: query.access.address.align_down(8) })
}

/// Adds what `access`, which went before, did to the leaves of `pages`.
#[inline(always)]
fn warm<R: Rules>(rules: R, access: &Access, pages: &[Page], allowed: &mut Allowed) {
    let both = |later: Update, earlier: Update| Update {
        accessed: earlier.accessed.and_then(later.accessed),
        dirtied: earlier.dirtied.and_then(later.dirtied),
        dirty_needs_accessed: earlier.dirty_needs_accessed || later.dirty_needs_accessed,
        written_is_dirty: later.written_is_dirty,
    };
    let mut did = [(Before::Nothing, Update::default()); 2];
    for (did, page) in did.iter_mut().zip(pages) {
        *did = match &page.refusal {
            Some(stop) => (Before::Faults, refused_update(rules, access, page, stop)),
            None => (Before::Completes, performed(rules, access, page, access.kind.family()).first),
        };
    }
    let [(came, first), (other, second)] = did;
    allowed.before = came.max(other);
    if first.dirtied != Change::Never {
        allowed.group.dirtied_at_most += 1;
    }
    for alternative in allowed.alternatives_mut() {
        alternative.first = both(alternative.first, first);
        if pages.len() > 1 {
            alternative.second = both(alternative.second, second);
        }
    }
}

/// What an update leaves alone, and what it may do in a contiguous group (`AArch64.MemSwapTableDesc`).
#[inline(always)]
fn swap<R: Rules>(rules: R, query: &Query, page: &Page, allowed: &mut Allowed) {
    let survives = |clause, mask| if rules.holds(clause) { mask } else { 0 };
    allowed.leaf_mask = survives(Clause::OtherBitsSurvive, !Descriptor::HARDWARE_MANAGED);
    allowed.table_mask = survives(Clause::TablesSurvive, !0);
    allowed.neighbour_mask = survives(Clause::NeighboursSurvive, !0);
    let grouped = query.first.leaf().has(Descriptor::CONTIGUOUS | Descriptor::VALID);
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
