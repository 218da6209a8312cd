//! Accesses one after the other: a pair of exclusives, and an access that goes before.
//!
//! Nothing but the hardware changes a descriptor between two, so that what the first leaves in a TLB is what the descriptors
//! say: the second ends as it would alone, and the descriptors show what both may do.

use super::{NestedAllowed, NestedQuery, Stage2Effect, Stage2Page, is_fault, predict::one};
use crate::{Access, AccessKind, Alternative, Before, Change, LeafPlace, Rules, Update, predict::before};

/// Predicts what the architecture allows for `query`, by the clauses that `rules` leaves in.
#[must_use]
pub fn predict_nested<R: Rules>(rules: R, query: &NestedQuery) -> NestedAllowed {
    let mut allowed = NestedAllowed::new();
    instruction(rules, query, &mut allowed);
    if let Some(access) = before(&query.stage_1) {
        let mut earlier = NestedAllowed::new();
        one(rules, &with(query, access), &mut earlier);
        allowed.before = if faults(&earlier) { Before::Faults } else { Before::Completes };
        follow(&earlier, &mut allowed);
    }
    allowed
}

/// Predicts the access, of which a pair of exclusives is two: a store-exclusive that follows its load-exclusive.
fn instruction<R: Rules>(rules: R, query: &NestedQuery, allowed: &mut NestedAllowed) {
    let access = query.stage_1.access;
    if !access.kind.is_passing_exclusive() {
        one(rules, query, allowed);
        return;
    }
    let mut load = NestedAllowed::new();
    one(rules, &with(query, Access { kind: AccessKind::LoadExclusive, ..access }), &mut load);
    if faults(&load) {
        *allowed = load;
    } else {
        one(rules, query, allowed);
        follow(&load, allowed);
    }
}

fn with(query: &NestedQuery, access: Access) -> NestedQuery {
    let mut query = *query;
    query.stage_1.access = access;
    query
}

fn faults(allowed: &NestedAllowed) -> bool {
    allowed.alternatives().iter().any(|one| is_fault(&one.ending))
}

/// Adds what an access has done that went before.
fn follow(earlier: &NestedAllowed, allowed: &mut NestedAllowed) {
    let leaf = merged(earlier, |one| one.updates[LeafPlace::FIRST]);
    let pages = Stage2Page::ALL.map(|page| (page, merged(earlier, |one| one.stage_2.updates[page])));
    for alternative in allowed.alternatives_mut() {
        add(&mut alternative.updates[LeafPlace::FIRST], leaf);
        for (page, update) in pages {
            add(&mut alternative.stage_2.updates[page], update);
        }
    }
}

/// Returns what alternatives do to a leaf, as far as they agree.
fn merged(allowed: &NestedAllowed, of: impl Fn(&Alternative<Stage2Effect>) -> Update) -> Update {
    let either = |one: Change, other: Change| if one == other { one } else { Change::May };
    let both = |one: Update, other: Update| Update {
        accessed: either(one.accessed, other.accessed),
        dirtied: either(one.dirtied, other.dirtied),
        dirty_needs_accessed: one.dirty_needs_accessed || other.dirty_needs_accessed,
        written_is_dirty: one.written_is_dirty || other.written_is_dirty,
    };
    allowed.alternatives().iter().map(of).reduce(both).unwrap_or_default()
}

/// Adds an update that went before.
fn add(update: &mut Update, earlier: Update) {
    update.accessed = earlier.accessed.and_then(update.accessed);
    update.dirtied = earlier.dirtied.and_then(update.dirtied);
    update.dirty_needs_accessed |= earlier.dirty_needs_accessed;
    update.written_is_dirty |= earlier.written_is_dirty;
}
