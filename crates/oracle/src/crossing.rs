//! An access that lies in two pages: each is judged by itself, and either may report its fault.

use super::{
    Allowed, Alternative, BytesSet, Change, Clause, Family, LeafPlace, Leaves, Page, Pages, Query, Rules,
    Update,
    alternatives::{flag_by, refusal, update},
    predict::Judged,
    translate::Translated,
};

/// Adds the alternatives of a crossing access whose pages were judged so.
pub(super) fn crossing<R: Rules>(
    rules: R,
    query: &Query,
    first: &Judged,
    second: &Judged,
    allowed: &mut Allowed,
) {
    let access = &query.access;
    let store = access.kind.family() == Family::Write;
    // The page beside the one that faults.
    let beside = |page: &Translated, early: bool| {
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
    let (one, other) = (first.alternative, second.alternative);
    // Each was judged as if its page were the first.
    let tables = Pages([first.page.tables, second.page.tables]);
    let judged = |judged: &Alternative| (judged.updates[LeafPlace::FIRST], judged.bytes[Page::First]);
    let both = |ending: Alternative, first: (Update, BytesSet), second: (Update, BytesSet)| Alternative {
        updates: Leaves::stage_1(first.0, second.0),
        bytes: Pages([first.1, second.1]),
        tables,
        ..ending
    };
    let whole = both(one, judged(&one), judged(&other));
    match (&first.page.refusal, &second.page.refusal) {
        (None, None) => allowed.allow(whole),
        (Some(stop), None) => {
            allowed.allow(both(one, judged(&one), beside(&second.page, stop.early)));
        }
        (None, Some(stop)) => {
            allowed.allow(both(other, beside(&first.page, stop.early), judged(&other)));
        }
        (Some(stop), Some(_)) => {
            allowed.allow(whole);
            if !stop.early && rules.holds(Clause::EitherPageMayReport) {
                allowed.allow(both(other, judged(&one), judged(&other)));
            }
        }
    }
    for stop in first.page.optional.iter().flatten() {
        let fault = refusal(rules, &query.controls, access, &first.page, stop, access.address);
        allowed.allow(both(fault, judged(&fault), beside(&second.page, stop.early)));
    }
    for stop in second.page.optional.iter().flatten() {
        let address = access.second_page(query.controls.range.geometry);
        let fault = refusal(rules, &query.controls, access, &second.page, stop, address);
        allowed.allow(both(fault, beside(&first.page, stop.early), judged(&fault)));
    }
}
