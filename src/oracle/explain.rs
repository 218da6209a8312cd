//! Which clauses a machine behaves as if it did not know.

use super::{Allowed, Clause, Outcome, Query, Rules, check, predict};
use core::cell::Cell;

const _: () = assert!(Clause::ALL.len() <= 128, "a set of clauses fits 128 bits");

/// All clauses hold but the one that is doubted, if any; each that is asked for is noted.
#[derive(Clone, Copy)]
struct Doubting<'a> {
    doubted: Option<Clause>,
    asked: &'a Cell<u128>,
}

impl Rules for Doubting<'_> {
    #[inline]
    fn holds(self, clause: Clause) -> bool {
        self.asked.set(self.asked.get() | 1 << clause as u8);
        self.doubted != Some(clause)
    }
}

/// Predicts without the clause that is doubted, and notes all that are asked for. One function, so that the image holds
/// the prediction once.
#[cold]
#[inline(never)]
fn doubt(doubted: Option<Clause>, query: &Query, asked: &Cell<u128>) -> Allowed {
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
    let asked = Cell::new(0);
    let _ = doubt(None, query, &asked);
    let asked = asked.get();
    Clause::ALL.iter().copied().filter(move |&clause| {
        let explains = || check(query, &doubt(Some(clause), query, &Cell::new(0)), outcome).is_ok();
        asked >> clause as u8 & 1 != 0 && explains()
    })
}
