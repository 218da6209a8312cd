//! Holding what was seen of both stages against a prediction.

use super::{
    NestedAllowed, NestedOutcome, NestedQuery, Stage2Abort, Stage2Effect, Stage2Page, Stage2Seen,
    predict::table_bytes,
};
use crate::{
    Alternative, Aspect, LeafPlace, Mismatch,
    check::{ShownElsewhere, compare, ensure, leaf, nearest},
};
use afdbm::stage::Stage;

/// Holds `outcome` against `allowed`, which was predicted for `query`.
///
/// # Errors
///
/// The mismatch with the nearest alternative, if none allows the outcome.
pub fn check_nested(
    query: &NestedQuery,
    allowed: &NestedAllowed,
    outcome: &NestedOutcome,
) -> Result<(), Mismatch> {
    nearest(allowed, |alternative| {
        abort(alternative, &outcome.stage_2)?;
        compare(&query.stage_1, allowed, alternative, &outcome.stage_1)?;
        stage_2(query, allowed.leaf_mask, alternative, outcome)
    })
}

/// Holds the Exception level that takes the abort, and HPFAR_EL2.
fn abort(alternative: &Alternative<Stage2Effect>, seen: &Stage2Seen) -> Result<(), Aspect> {
    match (alternative.stage_2.abort, seen.abort) {
        (None, None) | (Some(Stage2Abort::Anywhere), Some(_)) => Ok(()),
        (Some(_), None) => Err(Aspect::MissingFault),
        (None, Some(_)) => Err(Aspect::UnexpectedFault),
        (Some(Stage2Abort::At(address)), Some(held)) => ensure(address == held, Aspect::FaultAddress),
    }
}

/// Holds the leaves of stage 2; `mask` has the bits that no update changes, which are the same at both stages.
fn stage_2(
    query: &NestedQuery,
    mask: u64,
    alternative: &Alternative<Stage2Effect>,
    seen: &NestedOutcome,
) -> Result<(), Aspect> {
    let path = &query.stage_1.paths[LeafPlace::FIRST];
    let stage_1_changed = path.leaf() != seen.stage_1.leaves[LeafPlace::FIRST];
    for page in Stage2Page::ALL {
        let leaves = (query.walks[page].path.leaf(), seen.stage_2.leaves[page]);
        let update = alternative.stage_2.updates[page];
        let written = page == Stage2Page::Table(path.leaf_level) && stage_1_changed;
        let none = ShownElsewhere::default();
        leaf(Stage::Two, mask, leaves, update, table_bytes(written), none)?;
    }
    Ok(())
}
