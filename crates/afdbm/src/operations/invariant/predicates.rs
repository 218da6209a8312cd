//! The ten predicates: each says of its evidence how the invariant is broken, or `None` if it holds.

use crate::descriptor::Descriptor;
use crate::geometry::Geometry;
use crate::operations::{
    AccessEnd, Answer, Attempt, Breach, Grant, Orders, Outcome, Overwrite, Passage, Rewrite, Transition,
    Writes,
};
use crate::stage::Stage;

/// The flags that the routine only ever sets: AF, W and D.
const RISING: u64 = Descriptor::AF | Descriptor::DBM | Descriptor::SOFTWARE_DIRTY;
/// The flag that it only ever clears: RO.
const FALLING: u64 = Stage::One.dirty_bit().clean();
/// What a TLB entry has to have in common with the descriptor that took its place without a break.
const TRANSLATION: u64 = Geometry::SIZE_4K.address_field() | Descriptor::CONTIGUOUS;

/// Tells whether a descriptor records a write. Hardware keeps none in an invalid one; software may (D).
const fn records_write(page: Descriptor) -> bool {
    page.is_software_dirty() || page.is_valid() && page.is_hardware_dirty()
}

fn is_recorded(writes: &Writes<'_>) -> bool {
    writes.returned_dirty || writes.memory.iter().any(|page| records_write(*page))
}

const fn clears_read_only(before: Descriptor, after: Descriptor) -> bool {
    before.is_read_only() && !after.is_read_only()
}

/// Says how invariant 1 is broken: a write landed, and neither memory nor what was returned is dirty.
#[must_use]
pub fn no_lost_dirty(writes: &Writes<'_>) -> Option<Breach> {
    (writes.landed && !is_recorded(writes) && !writes.given_up).then_some(Breach::LostDirty)
}

/// Says how invariant 2 is broken: W rose or RO fell, and nobody asked for it, or nobody may have it.
#[must_use]
pub fn no_invented_permission(grant: &Grant) -> Option<Breach> {
    let Grant { before, after, .. } = *grant;
    let writable = after.is_writable() && !before.is_writable();
    let dirty = clears_read_only(before, after);
    let unasked = writable && !grant.asks_writable || dirty && !grant.asks_dirty;
    let unauthorised = (writable || dirty) && !grant.authorised;
    (unasked || unauthorised).then_some(Breach::InventedPermission(before, after))
}

/// Says how invariant 3 is broken: AF, W or D fell, RO rose, or another bit changed.
#[must_use]
pub fn monotone(transition: &Transition) -> Option<Breach> {
    let Transition { before, after, taken_back } = *transition;
    let fell = before.0 & !after.0 & RISING & !taken_back;
    let rose = after.0 & !before.0 & FALLING & !taken_back;
    let others = (before.0 ^ after.0) & !(RISING | FALLING);
    (fell | rose | others != 0).then_some(Breach::NotMonotone(before, after))
}

/// Says how invariant 4 is broken: no legal state came of a legal one, or hardware cleared RO and left AF clear
/// (Arm ARM R_DSHLJ).
#[must_use]
pub fn encoding(rewrite: &Rewrite) -> Option<Breach> {
    let Rewrite { before, after, by_hardware } = *rewrite;
    if by_hardware && clears_read_only(before, after) && !after.is_young() {
        return Some(Breach::DirtyWhileOld(before, after));
    }
    let was_legal = !before.is_valid() || before.is_legal_state();
    let is_legal = !after.is_valid() || after.is_legal_state();
    (was_legal && !is_legal).then_some(Breach::IllegalState(before, after))
}

/// Says how invariant 5 is broken: too many faults, a fault that nobody resolves, or no end.
#[must_use]
pub fn progress(attempt: &Attempt) -> Option<Breach> {
    let Attempt { faults, cap, end } = *attempt;
    match end {
        AccessEnd::Endless => Some(Breach::Endless(faults)),
        AccessEnd::Refused => Some(Breach::Refused(faults)),
        AccessEnd::Passed | AccessEnd::Forbidden => {
            (faults > cap).then_some(Breach::TooManyFaults(faults, cap))
        }
    }
}

/// Says how invariant 6 is broken: memory is not what the answer promises, raw, for the weakest walker.
#[must_use]
pub fn return_value(answer: &Answer) -> Option<Breach> {
    let missing = answer.set & !answer.memory.0 | answer.clear & answer.memory.0;
    (answer.outcome != Outcome::Stale && missing != 0)
        .then_some(Breach::BrokenPromise(answer.memory, missing))
}

/// Says how invariant 7 is broken: an invalid descriptor changed, and nobody mapped a page there.
#[must_use]
pub fn invalid_stays(overwrite: &Overwrite) -> Option<Breach> {
    let Overwrite { before, after, may_map } = *overwrite;
    (!before.is_valid() && before != after && !may_map).then_some(Breach::InvalidChanged(before, after))
}

/// Says how invariant 8 is broken: the two histories left different descriptors.
#[must_use]
pub fn commutes(orders: &Orders) -> Option<Breach> {
    (orders.one != orders.other).then_some(Breach::OrderMatters(orders.one, orders.other))
}

/// Says how invariant 9 is broken: nobody wrote, and memory or what was returned is dirty.
#[must_use]
pub fn no_over_dirty(writes: &Writes<'_>) -> Option<Breach> {
    (!writes.attempted && is_recorded(writes)).then_some(Breach::OverDirty)
}

/// Says how invariant 10 is broken: the access used what was withdrawn, after the invalidation was complete.
#[must_use]
pub fn tlb(passage: &Passage) -> Option<Breach> {
    let memory = passage.memory;
    if passage.write && passage.write_withdrawn {
        return Some(Breach::WriteAfterWithdrawal(memory));
    }
    if passage.recorded_without_management {
        return Some(Breach::RecordWithoutManagement(memory));
    }
    let cached = passage.cached?;
    if passage.removed {
        return Some(Breach::AccessAfterRemoval(cached));
    }
    let differs = (cached.0 ^ memory.0) & TRANSLATION != 0;
    (memory.is_valid() && differs).then_some(Breach::AnotherTranslation(cached, memory))
}
