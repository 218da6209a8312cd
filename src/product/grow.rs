//! How a finding grows from one failure.

use super::{Axis, Combination, Condition, Region, Signature, Slice, Status, members::Members};
use arrayvec::ArrayVec;

/// The order in which conditions take in values: first what seldom matters, so that what is left says why.
const ORDER: [Condition; 24] = [
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

/// The most conditions of a slice's derived digits.
const DERIVED: usize = 4;

/// What the members of a region came to, of the signature's class.
struct Census {
    /// How many they are.
    run: u64,
    /// All of them failed with the signature.
    alike: bool,
}

/// Counts the members of `region`, up to the first that did not fail with `signature`.
fn census(slice: &Slice, statuses: &[Status], region: Region, signature: Signature) -> Census {
    let mut run = 0;
    for (place, _) in Members::new(slice, region) {
        let status = statuses[place];
        if !status.class().is_some_and(|class| signature.concerns(class)) {
            continue;
        }
        run += 1;
        if status.signature() != Some(signature) {
            return Census { run, alike: false };
        }
    }
    Census { run, alike: true }
}

/// Returns the largest region found that holds `seed` and in which all of its class fail with `signature`, and how many
/// they are.
///
/// Digits that follow from others are free or fixed from the beginning, in each combination of which: a region that
/// grows along them last would find no neighbours, one that frees them first could not name them.
pub(super) fn grow(
    slice: &Slice,
    statuses: &[Status],
    seed: &Combination,
    signature: Signature,
) -> (u64, Region) {
    let derived: ArrayVec<Condition, DERIVED> = Condition::ALL
        .iter()
        .copied()
        .filter(|condition| slice.axes[condition.digit() as usize] == Axis::Derived)
        .take(DERIVED)
        .collect();
    let around = Region::around(seed);
    let mut best = (0, around);
    for fixed in 0..1_u8 << derived.len() {
        let mut start = around;
        for (place, condition) in derived.iter().enumerate() {
            if fixed >> place & 1 == 0 {
                start = start.freed(*condition);
            }
        }
        let region = spread(slice, statuses, start, signature);
        let size = census(slice, statuses, region, signature).run;
        if size > best.0 {
            best = (size, region);
        }
    }
    best
}

fn spread(slice: &Slice, statuses: &[Status], start: Region, signature: Signature) -> Region {
    let mut region = start;
    let scope = Region::of(slice);
    let missing = |region: Region, condition: Condition| {
        (0..condition.count()).filter(move |value| region.values(condition) >> value & 1 == 0)
    };
    loop {
        let before = region;
        for condition in ORDER {
            for value in missing(region, condition) {
                let census = census(slice, statuses, region.at(condition, value), signature);
                if census.alike && census.run > 0 {
                    region = region.with(condition, value);
                }
            }
        }
        // What had no member may have some now.
        if region == before {
            break;
        }
    }
    // A condition whose other values nothing in the slice has says nothing.
    for condition in ORDER {
        let says_nothing = missing(region, condition)
            .all(|value| census(slice, statuses, region.at(condition, value), signature).run == 0);
        if says_nothing {
            region = region.offered(condition, scope);
        }
    }
    region
}
