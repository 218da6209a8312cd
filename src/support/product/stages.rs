//! Where the time of a combination goes, step by step.

use crate::machine::timer;
use core::fmt;

/// A step of a combination.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Stage {
    /// Choosing it, filtering it, and holding the one before against the oracle.
    Judging,
    /// Writing the descriptors.
    Writing,
    /// Invalidating the TLB.
    Invalidating,
    /// An access with one before it.
    Warm,
    /// The access, at EL1, where it completes.
    Completing,
    /// The access, at EL1, where it ends in an exception.
    Faulting,
    /// The access at EL0: there by ERET, back by an exception.
    AtEl0,
    /// Reading back what changed.
    Reading,
}

const STAGES: [(Stage, &str); 8] = [
    (Stage::Judging, "choosing and judging"),
    (Stage::Writing, "descriptors"),
    (Stage::Invalidating, "TLBI"),
    (Stage::Warm, "an access with one before it"),
    (Stage::Completing, "an access at EL1 that completes"),
    (Stage::Faulting, "one with its exception"),
    (Stage::AtEl0, "one at EL0 with its exception"),
    (Stage::Reading, "reading back"),
];

/// A clock that counts for each stage, or stands still.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    last: Option<u64>,
    spent: [(u64, u64); STAGES.len()],
}

impl Clock {
    /// A clock that counts from now on.
    pub fn started() -> Self {
        Self { last: Some(timer::now()), ..Self::default() }
    }

    /// Ends a stage.
    pub fn end(&mut self, stage: Stage) {
        if let Some(last) = &mut self.last {
            count(last, &mut self.spent[stage as usize]);
        }
    }
}

#[inline(never)]
fn count(last: &mut u64, (ticks, times): &mut (u64, u64)) {
    let now = timer::now();
    *ticks += now.saturating_sub(*last);
    *times += 1;
    *last = now;
}

impl fmt::Display for Clock {
    /// Shows the nanoseconds of each stage, each time that it is gone through.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (stage, name) in STAGES {
            let (ticks, times) = self.spent[stage as usize];
            if times > 0 {
                let nanoseconds = timer::frequency().duration(ticks).as_nanos() / u128::from(times);
                write!(formatter, "{separator}{name} {nanoseconds}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}
