//! The prediction: the pages of an access, judged, become a set of allowed outcomes.

use super::{
    Access, AccessKind, Allowed, Alternative, Architecture, Before, Change, Clause, Group, LeafPlace, Page,
    Query, Rules, TableUpdate, TlbState, Update,
    alternatives::{performed, refusal, refused_update},
    approach::{Approach, approach},
    crossing::crossing,
    permissions,
    single::single,
    translate::{Translated, translate},
};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;

/// Predicts what the architecture allows for `query`, by the clauses that `rules` leaves in.
#[must_use]
pub fn predict<R: Rules>(rules: R, query: &Query) -> Allowed {
    Parts::new(rules, query).predict(rules, query)
}

/// A query, with all of its prediction that does not depend on the leaf of the first page: for one leaf after the other.
#[derive(Clone, Debug)]
pub struct Prepared<R> {
    rules: R,
    query: Query,
    parts: Parts,
}

impl<R: Rules> Prepared<R> {
    /// Prepares the prediction of a query.
    #[must_use]
    pub fn new(rules: R, query: Query) -> Self {
        Self { rules, parts: Parts::new(rules, &query), query }
    }

    /// Returns the query.
    #[must_use]
    pub const fn query(&self) -> &Query {
        &self.query
    }

    /// Puts another leaf in the place of the first page's.
    pub fn set_leaf(&mut self, leaf: Descriptor) {
        let path = &mut self.query.paths[LeafPlace::FIRST];
        *path.at(path.leaf_level) = leaf;
    }

    /// Predicts what the architecture allows for the query.
    #[must_use]
    pub fn predict(&self) -> Allowed {
        self.parts.predict(self.rules, &self.query)
    }
}

impl Prepared<Architecture> {
    /// Tells whether what may be executed by the first page's leaf makes a difference to the prediction. Nothing but VALID
    /// does where the leaf is invalid.
    #[must_use]
    pub fn looks_at_execution(&self) -> bool {
        permissions::look_at_execution(&self.query.controls, &self.query.access)
    }
}

/// The parts of an access, and of what goes before it, as far as the leaf of the first page makes no difference.
#[derive(Clone, Debug)]
struct Parts {
    first: Part,
    /// The second page of a crossing access, which has a leaf of its own.
    second: Option<Judged>,
    /// The access that goes before, and what it does to the second page.
    before: Option<(Part, Option<Earlier>)>,
}

impl Parts {
    fn new<R: Rules>(rules: R, query: &Query) -> Self {
        let crosses = query.access.kind.is_crossing();
        let part = |access, place| Part::new(rules, query, access, place);
        let before = before(query).map(|access| {
            let second = crosses.then(|| part(access, LeafPlace::SECOND).earlier(rules, query));
            (part(access, LeafPlace::FIRST), second)
        });
        let second = crosses.then(|| part(query.access, LeafPlace::SECOND).judge(rules, query));
        Self { first: part(query.access, LeafPlace::FIRST), second, before }
    }

    fn predict<R: Rules>(&self, rules: R, query: &Query) -> Allowed {
        let mut allowed = Allowed::new();
        let first = self.first.judge(rules, query);
        match &self.second {
            Some(second) => crossing(rules, query, &first, second, &mut allowed),
            None => single(rules, query, &first, &mut allowed),
        }
        if let Some((first, second)) = &self.before {
            allowed.before = Before::Completes;
            warm(LeafPlace::FIRST, &first.earlier(rules, query), &mut allowed);
            if let Some(second) = second {
                warm(LeafPlace::SECOND, second, &mut allowed);
            }
        }
        swap(rules, query, &first.page, &mut allowed);
        allowed
    }
}

/// The part of an access, of the query or of what goes before it, that lies in one page.
#[derive(Clone, Copy, Debug)]
struct Part {
    access: Access,
    place: LeafPlace,
    /// Where it begins.
    address: VirtualAddress,
    /// The address that its faults report.
    reported: VirtualAddress,
    approach: Approach,
}

impl Part {
    fn new<R: Rules>(rules: R, query: &Query, access: Access, place: LeafPlace) -> Self {
        let (mut address, mut reported) = (access.address, access.address);
        if place.page == Page::Second {
            address = access.second_page(query.controls.range.geometry);
            if rules.holds(Clause::SecondPageAddress) {
                reported = address;
            }
        }
        let approach = approach(rules, query, &access, &query.paths[place], address);
        Self { access, place, address, reported, approach }
    }

    fn translate<R: Rules>(&self, rules: R, query: &Query) -> Translated {
        let Self { access, place, address, approach, .. } = self;
        translate(rules, place.stage, query, access, &query.paths[*place], *address, approach)
    }

    fn judge<R: Rules>(&self, rules: R, query: &Query) -> Judged {
        let page = self.translate(rules, query);
        let alternative = match &page.refusal {
            Some(stop) => refusal(rules, &query.controls, &self.access, &page, stop, self.reported),
            None => performed(rules, &self.access, &page),
        };
        Judged { page, alternative }
    }

    /// Judges an access that goes before, of which only the descriptors count.
    fn earlier<R: Rules>(&self, rules: R, query: &Query) -> Earlier {
        let page = self.translate(rules, query);
        let mut update = match &page.refusal {
            Some(stop) => refused_update(rules, &self.access, &page, stop),
            None => performed(rules, &self.access, &page).updates[LeafPlace::FIRST],
        };
        let mut tables = page.tables;
        let may_fault = page.optional != [None; 3];
        if may_fault {
            // It may have taken a fault instead.
            update.accessed = update.accessed.min(Change::May);
            update.dirtied = update.dirtied.min(Change::May);
            tables = tables.optional();
        }
        Earlier { may_fault: may_fault || page.refusal.is_some(), update, tables }
    }
}

/// What an access that goes before does in one page.
#[derive(Clone, Copy, Debug)]
struct Earlier {
    /// It takes a fault, or may.
    may_fault: bool,
    update: Update,
    tables: TableUpdate,
}

/// Judges the access in its first page.
pub(super) fn judge_first<R: Rules>(rules: R, query: &Query) -> Judged {
    Part::new(rules, query, query.access, LeafPlace::FIRST).judge(rules, query)
}

/// Returns the access that goes before.
pub(super) fn before(query: &Query) -> Option<Access> {
    let kind = match query.tlb {
        TlbState::Cold => return None,
        TlbState::AfterLoad => AccessKind::Load,
        TlbState::AfterStore => AccessKind::Store,
    };
    Some(Access { kind, level: query.access.level, address: query.access.address.align_down(8) })
}

/// A page of an access, judged, with what the access does there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    pub(super) page: Translated,
    /// The refusal, or the completion of an access that touches memory.
    pub(super) alternative: Alternative,
}

/// Adds what the access that goes before does to the leaf at `place`.
fn warm(place: LeafPlace, earlier: &Earlier, allowed: &mut Allowed) {
    if earlier.may_fault {
        allowed.before = Before::Faults;
    }
    let Earlier { update: earlier, tables, .. } = *earlier;
    if place == LeafPlace::FIRST && earlier.dirtied != Change::Never {
        allowed.group.dirtied_at_most += 1;
    }
    for alternative in allowed.alternatives_mut() {
        let update = &mut alternative.updates[place];
        update.accessed = earlier.accessed.and_then(update.accessed);
        update.dirtied = earlier.dirtied.and_then(update.dirtied);
        update.dirty_needs_accessed |= earlier.dirty_needs_accessed;
        let of_page = &mut alternative.tables[place.page];
        *of_page = tables.and_then(*of_page);
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
