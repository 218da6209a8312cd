//! The ten predicates: each says of its evidence how the invariant is broken, or `None` if it holds.
//!
//! Five of them read flags whose meaning is the stage's: these have a form that takes it, and one for stage 1.

use crate::descriptor::{Descriptor, Stage2Attributes};
use crate::geometry::Geometry;
use crate::operations::stage_2::is_dirty;
use crate::operations::{
    AccessEnd, Answer, Attempt, Breach, Grant, Orders, Outcome, Overwrite, Passage, Rewrite, Transition,
    Writes,
};
use crate::stage::Stage;

/// Returns the flags that a routine only ever sets: AF, W and the permissions and records of the stage.
const fn rising(stage: Stage) -> u64 {
    let own = match stage {
        Stage::One => Descriptor::SOFTWARE_DIRTY,
        Stage::Two => Descriptor::S2AP0 | stage.dirty_bit().dirty(),
    };
    Descriptor::AF | Descriptor::DBM | own
}

/// Returns the bits that grant execution, which a routine may change in one direction only.
const fn execution(stage: Stage) -> u64 {
    match stage {
        Stage::One => 0,
        Stage::Two => Stage2Attributes::EXECUTE_NEVER,
    }
}

/// Tells whether somebody may not execute any more by these bits.
const fn withdraws_execution(stage: Stage, before: Descriptor, after: Descriptor) -> bool {
    match stage {
        Stage::One => false,
        Stage::Two => {
            let before = Stage2Attributes::from_descriptor(before);
            let after = Stage2Attributes::from_descriptor(after);
            before.privileged_executable && !after.privileged_executable
                || before.user_executable && !after.user_executable
        }
    }
}

/// What a TLB entry has to have in common with the descriptor that took its place without a break.
const TRANSLATION: u64 = Geometry::SIZE_4K.address_field() | Descriptor::CONTIGUOUS;

/// Tells whether a descriptor records a write. Hardware keeps none in an invalid one; software may, in stage 1 (D).
const fn records_write(stage: Stage, page: Descriptor) -> bool {
    match stage {
        Stage::One => page.is_software_dirty() || page.is_valid() && page.is_hardware_dirty(),
        Stage::Two => is_dirty(page),
    }
}

fn is_recorded(stage: Stage, writes: &Writes<'_>) -> bool {
    writes.returned_dirty || writes.memory.iter().any(|page| records_write(stage, *page))
}

const fn clears_read_only(stage: Stage, before: Descriptor, after: Descriptor) -> bool {
    stage.is_read_only(before) && !stage.is_read_only(after)
}

/// [`no_lost_dirty_at`] in stage 1.
#[must_use]
pub fn no_lost_dirty(writes: &Writes<'_>) -> Option<Breach> {
    no_lost_dirty_at(Stage::One, writes)
}

/// Says how invariant 1 is broken: a write landed, and neither memory nor what was returned is dirty.
#[must_use]
pub fn no_lost_dirty_at(stage: Stage, writes: &Writes<'_>) -> Option<Breach> {
    (writes.landed && !is_recorded(stage, writes) && !writes.given_up).then_some(Breach::LostDirty)
}

/// [`no_invented_permission_at`] in stage 1.
#[must_use]
pub fn no_invented_permission(grant: &Grant) -> Option<Breach> {
    no_invented_permission_at(Stage::One, grant)
}

/// Says how invariant 2 is broken: W rose or RO fell, and nobody asked for it, or nobody may have it.
#[must_use]
pub fn no_invented_permission_at(stage: Stage, grant: &Grant) -> Option<Breach> {
    let Grant { before, after, .. } = *grant;
    let writable = after.is_writable() && !before.is_writable();
    let dirty = clears_read_only(stage, before, after);
    let unasked = writable && !grant.asks_writable || dirty && !grant.asks_dirty;
    let unauthorised = (writable || dirty) && !grant.authorised;
    (unasked || unauthorised).then_some(Breach::InventedPermission(before, after))
}

/// [`monotone_at`] in stage 1.
#[must_use]
pub fn monotone(transition: &Transition) -> Option<Breach> {
    monotone_at(Stage::One, transition)
}

/// Says how invariant 3 is broken: a flag or a permission fell (RO rose), or another bit changed.
#[must_use]
pub fn monotone_at(stage: Stage, transition: &Transition) -> Option<Breach> {
    let Transition { before, after, taken_back } = *transition;
    // RO falls where it is 1; where it is 0, its fall is the rise of the permission.
    let (rising, falling) = (rising(stage), stage.dirty_bit().clean());
    let fell = before.0 & !after.0 & rising & !taken_back;
    let rose = after.0 & !before.0 & falling & !taken_back;
    let others = (before.0 ^ after.0) & !(rising | falling | execution(stage));
    let withdrawn = withdraws_execution(stage, before, after);
    (fell | rose | others != 0 || withdrawn).then_some(Breach::NotMonotone(before, after))
}

/// [`encoding_at`] in stage 1.
#[must_use]
pub fn encoding(rewrite: &Rewrite) -> Option<Breach> {
    encoding_at(Stage::One, rewrite)
}

/// Says how invariant 4 is broken: no legal state came of a legal one, or hardware cleared RO and left AF clear
/// (Arm ARM R_DSHLJ).
#[must_use]
pub fn encoding_at(stage: Stage, rewrite: &Rewrite) -> Option<Breach> {
    let Rewrite { before, after, by_hardware } = *rewrite;
    if by_hardware && clears_read_only(stage, before, after) && !after.is_young() {
        return Some(Breach::DirtyWhileOld(before, after));
    }
    let was_legal = !before.is_valid() || stage.is_legal_state(before);
    let is_legal = !after.is_valid() || stage.is_legal_state(after);
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

/// [`no_over_dirty_at`] in stage 1.
#[must_use]
pub fn no_over_dirty(writes: &Writes<'_>) -> Option<Breach> {
    no_over_dirty_at(Stage::One, writes)
}

/// Says how invariant 9 is broken: nobody wrote, and memory or what was returned is dirty.
#[must_use]
pub fn no_over_dirty_at(stage: Stage, writes: &Writes<'_>) -> Option<Breach> {
    (!writes.attempted && is_recorded(stage, writes)).then_some(Breach::OverDirty)
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
