//! The prediction for both stages: what stage 1 allows alone, and at each step what stage 2 makes of it.

use super::{
    NestedAllowed, NestedQuery, Stage2Abort, Stage2Effect, Stage2Page, Stage2Pages,
    judge::{Judged, Stop, Wish, judge},
};
use crate::{
    AccessKind, Allowed, Alternative, Bytes, BytesSet, Change, Clause, Ending, Family, LeafPlace, Leaves,
    Page, Pages, Rules, TableUpdate, Update,
    predict::{judge_first, swap},
    report::{stage_2_abort, stage_2_report},
    single::single,
};
use afdbm::fault::FaultStatus;
use afdbm::geometry::Level;

/// Adds what is allowed of one access that meets a cold TLB. Of a pair of exclusives, it is the second one.
pub(super) fn one<R: Rules>(rules: R, query: &NestedQuery, allowed: &mut NestedAllowed) {
    let stage_1 = &query.stage_1;
    let first = judge_first(rules, stage_1);
    let mut alone = Allowed::new();
    single(rules, stage_1, &first, &mut alone);
    swap(rules, stage_1, &first.page, allowed);
    let nested = Nested { rules, query, refusal: first.page.refusal.map(|stop| stop.status) };
    let Some(last) = first.page.last_read else {
        // Nothing has to be translated; speculation may.
        let pages = nested.levels(Level::L3).map(Stage2Page::Table).chain([Stage2Page::Data]);
        let effect = Stage2Effect { updates: nested.speculative(pages), abort: None };
        for alternative in alone.alternatives() {
            allowed.allow(alternative.with_stage_2(effect));
        }
        return;
    };
    let mut updates = Stage2Pages::of(Update::default());
    for level in nested.levels(last) {
        let judged = nested.judge(Stage2Page::Table(level), Wish::WALK);
        if judged.stop.is_none()
            && !rules.holds(Clause::WalkNeedsNoWrite)
            && let Some(stop) = nested.judge(Stage2Page::Table(level), Wish::UPDATE).stop
        {
            let effect = Stage2Effect { updates, abort: None };
            allowed.allow(nested.refused(Stage2Page::Table(level), &stop, None, effect));
        }
        let marked = &mut updates[Stage2Page::Table(level)];
        if let Some(stop) = judged.stop {
            marked.accessed = nested.flag_beside(&judged, &stop);
            let effect = Stage2Effect { updates, abort: None };
            allowed.allow(nested.refused(Stage2Page::Table(level), &stop, Some(!stop.read_too), effect));
            return;
        }
        marked.accessed = nested.required(&judged);
    }
    for alternative in alone.alternatives() {
        nested.add(alternative, last, updates, allowed);
    }
}

struct Nested<'a, R> {
    rules: R,
    query: &'a NestedQuery,
    /// What stage 1 alone refuses the access with.
    refusal: Option<FaultStatus>,
}

impl<R: Rules> Nested<'_, R> {
    /// Returns the levels of the walk of stage 1 from the first to `last`.
    fn levels(&self, last: Level) -> impl Iterator<Item = Level> + use<R> {
        let stage_1 = &self.query.stage_1;
        let (start, leaf) =
            (stage_1.controls.range.geometry.start_level(), stage_1.paths[LeafPlace::FIRST].leaf_level);
        Level::ALL.into_iter().filter(move |level| *level >= start && *level <= last.min(leaf))
    }

    fn judge(&self, page: Stage2Page, wish: Wish) -> Judged {
        let query = self.query;
        judge(self.rules, &query.controls, &query.stage_1.features, &query.walks[page], wish)
    }

    fn family(&self) -> Family {
        self.query.stage_1.access.kind.family()
    }

    /// What happens to AF of a leaf of stage 2 that the access uses, or that an instruction uses which is none.
    fn required(&self, judged: &Judged) -> Change {
        let optional =
            |clause| if self.rules.holds(clause) { judged.flag.min(Change::May) } else { Change::Never };
        match (self.family(), judged.flag) {
            (_, Change::Never) => Change::Never,
            (Family::Translation, _) => optional(Clause::TranslationMaySetFlag),
            (Family::Optional(_), _) => optional(Clause::PrefetchMaySetFlag),
            _ if self.rules.holds(Clause::Stage2AccessSetsFlag) => Change::Must,
            (_, other) => other,
        }
    }

    /// What may happen to AF of a leaf of stage 2 beside the fault that it gives.
    fn flag_beside(&self, judged: &Judged, stop: &Stop) -> Change {
        let permitted = self.rules.holds(Clause::FlagMayFollowPermissionFault);
        match stop.status {
            FaultStatus::Permission(_) if permitted => judged.flag,
            FaultStatus::Translation(_) => judged.flag,
            _ => Change::Never,
        }
    }

    /// What speculation may do to AF of the leaves of `pages`.
    fn speculative(&self, pages: impl Iterator<Item = Stage2Page>) -> Stage2Pages<Update> {
        let mut updates = Stage2Pages::of(Update::default());
        for page in pages {
            updates[page].accessed = self.by_speculation(page);
        }
        updates
    }

    fn by_speculation(&self, page: Stage2Page) -> Change {
        let wish = Wish { read: false, ..Wish::WALK };
        if self.rules.holds(Clause::Stage2FlagMayBeSpeculative) {
            self.judge(page, wish).flag
        } else {
            Change::Never
        }
    }

    /// An access that stage 2 ends at `page`; `write` is WnR of an atomic, where it is told: of an update's fault the text
    /// (a read would have given it too) and the pseudocode (as of the stage 1 fault) say otherwise.
    fn refused(
        &self,
        page: Stage2Page,
        stop: &Stop,
        write: Option<bool>,
        effect: Stage2Effect,
    ) -> Alternative<Stage2Effect> {
        let stage_1 = &self.query.stage_1;
        let on_walk = page != Stage2Page::Data;
        let named = on_walk || !matches!(stop.status, FaultStatus::Permission(_));
        let abort = if named && self.rules.holds(Clause::Stage2FaultAddress) {
            Stage2Abort::At(self.query.walks[page].address.align_down(1 << 12))
        } else {
            Stage2Abort::Anywhere
        };
        let memory = if self.rules.holds(Clause::FaultLeavesMemory) { BytesSet::OLD } else { BytesSet::ANY };
        let refused = |ending, clause, effect| Alternative {
            ending,
            updates: Leaves::default(),
            tables: Pages::<TableUpdate>::default(),
            bytes: Pages([memory, BytesSet::OLD]),
            clause,
            stage_2: effect,
        };
        if matches!(self.family(), Family::Optional(_)) && self.rules.holds(Clause::SpeculationIsNotReported)
        {
            return refused(Ending::Completes, Clause::SpeculationIsNotReported, effect);
        }
        if stage_1.access.kind.translates_by_both_stages() {
            return refused(stage_2_report(self.rules, stop.status, on_walk), stop.clause, effect);
        }
        let told = |clause, write| self.rules.holds(clause).then_some(write);
        let write = match (stage_1.access.kind.family(), write) {
            (Family::Write, _) => told(Clause::StoreReportsWrite, true),
            (Family::Atomic, Some(true)) => told(Clause::AtomicReportsWrite, true),
            (Family::Atomic, Some(false)) => told(Clause::AtomicReportsRead, false),
            (Family::Atomic, None) => None,
            (Family::Fetch, _) => Some(false),
            (_, _) => told(Clause::LoadReportsRead, false),
        };
        let indirect = self.query.controls.indirect.is_some();
        let dirty_bit = told(Clause::Stage2ReportsDirtyBit, stop.for_dirty_state).filter(|_| indirect);
        let (controls, access) = (&stage_1.controls, &stage_1.access);
        let ending = stage_2_abort(self.rules, controls, access, stop.status, write, on_walk, dirty_bit);
        refused(ending, stop.clause, Stage2Effect { abort: Some(abort), ..effect })
    }

    /// Tells whether the fault of an update that stage 2 refuses may end the access.
    fn reports_update(&self, wanted: Change) -> bool {
        let rules = self.rules;
        match self.family() {
            Family::Optional(_) => !rules.holds(Clause::SpeculationIsNotReported),
            Family::Translation => rules.holds(Clause::TranslationMayReportUpdate),
            _ => wanted == Change::Must || rules.holds(Clause::UpdateFaultMayReplaceFault),
        }
    }

    /// Adds what stage 2 makes of an alternative of stage 1, whose walk went to `last`.
    fn add(
        &self,
        alone: &Alternative,
        last: Level,
        walked: Stage2Pages<Update>,
        allowed: &mut NestedAllowed,
    ) {
        let rules = self.rules;
        let stage_1 = &self.query.stage_1;
        let path = &stage_1.paths[LeafPlace::FIRST];
        let table = Stage2Page::Table(last);
        let mut one = *alone;
        let mut effect = Stage2Effect { updates: walked, abort: None };
        let update = one.updates[LeafPlace::FIRST];
        let flag = if path.leaf().is_young() { Change::Never } else { update.accessed };
        let wanted = flag.max(update.dirtied);
        let data = self.data();
        if wanted != Change::Never && last == path.leaf_level {
            let written = self.judge(table, Wish::UPDATE);
            if let Some(stop) = written.stop.filter(|_| rules.holds(Clause::UpdateNeedsWrite)) {
                if self.reports_update(wanted) {
                    let mut beside = effect;
                    beside.updates[Stage2Page::Data].accessed = self.by_speculation_if_mapped(&one);
                    allowed.allow(self.refused(table, &stop, None, beside));
                }
                one.updates[LeafPlace::FIRST] = Update::default();
                if wanted == Change::Must {
                    if let Some(stop) = data.stop.filter(|_| rules.holds(Clause::EitherStage2FaultMayReport))
                    {
                        allowed.allow(self.data_refused(&one, &data, &stop, effect));
                    }
                    return;
                }
            } else if written.clean {
                let marked = &mut effect.updates[table];
                marked.written_is_dirty = rules.holds(Clause::UpdateMarksTableDirty);
                marked.dirtied = Change::May;
            }
        }
        self.mark_without_update(table, path.leaf_level == last, &mut effect);
        let kind = stage_1.access.kind;
        let translates_data = self.family() != Family::Translation || kind.translates_by_both_stages();
        if self.refused_by_stage_1(&one).is_some() || !translates_data {
            effect.updates[Stage2Page::Data].accessed = self.by_speculation_if_mapped(&one);
            allowed.allow(one.with_stage_2(effect));
        } else if let Some(stop) = &data.stop {
            allowed.allow(self.data_refused(&one, &data, stop, effect));
        } else {
            if matches!(one.ending, Ending::ReportsOutput(_)) {
                one.ending = Ending::ReportsOutput(data.output);
            }
            let marked = &mut effect.updates[Stage2Page::Data];
            marked.accessed = self.required(&data);
            marked.dirty_needs_accessed = self.rules.holds(Clause::DirtyNeedsFlag);
            marked.dirtied = if data.clean { self.dirtied(kind) } else { Change::Never };
            allowed.allow(one.with_stage_2(effect));
        }
    }

    /// The hardware may make the stage 2 leaf of a table dirty where an update at stage 1 might have been needed.
    fn mark_without_update(&self, table: Stage2Page, has_leaf: bool, effect: &mut Stage2Effect) {
        let managed = self.query.stage_1.controls.hardware_access_flag
            || !self.rules.holds(Clause::UnmanagedWalkLeavesTableClean);
        if !(has_leaf && managed) {
            return;
        }
        let judged = self.judge(table, Wish::UPDATE);
        if judged.clean && judged.stop.is_none() && self.rules.holds(Clause::WalkMayMarkTableDirty) {
            let marked = &mut effect.updates[table];
            marked.dirtied = marked.dirtied.max(Change::May);
        }
    }

    /// Returns the fault for which an alternative of stage 1 does not come to the data.
    fn refused_by_stage_1(&self, one: &Alternative) -> Option<FaultStatus> {
        match one.ending {
            Ending::Faults { syndrome, .. } => Some(syndrome.value.status()),
            Ending::ReportsFault(status) => Some(status),
            _ if matches!(self.family(), Family::Optional(_)) => self.refusal,
            _ => None,
        }
    }

    /// What speculation may do to the data's leaf, where stage 1 has an address for it.
    fn by_speculation_if_mapped(&self, one: &Alternative) -> Change {
        match self.refused_by_stage_1(one) {
            Some(FaultStatus::Translation(_) | FaultStatus::AddressSize(_) | FaultStatus::AccessFlag(_)) => {
                Change::Never
            }
            _ => self.by_speculation(Stage2Page::Data),
        }
    }

    /// Judges the data's page.
    fn data(&self) -> Judged {
        let access = &self.query.stage_1.access;
        let (read, write) = match access.kind.family() {
            Family::Write => (false, true),
            Family::Atomic => (true, true),
            Family::Fetch => (false, false),
            Family::Translation if access.kind.is_for_write() => {
                let write = self.rules.holds(Clause::TranslationAsWrite);
                (!write, write)
            }
            _ => (true, false),
        };
        let execute = (access.kind.family() == Family::Fetch).then_some(access.level);
        self.judge(Stage2Page::Data, Wish { read, write, execute, walk: false })
    }

    /// What an access that completes does to the dirty state of the data's clean leaf.
    fn dirtied(&self, kind: AccessKind) -> Change {
        let rules = self.rules;
        match kind.family() {
            _ if kind.compare_fails() => Change::may_if(rules.holds(Clause::FailedCompareMayMarkDirty)),
            Family::Write | Family::Atomic if rules.holds(Clause::Stage2WriteMarksDirty) => Change::Must,
            Family::Write | Family::Atomic => Change::May,
            Family::Translation => Change::may_if(!rules.holds(Clause::Stage2TranslationLeavesClean)),
            Family::Optional(_) => Change::may_if(!rules.holds(Clause::PrefetchLeavesClean)),
            _ => Change::may_if(!rules.holds(Clause::Stage2ReadLeavesClean)),
        }
    }

    /// The access whose data stage 2 refuses.
    fn data_refused(
        &self,
        one: &Alternative,
        data: &Judged,
        stop: &Stop,
        effect: Stage2Effect,
    ) -> Alternative<Stage2Effect> {
        let rules = self.rules;
        let mut effect = effect;
        let marked = &mut effect.updates[Stage2Page::Data];
        marked.accessed = self.flag_beside(data, stop);
        let atomic = self.query.stage_1.access.kind.family() == Family::Atomic;
        let unread = stop.clause == Clause::Stage2Unreadable && rules.holds(Clause::UnreadableMayMarkDirty);
        marked.dirtied = Change::may_if(atomic && unread && data.clean);
        marked.dirty_needs_accessed = rules.holds(Clause::DirtyNeedsFlag);
        let mut refused = self.refused(Stage2Page::Data, stop, Some(!stop.read_too), effect);
        let mut update = one.updates[LeafPlace::FIRST];
        if rules.holds(Clause::UpdateMayPrecedeStage2Fault) {
            update.accessed = update.accessed.min(Change::May);
            update.dirtied = update.dirtied.min(Change::May);
        }
        update.written_is_dirty = false;
        refused.updates = Leaves::stage_1(update, Update::default());
        refused.tables[Page::First] = one.tables[Page::First];
        refused
    }
}

/// The bytes of a table's page, as far as the access writes there: the leaf of stage 1.
pub(super) const fn table_bytes(changed: bool) -> Bytes {
    if changed { Bytes::New } else { Bytes::Old }
}
