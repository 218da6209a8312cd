use super::std::{collections::BTreeSet, string::ToString, vec::Vec};
use crate::product::{COMBINATIONS, Combination, Dropped, RADICES, Sample, covering, filter, full};

#[test]
fn the_order_is_version_2() {
    assert_eq!(COMBINATIONS, 9_555_148_800);
    let first = Combination::from_index(0).expect("a combination");
    assert_eq!(
        first.to_string(),
        "load EL0 level 1, HA=0 HD=0 HPD0=0 WXN=0 PAN=0, plain, leaf 0x0000000000000000 (invalid none), \
         APTable[1]=0 APTable[0]=0 UXNTable=0 PXNTable=0 (first), cold"
    );
    let last = Combination::from_index(COMBINATIONS - 1).expect("a combination");
    assert_eq!(last.digits(), RADICES.map(|radix| radix - 1));
    assert_eq!(Combination::from_index(COMBINATIONS), None);
    // A number that a log may hold: it must never mean anything else in version 2.
    let known = Combination::from_index(5_000_000_123).expect("a combination");
    assert_eq!(known.digits(), [1, 0, 1, 0, 1, 1, 0, 46, 2, 1, 0, 2, 123]);
}

#[test]
fn numbers_and_combinations_are_one_to_one() {
    let step = 1_000_003;
    for index in (0..COMBINATIONS).step_by(step) {
        assert_eq!(Combination::from_index(index).map(|combination| combination.index()), Some(index));
    }
}

#[test]
fn the_whole_is_in_the_order_of_numbers() {
    let whole = full();
    assert_eq!(whole.len(), COMBINATIONS);
    for start in [0, 4_000_000_000, COMBINATIONS - 300] {
        let indices: Vec<u64> = whole.from(start).take(300).map(|combination| combination.index()).collect();
        assert_eq!(indices, (start..start + 300).collect::<Vec<_>>());
    }
}

#[test]
fn parts_make_up_the_whole() {
    let [plain, particular] = covering();
    for slice in [plain, particular] {
        let parts = slice.parts(300_000);
        let mut whole = slice.from(0);
        for part in parts {
            assert!(part.len() <= 300_000);
            for combination in part.from(0).step_by(1) {
                assert_eq!(whole.next(), Some(combination));
            }
        }
        assert_eq!(whole.next(), None);
        let resumed = parts.resume(parts.total() - 1).next().expect("a part");
        assert_eq!(parts.last(), Some(resumed));
    }
}

#[test]
fn a_sample_is_its_seed() {
    let take = |seed| {
        let sample = Sample { seed, size: 20_000 };
        (0..sample.size).map_while(|ordinal| sample.combination(ordinal)).collect::<Vec<_>>()
    };
    assert_eq!(take(1), take(1));
    assert_ne!(take(1), take(2));
    let drawn = take(1);
    assert_eq!(drawn.len(), 20_000);
    for (digit, radix) in RADICES.into_iter().enumerate() {
        let values: BTreeSet<u16> = drawn.iter().map(|combination| combination.digits()[digit]).collect();
        assert_eq!(values.len(), radix as usize, "digit {digit}");
    }
    let slow = |combination: &Combination| combination.digits()[0];
    assert!(drawn.is_sorted_by_key(slow));
}

#[test]
fn the_filter_drops_what_it_says_and_no_more() {
    let mut dropped = [0_u64; Dropped::ALL.len()];
    let mut kept = 0_u64;
    for combination in super::small().from(0) {
        match filter(&combination, &super::FEATURES) {
            Some(reason) => dropped[reason as usize] += 1,
            None => kept += 1,
        }
    }
    // Each circumstance has 4 x 2 x 2 x 88 = 1408 combinations of each access, half of them at EL0.
    let expected = [
        (Dropped::UndefinedAtEl0, 7 * 704 * 15),
        (Dropped::NotImplemented, 0),
        (Dropped::FlagManagementOnly, 0),
        // 3 circumstances, 9 kinds without alignment; AT and DC IVAC at EL0 are counted above.
        (Dropped::NothingToMisalign, 3 * (2 * 9 + 7) * 704),
        (Dropped::AtomicToDevice, 2 * 12 * 1408),
        (Dropped::MisalignedOrderedToDevice, 0),
        // Misaligned there is none.
        (Dropped::TagsToDevice, 1408),
        (Dropped::CrossingMemoryTypes, 2 * 6 * 1408),
        (Dropped::FetchFromInvalidAddress, 1408),
        (Dropped::NoMemory, 0),
    ];
    for (reason, count) in expected {
        assert_eq!(dropped[reason as usize], count, "{reason}");
    }
    assert_eq!(kept + dropped.iter().sum::<u64>(), super::small().len());
}
