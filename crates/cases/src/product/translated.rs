//! The product in another regime: the same combinations, with the controls of EL2's registers.
//!
//! What a combination makes at EL1 is made at EL2 there, and is told as EL1: the level that has privileges.

use super::{Circumstance, Combination, Dropped};
use afdbm::regime::Regime;
use oracle::{AccessKind, ExceptionLevel, Query};

/// Returns why a combination is dropped in `regime`, if it is: EL0, and what TCR_EL2, SCTLR_EL2 and AT do not have where
/// HCR_EL2.E2H is 0 (Arm ARM D24.2, C5.5).
#[must_use]
pub fn outside(regime: Regime, combination: &Combination) -> Option<Dropped> {
    let is_outside = !regime.has_user()
        && (combination.exception_level == ExceptionLevel::El0
            || matches!(
                combination.circumstance,
                Circumstance::UnprivilegedRefused
                    | Circumstance::ExecutableAccessNever
                    | Circumstance::WalksDisabled
            )
            || matches!(
                combination.kind,
                AccessKind::TranslateUserRead
                    | AccessKind::TranslateUserWrite
                    | AccessKind::TranslateReadPan
                    | AccessKind::TranslateWritePan
                    | AccessKind::TranslateAny
            ));
    is_outside.then_some(Dropped::NotInRegime)
}

/// Makes a query of the EL1&0 regime one of `regime`.
pub(super) fn translate(regime: Regime, query: &mut Query) {
    query.controls.regime = regime;
    if regime.exception_level() == 2 && query.access.level == ExceptionLevel::El1 {
        query.access.level = ExceptionLevel::El2;
    }
}

#[cfg(test)]
mod tests {
    use super::outside;
    use crate::product::{Combination, Dropped, Source, full};
    use afdbm::regime::Regime;

    #[test]
    fn only_the_regime_of_el2_alone_lacks_something() {
        let all = || Source::Slice(full().from(0)).step_by(99_991).take(20_000);
        let count = |regime| all().filter(|one: &Combination| outside(regime, one).is_some()).count();
        assert_eq!((count(Regime::El10), count(Regime::El20)), (0, 0));
        let lacking = count(Regime::El2);
        assert!(lacking > 10_000 && lacking < 19_000, "{lacking}");
        assert!(all().all(|one| outside(Regime::El2, &one).is_none_or(|why| why == Dropped::NotInRegime)));
    }
}
