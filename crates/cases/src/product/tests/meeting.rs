use super::std::{collections::BTreeSet, println, vec::Vec};
use crate::product::{Axis, Circumstance, Digit, Digits, RADICES, Slice, covering};

/// The digits that are to meet each other: all but the access and the leaf, with which they meet.
const MEETING: [Digit; 11] = [
    Digit::HardwareAccessFlag,
    Digit::HardwareDirtyState,
    Digit::Circumstance,
    Digit::Hierarchy,
    Digit::WriteExecuteNever,
    Digit::ExceptionLevel,
    Digit::PrivilegedAccessNever,
    Digit::Level,
    Digit::TablePlace,
    Digit::Table,
    Digit::Tlb,
];

/// The digits of each row of a slice: of the combinations that differ in the leaf alone.
fn rows(mut slice: Slice) -> Vec<Digits> {
    slice.axes[Digit::Leaf as usize] = Axis::One(1);
    slice.from(0).map(|combination| combination.digits()).collect()
}

/// Three digits and a value for each.
type Triple = [(usize, u16); 3];

/// Every three of the digits in every order of values that one of the rows has.
fn met<'a>(rows: impl Iterator<Item = &'a Digits>) -> BTreeSet<Triple> {
    let mut met = BTreeSet::new();
    for row in rows {
        let value = |place: usize| (place, row[MEETING[place] as usize]);
        for first in 0..MEETING.len() {
            for second in first + 1..MEETING.len() {
                met.extend((second + 1..MEETING.len()).map(|third| [first, second, third].map(value)));
            }
        }
    }
    met
}

/// What the rows of an access leave out of every three values of every three digits.
fn unmet(rows: &[&Digits]) -> Vec<Triple> {
    let met = met(rows.iter().copied());
    let values = |digit: Digit| -> BTreeSet<u16> { rows.iter().map(|row| row[digit as usize]).collect() };
    let values = MEETING.map(values);
    let mut unmet = Vec::new();
    for (first, ones) in values.iter().enumerate() {
        for (second, others) in values.iter().enumerate().skip(first + 1) {
            for (third, last) in values.iter().enumerate().skip(second + 1) {
                let triples = ones.iter().flat_map(|one| {
                    others.iter().flat_map(move |other| {
                        last.iter().map(move |last| [(first, *one), (second, *other), (third, *last)])
                    })
                });
                unmet.extend(triples.filter(|triple| !met.contains(triple)));
            }
        }
    }
    unmet
}

#[test]
fn every_three_meet_with_every_access_and_every_valid_leaf() {
    let [plain, particular] = covering();
    let size = plain.len() + particular.len();
    println!("{size} combinations: {} plain, {} particular", plain.len(), particular.len());
    assert!(size < 16_000_000, "{size}");
    // A row has each leaf of its slice with the rest.
    for slice in [plain, particular] {
        let leaf = Digit::Leaf as usize;
        let leaves: BTreeSet<u16> = (0..slice.length(leaf)).map(|place| slice.value(leaf, place)).collect();
        assert!((0..RADICES[leaf]).all(|leaf| leaf & 1 == 0 || leaves.contains(&leaf)));
    }
    let rows = [rows(plain), rows(particular)].concat();
    let of = |digits: &Digits| digits[Digit::Access as usize];
    let accesses: BTreeSet<u16> = rows.iter().map(of).collect();
    for access in &accesses {
        let of_access: Vec<&Digits> = rows.iter().filter(|row| of(row) == *access).collect();
        for (digit, count) in MEETING.map(|digit| (digit, RADICES[digit as usize])) {
            let seen: BTreeSet<u16> = of_access.iter().map(|row| row[digit as usize]).collect();
            let expected = if digit == Digit::Table { 7 } else { usize::from(count) };
            assert_eq!(seen.len(), expected, "{digit:?}");
        }
        let unmet = unmet(&of_access);
        assert!(unmet.is_empty(), "access {access}: {unmet:?}");
    }
    // Controls meet whole: 5 bits, the Exception level and each circumstance.
    let whole: BTreeSet<&[u16]> = rows.iter().map(|row| &row[..=Digit::Access as usize]).collect();
    assert_eq!(whole.len(), 64 * Circumstance::ALL.len() * accesses.len());
}

#[test]
fn a_hole_is_found() {
    let [plain, mut particular] = covering();
    particular.axes[Digit::WriteExecuteNever as usize] = Axis::One(0);
    let rows = [rows(plain), rows(particular)].concat();
    let loads: Vec<&Digits> = rows.iter().filter(|row| row[Digit::Access as usize] == 0).collect();
    let place = |digit: Digit| MEETING.iter().position(|one| *one == digit).expect("one that meets");
    let hole = [
        (place(Digit::Circumstance), Circumstance::ExecutableAccessNever as u16),
        (place(Digit::WriteExecuteNever), 1),
        (place(Digit::PrivilegedAccessNever), 1),
    ];
    assert!(unmet(&loads).contains(&hole));
}
