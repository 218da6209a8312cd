//! Learning a rule from examples: from the region that holds them all, value by value, to one that holds no negative
//! example, and from there outwards again. `docs/clustering.md` works an example.

use super::{
    Condition, Region,
    dimension::CONDITIONS,
    examples::Examples,
    region::{ValueSet, every},
    show::is_permutation,
};

/// The order in which conditions take in values: first what seldom matters, so that what is left says why.
const GENERALISATION: [Condition; CONDITIONS] = [
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

const _: () = assert!(is_permutation(&GENERALISATION), "a condition is missing");

/// How many examples support a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Support {
    /// Positive ones that are in no finding yet.
    pub positive: u32,
    /// Negative ones.
    pub negative: u32,
}

impl Support {
    pub(super) fn add(&mut self, other: Self) {
        self.positive += other.positive;
        self.negative += other.negative;
    }

    /// Tells whether the positive examples' share is at least that of `other`.
    fn is_as_pure_as(self, other: Self) -> bool {
        u64::from(self.positive) * u64::from(other.negative)
            >= u64::from(other.positive) * u64::from(self.negative)
    }

    /// Returns how far the positive examples are from being all, as some 256 times a logarithm.
    fn impurity(self) -> u64 {
        logarithm(self.positive + self.negative).saturating_sub(logarithm(self.positive))
    }

    /// Returns what is gained by going from `whole` to this part of it: the measure of J. R. Quinlan's FOIL, the
    /// positive examples that are kept by how much purer they are.
    fn gain(self, whole: Self) -> u64 {
        u64::from(self.positive) * whole.impurity().saturating_sub(self.impurity())
    }
}

/// Returns some 256 times the logarithm to base 2.
fn logarithm(number: u32) -> u64 {
    let exponent = number.max(1).ilog2();
    (u64::from(exponent) << 8) + (u64::from(number) << 8 >> exponent & 0xff)
}

/// Returns a large region, if there are uncovered examples, that holds no negative one, and to which no value can be
/// added.
pub(super) fn learn(examples: &Examples<'_>) -> Option<Region> {
    let mut region = examples.scope();
    loop {
        let supports = examples.supports(&region);
        let support = |condition: Condition, values: ValueSet| {
            let mut sum = Support::default();
            members(values).for_each(|value| sum.add(supports[condition as usize][value]));
            sum
        };
        let whole = support(Condition::Valid, every(Condition::Valid));
        if whole.negative == 0 {
            return (whole.positive > 0).then(|| generalise(examples, region));
        }
        let before = region;
        let mut best: Option<(u64, Condition, ValueSet)> = None;
        for condition in GENERALISATION.into_iter().rev() {
            let of = |value: usize| support(condition, 1 << value);
            let held = set(members(region.values(condition)).filter(|value| of(*value).positive != 0));
            // An access that stays within a page has no second one.
            if held == 0 {
                continue;
            }
            region = region.with_values(condition, held);
            for least in members(held).filter(|_| !held.is_power_of_two()) {
                let pure = set(members(held).filter(|value| of(*value).is_as_pure_as(of(least))));
                let kept = if pure == held { 1 << least } else { pure };
                let gain = support(condition, kept).gain(whole);
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

/// Adds every value with which there are positive examples only, and frees the conditions that say nothing, since nothing
/// in the slice has their other values; but the access is always told.
fn generalise(examples: &Examples<'_>, start: Region) -> Region {
    let mut region = start;
    let mut frees = false;
    loop {
        let before = region;
        for condition in GENERALISATION {
            let missing = examples.scope().values(condition) & !region.values(condition);
            if missing == 0 {
                continue;
            }
            let presence = examples.presence(&region, condition, missing);
            let mut added = presence.positive & !presence.negative;
            if frees && presence.positive | presence.negative == 0 && condition != Condition::Kind {
                added = missing;
            }
            region = region.with_values(condition, region.values(condition) | added);
        }
        // What had no example may have some now.
        match (region == before, frees) {
            (true, true) => return region,
            (same, _) => frees = same,
        }
    }
}

/// Goes through the values of a set.
pub(super) fn members(values: ValueSet) -> impl Iterator<Item = usize> + Clone {
    (0..ValueSet::BITS as usize).filter(move |value| values >> value & 1 != 0)
}

fn set(members: impl Iterator<Item = usize>) -> ValueSet {
    members.fold(0, |set, value| set | 1 << value)
}
