//! An access that lies in two pages: each is judged by itself, and either may report its fault.

use super::{
    AccessKind, Allowed, Alternative, BytesSet, Change, Clause, Query, Rules,
    alternatives::{flag_by, performed, refusal, update},
    translate::Page,
};

/// Adds the alternatives of a crossing access whose pages were judged to be `first` and `second`.
#[inline(always)]
pub(super) fn crossing<R: Rules>(
    rules: R,
    query: &Query,
    first: &Page,
    second: &Page,
    allowed: &mut Allowed,
) {
    let access = &query.access;
    let store = access.kind == AccessKind::StoreCrossing;
    let second_address = |page: crate::address::VirtualAddress| {
        if rules.holds(Clause::SecondPageAddress) { page } else { access.address }
    };
    // The page beside the one that faults.
    let beside = |page: &Page, early: bool| {
        let flag = flag_by(rules, page, Clause::OtherPageMaySetFlag);
        let may = store && !early && page.clean && rules.holds(Clause::OtherPageMayMarkDirty);
        let bytes = if store && !early && rules.holds(Clause::OtherPageMayBeWritten) {
            BytesSet::PARTLY_WRITTEN
        } else {
            BytesSet::OLD
        };
        let mut update = update(rules, flag, Change::may_if(may));
        update.written_is_dirty = page.clean && rules.holds(Clause::WrittenIsDirty);
        (update, bytes)
    };
    match (&first.refusal, &second.refusal) {
        (None, None) => {
            let whole = |page: &Page| performed(rules, access, page, access.kind.family());
            let (one, other) = (whole(first), whole(second));
            allowed.allow(Alternative { second: other.first, second_bytes: other.first_bytes, ..one });
        }
        (Some(stop), None) => {
            let (second, second_bytes) = beside(second, stop.early);
            let fault = refusal(rules, query, first, stop, access.address);
            allowed.allow(Alternative { second, second_bytes, ..fault });
        }
        (None, Some(stop)) => {
            let (update, bytes) = beside(first, stop.early);
            let fault = refusal(rules, query, second, stop, second_address(access.second_page()));
            allowed.allow(Alternative {
                first: update,
                first_bytes: bytes,
                second: fault.first,
                second_bytes: fault.first_bytes,
                ..fault
            });
        }
        (Some(stop), Some(other)) => {
            let fault = refusal(rules, query, first, stop, access.address);
            let later = refusal(rules, query, second, other, second_address(access.second_page()));
            allowed.allow(Alternative { second: later.first, second_bytes: later.first_bytes, ..fault });
            if !stop.early && rules.holds(Clause::EitherPageMayReport) {
                allowed.allow(Alternative {
                    first: fault.first,
                    first_bytes: fault.first_bytes,
                    second: later.first,
                    second_bytes: later.first_bytes,
                    ..later
                });
            }
        }
    }
}
