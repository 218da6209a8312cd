//! What became of one combination, in two bytes: a slice's worth of them is all that the gathering of failures needs.

use super::{Class, Expected, Signature};
use oracle::{Aspect, Before};

/// What became of one combination.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Status(u16);

const BEFORE: [Before; 3] = [Before::Nothing, Before::Completes, Before::Faults];
const CLASSES: u16 = code(Class { expected: Expected::Alignment, before: Before::Faults }) + 1;

// All failures have a code below that of a combination that was not run, and a set of classes fits its 32 bits.
const _: () = assert!((1 + Aspect::ALL.len()) * CLASSES as usize <= u16::MAX as usize && CLASSES <= 32);

const fn code(class: Class) -> u16 {
    class.expected as u16 * (Before::Faults as u16 + 1) + class.before as u16
}

impl Status {
    /// Dropped by the filter, or not run yet.
    pub const NOT_RUN: Self = Self(u16::MAX);

    /// The outcome is allowed, where this was to happen.
    #[must_use]
    pub const fn passed(class: Class) -> Self {
        Self(code(class))
    }

    /// The outcome is not allowed.
    #[must_use]
    pub const fn failed(signature: Signature) -> Self {
        Self((1 + signature.aspect as u16) * CLASSES + code(signature.class))
    }

    /// Returns what was to happen; `None` if the combination was not run.
    #[must_use]
    pub fn class(self) -> Option<Class> {
        let code = usize::from(self.0 % CLASSES);
        (self != Self::NOT_RUN).then(|| Class {
            expected: Expected::ALL[code / BEFORE.len()],
            before: BEFORE[code % BEFORE.len()],
        })
    }

    /// Returns in what the combination failed, if it did.
    #[must_use]
    pub fn signature(self) -> Option<Signature> {
        let class = self.class()?;
        let aspect = self.0 / CLASSES;
        Some(Signature { aspect: *Aspect::ALL.get(usize::from(aspect.checked_sub(1)?))?, class })
    }

    /// Returns the classes whose combinations are compared with this failure, a bit for each.
    pub(super) fn concerned(self) -> u32 {
        let concerns = |class| self.signature().is_some_and(|signature| signature.concerns(class));
        (0..CLASSES)
            .filter(|code| Self(*code).class().is_some_and(concerns))
            .fold(0, |set, code| set | 1 << code)
    }

    /// Tells whether the combination was run and is of one of the classes.
    pub(super) fn is_of(self, classes: u32) -> bool {
        self != Self::NOT_RUN && classes >> (self.0 % CLASSES) & 1 != 0
    }

    /// Returns a number for what the combination failed in, below [`Status::FAILURES`], if it did.
    pub(super) fn failure(self) -> Option<usize> {
        (self != Self::NOT_RUN).then(|| usize::from(self.0).checked_sub(usize::from(CLASSES)))?
    }

    /// How many ways to fail there are.
    pub(super) const FAILURES: usize = Aspect::ALL.len() * CLASSES as usize;
}

#[cfg(test)]
mod tests {
    use super::{BEFORE, Status};
    use crate::product::{Class, Expected, Signature};
    use oracle::Aspect;

    #[test]
    fn every_status_survives_a_round_trip() {
        for expected in Expected::ALL {
            for before in BEFORE {
                let class = Class { expected, before };
                assert_eq!(
                    (Status::passed(class).class(), Status::passed(class).signature()),
                    (Some(class), None)
                );
                for aspect in Aspect::ALL {
                    let signature = Signature { aspect, class };
                    let status = Status::failed(signature);
                    assert_eq!((status.class(), status.signature()), (Some(class), Some(signature)));
                    assert!(status.failure().is_some_and(|failure| failure < Status::FAILURES));
                }
            }
        }
        assert_eq!((Status::NOT_RUN.class(), Status::NOT_RUN.signature()), (None, None));
    }
}
