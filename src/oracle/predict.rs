//! The prediction: the pages of an access, judged, become a set of allowed outcomes.

use super::{
    Access, AccessKind, Allowed, Before, Change, Clause, Group, Query, Rules, TlbState, Update,
    alternatives::{performed, refused_update},
    crossing::crossing,
    single::single,
    translate::{Page, translate},
};
use crate::descriptor::Descriptor;

/// Predicts what the architecture allows for `query`, by the clauses that `rules` leaves in.
#[must_use]
#[inline]
pub fn predict<R: Rules>(rules: R, query: &Query) -> Allowed {
    let mut allowed = Allowed::new();
    let access = &query.access;
    let first = page(rules, query, access, Which::First);
    if access.kind.is_crossing() {
        let second = page(rules, query, access, Which::Second);
        crossing(rules, query, &first, &second, &mut allowed);
    } else {
        single(rules, query, &first, &mut allowed);
    }
    warm(rules, query, &mut allowed);
    swap(rules, query, &first, &mut allowed);
    allowed
}

/// A page of an access.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    First,
    Second,
}

fn page<R: Rules>(rules: R, query: &Query, access: &Access, which: Which) -> Page {
    let (path, address) = match which {
        Which::First => (&query.first, access.address),
        Which::Second => (&query.second, access.second_page()),
    };
    translate(rules, &query.controls, &query.features, access, path, address)
}

/// Adds what the access that went before did to the leaves.
fn warm<R: Rules>(rules: R, query: &Query, allowed: &mut Allowed) {
    let kind = match query.tlb {
        TlbState::Cold => return,
        TlbState::AfterLoad => AccessKind::Load,
        TlbState::AfterStore => AccessKind::Store,
    };
    let before = |which| {
        let address = match which {
            Which::First => query.access.address.align_down(8),
            Which::Second => query.access.second_page(),
        };
        let path = match which {
            Which::First => &query.first,
            Which::Second => &query.second,
        };
        let access = Access { kind, level: query.access.level, address };
        let page = translate(rules, &query.controls, &query.features, &access, path, address);
        match &page.refusal {
            Some(stop) => (Before::Faults, refused_update(rules, &access, &page, stop)),
            None => (Before::Completes, performed(rules, &access, &page, kind.family()).first),
        }
    };
    let both = |later: Update, earlier: Update| Update {
        accessed: earlier.accessed.and_then(later.accessed),
        dirtied: earlier.dirtied.and_then(later.dirtied),
        dirty_needs_accessed: earlier.dirty_needs_accessed || later.dirty_needs_accessed,
        written_is_dirty: later.written_is_dirty,
    };
    let (came, first) = before(Which::First);
    let second = query.access.kind.is_crossing().then(|| before(Which::Second));
    allowed.before = second.map_or(came, |(other, _)| came.max(other));
    if first.dirtied != Change::Never {
        allowed.group.dirtied_at_most += 1;
    }
    for alternative in allowed.alternatives_mut() {
        alternative.first = both(alternative.first, first);
        if let Some((_, second)) = second {
            alternative.second = both(alternative.second, second);
        }
    }
}

/// What an update leaves alone, and what it may do in a contiguous group (`AArch64.MemSwapTableDesc`).
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
