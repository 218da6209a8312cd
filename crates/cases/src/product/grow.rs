//! How the largest region of failures is looked for: from the box that holds them all, value by value, to one that holds
//! nothing else, and from there outwards again.

use super::{Condition, Region, board::Board, condition::every};

/// The order in which conditions take in values: first what seldom matters, so that what is left says why.
const ORDER: [Condition; Condition::ALL.len()] = [
    Condition::Second,
    Condition::TablePlace,
    Condition::Contiguous,
    Condition::Level,
    Condition::Kind,
    Condition::ExceptionLevel,
    Condition::UserExecuteNever,
    Condition::PrivilegedExecuteNever,
    Condition::TableUserExecuteNever,
    Condition::TablePrivilegedExecuteNever,
    Condition::WriteExecuteNever,
    Condition::PrivilegedAccessNever,
    Condition::Hierarchy,
    Condition::TableNoUser,
    Condition::TableReadOnly,
    Condition::User,
    Condition::DirtyBitModifier,
    Condition::ReadOnly,
    Condition::AccessFlag,
    Condition::HardwareDirtyState,
    Condition::HardwareAccessFlag,
    Condition::Circumstance,
    Condition::Valid,
    Condition::Tlb,
];

/// How many members there are of some kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Weight {
    /// Failures that are in no finding yet.
    pub open: u32,
    /// What did not fail so.
    pub others: u32,
}

impl Weight {
    pub(super) fn add(&mut self, other: Self) {
        self.open += other.open;
        self.others += other.others;
    }

    /// Tells whether the failures' share is at least that of `other`.
    fn is_as_pure_as(self, other: Self) -> bool {
        u64::from(self.open) * u64::from(other.others) >= u64::from(other.open) * u64::from(self.others)
    }

    /// Returns how far the failures are from being all, as some 256 times a logarithm.
    fn impurity(self) -> u64 {
        logarithm(self.open + self.others).saturating_sub(logarithm(self.open))
    }

    /// Returns what is gained by going from `whole` to this part of it: the measure of J. R. Quinlan's FOIL, the
    /// failures that are kept by how much purer they are.
    fn gain(self, whole: Self) -> u64 {
        u64::from(self.open) * whole.impurity().saturating_sub(self.impurity())
    }
}

/// Returns some 256 times the logarithm to base 2.
fn logarithm(number: u32) -> u64 {
    let exponent = number.max(1).ilog2();
    (u64::from(exponent) << 8) + (u64::from(number) << 8 >> exponent & 0xff)
}

/// Returns a large region, if there are open failures, whose members of the class all failed alike, and to which no
/// value can be added.
pub(super) fn largest(board: &Board<'_>) -> Option<Region> {
    let mut region = board.scope();
    loop {
        let weights = board.weigh(&region);
        let weigh = |condition: Condition, values: u32| {
            let mut sum = Weight::default();
            members(values).for_each(|value| sum.add(weights[condition as usize][value]));
            sum
        };
        let whole = weigh(Condition::Valid, every(Condition::Valid));
        if whole.others == 0 {
            return (whole.open > 0).then(|| spread(board, region));
        }
        let before = region;
        let mut best: Option<(u64, Condition, u32)> = None;
        for condition in ORDER.into_iter().rev() {
            let weight = |value| weigh(condition, 1_u32 << value);
            let held = set(members(region.values(condition)).filter(|value| weight(*value).open != 0));
            // An access that stays within a page has no second one.
            if held == 0 {
                continue;
            }
            region = region.with_values(condition, held);
            for least in members(held).filter(|_| !held.is_power_of_two()) {
                let pure = set(members(held).filter(|value| weight(*value).is_as_pure_as(weight(least))));
                let kept = if pure == held { 1 << least } else { pure };
                let gain = weigh(condition, kept).gain(whole);
                if best.is_none_or(|(most, ..)| gain > most) {
                    best = Some((gain, condition, kept));
                }
            }
        }
        match best {
            Some((_, condition, kept)) => region = region.with_values(condition, kept),
            None if region == before => return None,
            None => {}
        }
    }
}

/// Adds every value with which all of the class fail alike, and frees the conditions that say nothing, since nothing in
/// the slice has their other values; but the access is always told.
fn spread(board: &Board<'_>, start: Region) -> Region {
    let mut region = start;
    let mut frees = false;
    loop {
        let before = region;
        for condition in ORDER {
            let missing = board.scope().values(condition) & !region.values(condition);
            if missing == 0 {
                continue;
            }
            let seen = board.seen(&region, condition, missing);
            let mut added = seen.alike & !seen.others;
            if frees && seen.alike | seen.others == 0 && condition != Condition::Kind {
                added = missing;
            }
            region = region.with_values(condition, region.values(condition) | added);
        }
        // What had no member may have some now.
        match (region == before, frees) {
            (true, true) => return region,
            (same, _) => frees = same,
        }
    }
}

/// Goes through the values of a set.
pub(super) fn members(values: u32) -> impl Iterator<Item = usize> + Clone {
    (0..u32::BITS as usize).filter(move |value| values >> value & 1 != 0)
}

fn set(members: impl Iterator<Item = usize>) -> u32 {
    members.fold(0, |set, value| set | 1 << value)
}
