//! An access that lies in two pages: each is judged by itself, and either may report its fault.

use super::{
    Access, Allowed, Alternative, BytesSet, Change, Clause, Family, Rules,
    alternatives::{flag_by, update},
    predict::Judged,
    translate::Page,
};

/// Adds the alternatives of a crossing access whose pages were judged so.
pub(super) fn crossing<R: Rules>(
    rules: R,
    access: &Access,
    first: &Judged,
    second: &Judged,
    allowed: &mut Allowed,
) {
    let store = access.kind.family() == Family::Write;
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
    let (one, other) = (first.alternative, second.alternative);
    let whole = Alternative { second: other.first, second_bytes: other.first_bytes, ..one };
    match (&first.page.refusal, &second.page.refusal) {
        (None, None) => allowed.allow(whole),
        (Some(stop), None) => {
            let (second, second_bytes) = beside(&second.page, stop.early);
            allowed.allow(Alternative { second, second_bytes, ..one });
        }
        (None, Some(stop)) => {
            let (update, bytes) = beside(&first.page, stop.early);
            allowed.allow(Alternative {
                first: update,
                first_bytes: bytes,
                second: other.first,
                second_bytes: other.first_bytes,
                ..other
            });
        }
        (Some(stop), Some(_)) => {
            allowed.allow(whole);
            if !stop.early && rules.holds(Clause::EitherPageMayReport) {
                allowed.allow(Alternative {
                    first: one.first,
                    first_bytes: one.first_bytes,
                    second: other.first,
                    second_bytes: other.first_bytes,
                    ..other
                });
            }
        }
    }
}
