//! The product in another regime: the same combinations, with the controls of EL2's registers.
//!
//! What a combination makes at EL1 is made at EL2 there, and is told as EL1: the level that has privileges.

use super::{Circumstance, Combination, Dropped};
use afdbm::regime::Regime;
use oracle::{AccessKind, ExceptionLevel, Query};

/// Returns why a combination is dropped in `regime`, if it is.
///
/// The EL2 regime has no EL0, and TCR_EL2, SCTLR_EL2 and AT lack what belongs to it where HCR_EL2.E2H is 0 (Arm ARM D24.2,
/// C5.5). In EL2&0 the code that makes the accesses stands in the range of TTBR0_EL2 itself: EPD0, and E0PD0 at EL0, would
/// take it away.
#[must_use]
pub fn outside(regime: Regime, combination: &Combination) -> Option<Dropped> {
    use Circumstance::{ExecutableAccessNever, UnprivilegedRefused, WalksDisabled};
    let Combination { circumstance, kind, exception_level, .. } = *combination;
    let at_el0 = exception_level == ExceptionLevel::El0;
    let is_outside = match regime {
        Regime::El10 => false,
        Regime::El2 => {
            let of_others = matches!(
                kind,
                AccessKind::TranslateUserRead
                    | AccessKind::TranslateUserWrite
                    | AccessKind::TranslateReadPan
                    | AccessKind::TranslateWritePan
                    | AccessKind::TranslateAny
            );
            let absent = matches!(circumstance, UnprivilegedRefused | ExecutableAccessNever | WalksDisabled);
            at_el0 || of_others || absent
        }
        Regime::El20 => circumstance == WalksDisabled || circumstance == UnprivilegedRefused && at_el0,
    };
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
    use crate::product::{COMBINATIONS, Combination};
    use afdbm::regime::Regime;

    #[test]
    fn each_regime_of_el2_lacks_something() {
        let step = (COMBINATIONS / 20_000) | 1;
        let all = || (0..20_000).filter_map(|place| Combination::from_index(place * step));
        let count = |regime| all().filter(|one| outside(regime, one).is_some()).count();
        let [el1, el2, el20] = [Regime::El10, Regime::El2, Regime::El20].map(count);
        assert!(el1 == 0 && el20 > 0 && el20 < 3_000 && el2 > 10_000 && el2 < 19_000, "{el1} {el2} {el20}");
    }
}
