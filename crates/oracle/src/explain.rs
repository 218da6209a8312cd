//! Which clauses a machine behaves as if it did not know.

use super::{
    Allowed, Clause, NestedOutcome, NestedQuery, Outcome, Query, Rules, check, check_nested, predict,
    predict_nested,
};
use core::cell::Cell;

/// The clauses that were asked for.
type Asked = [Cell<bool>; Clause::ALL.len()];

fn none_asked() -> Asked {
    [const { Cell::new(false) }; Clause::ALL.len()]
}

/// All clauses hold but the one that is doubted, if any; each that is asked for is noted.
#[derive(Clone, Copy)]
struct Doubting<'a> {
    doubted: Option<Clause>,
    asked: &'a Asked,
}

impl Rules for Doubting<'_> {
    #[inline]
    fn holds(self, clause: Clause) -> bool {
        self.asked[clause as usize].set(true);
        self.doubted != Some(clause)
    }
}

/// Predicts without the clause that is doubted, and notes all that are asked for. One function, so that the image holds
/// the prediction once.
#[cold]
#[inline(never)]
fn doubt(doubted: Option<Clause>, query: &Query, asked: &Asked) -> Allowed {
    predict(Doubting { doubted, asked }, query)
}

/// Returns the clauses that the machine behaves as if it did not know: without any one of them, the outcome
/// would be allowed. Empty if no single clause explains it.
///
/// A clause that the prediction does not ask for cannot change it, so only those that it asks for are left out in turn.
#[cold]
pub fn explain<'a>(
    query: &'a Query,
    outcome: &'a Outcome,
) -> impl DoubleEndedIterator<Item = Clause> + use<'a> {
    let asked = none_asked();
    let _ = doubt(None, query, &asked);
    asked_that(asked, |clause| explains(clause, query, outcome))
}

/// Goes through the clauses that were asked for, and explain what was seen.
fn asked_that(asked: Asked, explains: impl Fn(Clause) -> bool) -> impl DoubleEndedIterator<Item = Clause> {
    Clause::ALL.iter().copied().filter(move |&clause| asked[clause as usize].get() && explains(clause))
}

/// Tells whether the outcome would be allowed without `clause`.
#[cold]
pub fn explains(clause: Clause, query: &Query, outcome: &Outcome) -> bool {
    check(query, &doubt(Some(clause), query, &none_asked()), outcome).is_ok()
}

/// Returns the same for an access that both stages translate.
#[cold]
pub fn explain_nested<'a>(
    query: &'a NestedQuery,
    outcome: &'a NestedOutcome,
) -> impl DoubleEndedIterator<Item = Clause> + use<'a> {
    let asked = none_asked();
    let _ = predict_nested(Doubting { doubted: None, asked: &asked }, query);
    let unread = none_asked();
    asked_that(asked, move |clause| {
        let allowed = predict_nested(Doubting { doubted: Some(clause), asked: &unread }, query);
        check_nested(query, &allowed, outcome).is_ok()
    })
}
