//! The examples that rules are learnt from: what a slice came to, for one way to fail.
//!
//! A combination that failed so is a positive example; another one of the class that was run is a negative one. They are
//! held as bits, a row for all leaves that share the rest, so that a region is counted in few steps.

use super::{
    Combination, Condition, Digit, RADICES, Region, Signature, Slice, Status,
    bits::{Bits, words},
    counter::{Counters, MOST},
    dimension::{CONDITIONS, Part},
    learn::{Support, members},
    region::{ValueSet, every},
};

/// The leaves of a row, a bit for each position of the slice's axis.
const LEAF_WORDS: usize = words(RADICES[Digit::Leaf as usize] as usize);
type Leaves = Bits<LEAF_WORDS>;

/// The bits of the leaf's digit.
const LEAF_BITS: usize = RADICES[Digit::Leaf as usize].ilog2() as usize;

/// The first bit of each condition in [`Row::values`], none of which reaches into a second word; and how many there are.
const OFFSETS: ([usize; CONDITIONS], usize) = {
    let word = ValueSet::BITS as usize;
    let mut offsets = [0; CONDITIONS];
    let (mut place, mut offset) = (0, 0);
    while place < CONDITIONS {
        let condition = Condition::DECLARED[place];
        if !matches!(condition.digit(), Digit::Leaf) {
            let count = condition.count() as usize;
            if offset % word + count > word {
                offset = offset.next_multiple_of(word);
            }
            offsets[place] = offset;
            offset += count;
        }
        place += 1;
    }
    (offsets, offset)
};

/// Values of all conditions but the leaf's.
type RowValues = Bits<{ words(OFFSETS.1) }>;

/// The combinations that differ in the leaf alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    values: RowValues,
    /// What failed with the signature.
    positive: Leaves,
    /// What of that is in no finding yet.
    uncovered: Leaves,
    /// What else was run of the class.
    negative: Leaves,
}

/// Where the values of a condition are.
#[derive(Clone, Copy)]
enum Place {
    /// In the leaf, the bit of this number.
    Leaf(usize),
    /// In a row, from this bit on.
    Row(usize),
}

/// Returns where the values of a condition are.
const fn place(condition: Condition) -> Place {
    match (condition.digit(), condition.part()) {
        (Digit::Leaf, Part::Bit(bit)) => Place::Leaf(bit as usize),
        _ => Place::Row(OFFSETS.0[condition as usize]),
    }
}

/// What of the rows is inside a region.
struct Filter {
    /// A row with one of these is outside.
    excluded: RowValues,
    /// The leaves inside.
    leaves: Leaves,
}

/// Which values of a condition have examples in a region.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Presence {
    /// Those with positive examples.
    pub positive: ValueSet,
    /// Those with negative ones.
    pub negative: ValueSet,
}

/// What supports each value of each condition.
pub(super) type Supports = [[Support; ValueSet::BITS as usize]; CONDITIONS];

/// The examples of a slice.
pub(super) struct Examples<'a> {
    slice: &'a Slice,
    rows: &'a mut [Row],
    /// Combinations in a row.
    length: u16,
    scope: Region,
    /// The leaves with each bit set.
    bits: [Leaves; LEAF_BITS],
}

impl<'a> Examples<'a> {
    /// Sets the rows up for a slice.
    ///
    /// # Panics
    ///
    /// Panics if there are fewer rows than the slice has, or more than can be counted.
    pub(super) fn new(slice: &'a Slice, rows: &'a mut [Row]) -> Self {
        let leaf = Digit::Leaf as usize;
        let length = slice.length(leaf);
        assert!(length > 0, "a slice without leaves");
        let count = slice.len() / u64::from(length);
        assert!(count <= rows.len() as u64, "{} rows, {count} needed", rows.len());
        assert!(count <= MOST as u64, "{count} rows are too many to be counted");
        let count = usize::try_from(count).expect("no more than there are rows");
        let bits = core::array::from_fn(|bit| {
            Leaves::of(length, |position| slice.value(leaf, position) >> bit & 1 != 0)
        });
        let scope = Region::of(slice);
        let mut examples = Self { slice, rows: &mut rows[..count], length, scope, bits };
        examples.set_up();
        examples
    }

    fn set_up(&mut self) {
        for ordinal in 0..self.rows.len() {
            let first = self.slice.from(ordinal as u64 * u64::from(self.length));
            let digits = first.digits();
            let mut row = Row::default();
            for condition in Condition::DECLARED {
                if let (Place::Row(offset), Some(value)) =
                    (place(condition), condition.value(digits[condition.digit() as usize]))
                {
                    row.values.insert(offset + usize::from(value));
                }
            }
            self.rows[ordinal] = row;
        }
    }

    /// Takes in which combinations failed with `signature` or its counterpart, and which others of its class were run.
    pub(super) fn load(&mut self, statuses: &[Status], signature: Signature) {
        let wanted = Status::failed(signature);
        let counterpart = signature.counterpart().map_or(wanted, Status::failed);
        let concerned = wanted.concerned();
        for (row, statuses) in self.rows.iter_mut().zip(statuses.chunks(usize::from(self.length))) {
            (row.positive, row.negative) = Default::default();
            for (position, status) in statuses.iter().enumerate() {
                if *status == wanted || *status == counterpart {
                    row.positive.insert(position);
                } else if status.is_of(concerned) {
                    row.negative.insert(position);
                }
            }
            row.uncovered = row.positive;
        }
    }

    /// Returns the smallest region that holds the slice.
    pub(super) const fn scope(&self) -> Region {
        self.scope
    }

    /// Returns the leaves whose bit has a value.
    fn leaves(&self, bit: usize, value: usize) -> Leaves {
        if value == 0 { Leaves::ALL.without(self.bits[bit]) } else { self.bits[bit] }
    }

    fn filter(&self, region: &Region) -> Filter {
        let mut filter = Filter { excluded: RowValues::NONE, leaves: Leaves::ALL };
        for condition in Condition::DECLARED {
            let excluded = !region.values(condition) & every(condition);
            match place(condition) {
                Place::Row(offset) => filter.excluded.insert_word(offset, excluded),
                Place::Leaf(bit) => {
                    for value in members(excluded) {
                        filter.leaves = filter.leaves.without(self.leaves(bit, value));
                    }
                }
            }
        }
        filter
    }

    /// Goes through the rows of a region, each with its place and which of its leaves are inside.
    fn rows(&self, region: &Region, visit: &mut dyn FnMut(usize, &Row, Leaves)) {
        let filter = self.filter(region);
        for (place, row) in self.rows.iter().enumerate() {
            if row.values.and(filter.excluded).is_empty() {
                visit(place, row, filter.leaves);
            }
        }
    }

    /// Counts the positive examples in a region.
    pub(super) fn count(&self, region: &Region) -> u64 {
        let mut count = 0;
        self.rows(region, &mut |_, row, leaves| count += u64::from(row.positive.and(leaves).count()));
        count
    }

    /// Returns how many positive examples are in no finding yet.
    pub(super) fn uncovered(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(row.uncovered.count())).sum()
    }

    /// Tells whether a region holds positive examples that are in no finding yet, and no negative one.
    pub(super) fn holds_uncovered_alone(&self, region: &Region) -> bool {
        let (mut uncovered, mut negative) = (false, false);
        self.rows(region, &mut |_, row, leaves| {
            uncovered |= !row.uncovered.and(leaves).is_empty();
            negative |= !row.negative.and(leaves).is_empty();
        });
        uncovered && !negative
    }

    /// Goes through the positive examples in a region, each with its place in the slice.
    pub(super) fn positive(&self, region: &Region, visit: &mut dyn FnMut(usize, &dyn Fn() -> Combination)) {
        self.rows(region, &mut |place, row, leaves| {
            let failed = row.positive.and(leaves);
            for leaf in (0..self.length).filter(|leaf| failed.contains(usize::from(*leaf))) {
                let place = place * usize::from(self.length) + usize::from(leaf);
                visit(place, &|| Combination::from_digits(&self.slice.from(place as u64).digits()));
            }
        });
    }

    /// Takes the positive examples in a region as covered.
    pub(super) fn cover(&mut self, region: &Region) {
        let filter = self.filter(region);
        for row in self.rows.iter_mut().filter(|row| row.values.and(filter.excluded).is_empty()) {
            row.uncovered = row.uncovered.without(filter.leaves);
        }
    }

    /// Looks which of the `values` of `condition` have examples that have the rest of `region`.
    pub(super) fn presence(&self, region: &Region, condition: Condition, values: ValueSet) -> Presence {
        let look = |values: ValueSet| {
            let (mut positive, mut negative) = (RowValues::NONE, RowValues::NONE);
            self.rows(&region.with_values(condition, values), &mut |_, row, leaves| {
                if !row.positive.and(leaves).is_empty() {
                    positive = positive.or(row.values);
                }
                if !row.negative.and(leaves).is_empty() {
                    negative = negative.or(row.values);
                }
            });
            (positive, negative)
        };
        if let Place::Row(offset) = place(condition) {
            let (positive, negative) = look(values);
            return Presence {
                positive: positive.word(offset) & values,
                negative: negative.word(offset) & values,
            };
        }
        let mut presence = Presence::default();
        for value in members(values) {
            let (positive, negative) = look(1 << value);
            presence.positive |= ValueSet::from(!positive.is_empty()) << value;
            presence.negative |= ValueSet::from(!negative.is_empty()) << value;
        }
        presence
    }

    /// Counts what supports each value of each condition in a region.
    pub(super) fn supports(&self, region: &Region) -> Supports {
        let mut supports = [[Support::default(); ValueSet::BITS as usize]; CONDITIONS];
        let mut counters = (Counters::default(), Counters::default());
        self.rows(region, &mut |_, row, leaves| {
            let (uncovered, negative) = (row.uncovered.and(leaves), row.negative.and(leaves));
            let support = Support { positive: uncovered.count(), negative: negative.count() };
            if support == Support::default() {
                return;
            }
            counters.0.increment(uncovered);
            counters.1.increment(negative);
            for condition in Condition::DECLARED {
                if let Place::Row(offset) = place(condition) {
                    let values = row.values.word(offset) & every(condition);
                    if values != 0 {
                        supports[condition as usize][values.trailing_zeros() as usize].add(support);
                    }
                }
            }
        });
        for condition in Condition::DECLARED {
            let Place::Leaf(bit) = place(condition) else { continue };
            for value in members(every(condition)) {
                let leaves = self.leaves(bit, value);
                supports[condition as usize][value] =
                    Support { positive: counters.0.sum(leaves), negative: counters.1.sum(leaves) };
            }
        }
        supports
    }
}
