//! The examples that rules are learnt from: what a slice came to, for one way to fail.
//!
//! A combination that failed so is a positive example; another one of the class that was run is a negative one. They are
//! held as bits, a row for all leaves that share the rest, so that a region is counted in few steps.

use super::{
    Axis, Combination, Condition, Digit, RADICES, Region, Signature, Slice, Status,
    bits::{Bits, words},
    counter::{Counters, MOST},
    dimension::{CONDITIONS, Part},
    learn::{Support, members},
    region::{ValueSet, every},
    slice::PHASES,
};
use arrayvec::ArrayVec;

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

/// Values of all conditions that follow from neither the leaf nor other digits.
type RowValues = Bits<{ words(OFFSETS.1) }>;

/// The combinations that differ in the leaf alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    values: RowValues,
    /// What the digits that follow from others depend on, beside the leaf.
    phase: u16,
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
    /// In both.
    Derived(usize),
}

/// The most digits of a slice that follow from others.
const DERIVED: usize = 2;
/// The most values of such a digit.
const VALUES: usize = 3;

/// What of the rows is inside a region.
struct Filter {
    /// A row with one of these is outside.
    excluded: RowValues,
    /// The leaves inside, by phase.
    leaves: [Leaves; PHASES],
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
    derived: ArrayVec<Condition, DERIVED>,
    /// The leaves that give a derived condition each value, by phase.
    following: [[[Leaves; VALUES]; DERIVED]; PHASES],
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
        let derives = |condition: &Condition| slice.axes[condition.digit() as usize] == Axis::Derived;
        let derived = Condition::DECLARED.into_iter().filter(derives).collect();
        let following = [[[Leaves::NONE; VALUES]; DERIVED]; PHASES];
        let scope = Region::of(slice);
        let mut examples = Self { slice, rows: &mut rows[..count], length, scope, bits, derived, following };
        examples.set_up();
        examples
    }

    fn set_up(&mut self) {
        let mut digits = [0; RADICES.len()];
        for (phase, following) in (0..).zip(&mut self.following) {
            for position in 0..self.length {
                digits[Digit::Leaf as usize] = self.slice.value(Digit::Leaf as usize, position);
                self.slice.derive(phase, &mut digits);
                for (condition, following) in self.derived.iter().zip(&mut *following) {
                    following[usize::from(digits[condition.digit() as usize])].insert(usize::from(position));
                }
            }
        }
        for ordinal in 0..self.rows.len() {
            let first = self.slice.from(ordinal as u64 * u64::from(self.length));
            let digits = first.digits();
            let mut row = Row { phase: first.phase(), ..Row::default() };
            for condition in Condition::DECLARED {
                if let (Place::Row(offset), Some(value)) =
                    (self.place(condition), condition.value(digits[condition.digit() as usize]))
                {
                    row.values.insert(offset + usize::from(value));
                }
            }
            self.rows[ordinal] = row;
        }
    }

    fn place(&self, condition: Condition) -> Place {
        if let (Digit::Leaf, Part::Bit(bit)) = (condition.digit(), condition.part()) {
            return Place::Leaf(usize::from(bit));
        }
        match self.derived.iter().position(|one| *one == condition) {
            Some(place) => Place::Derived(place),
            None => Place::Row(OFFSETS.0[condition as usize]),
        }
    }

    /// Takes in which combinations failed with `signature`, and which others of its class were run.
    pub(super) fn load(&mut self, statuses: &[Status], signature: Signature) {
        let wanted = Status::failed(signature);
        let concerned = wanted.concerned();
        for (row, statuses) in self.rows.iter_mut().zip(statuses.chunks(usize::from(self.length))) {
            (row.positive, row.negative) = Default::default();
            for (position, status) in statuses.iter().enumerate() {
                if *status == wanted {
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

    /// Returns the leaves with a value of a condition, in rows of a phase; `None` where the row has the value.
    fn leaves(&self, phase: usize, condition: Condition, value: usize) -> Option<Leaves> {
        match self.place(condition) {
            Place::Row(_) => None,
            Place::Leaf(bit) if value == 0 => Some(Leaves::ALL.without(self.bits[bit])),
            Place::Leaf(bit) => Some(self.bits[bit]),
            Place::Derived(place) => Some(self.following[phase][place][value]),
        }
    }

    fn filter(&self, region: &Region) -> Filter {
        let mut filter = Filter { excluded: RowValues::NONE, leaves: [Leaves::ALL; PHASES] };
        for condition in Condition::DECLARED {
            let excluded = !region.values(condition) & every(condition);
            if let Place::Row(offset) = self.place(condition) {
                filter.excluded.insert_word(offset, excluded);
                continue;
            }
            for value in members(excluded) {
                for (phase, leaves) in filter.leaves.iter_mut().enumerate() {
                    *leaves = leaves.without(self.leaves(phase, condition, value).unwrap_or_default());
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
                visit(place, row, filter.leaves[usize::from(row.phase)]);
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

    /// Goes through the positive examples in a region.
    pub(super) fn positive(&self, region: &Region, visit: &mut dyn FnMut(&dyn Fn() -> Combination)) {
        self.rows(region, &mut |place, row, leaves| {
            let failed = row.positive.and(leaves);
            for leaf in (0..self.length).filter(|leaf| failed.contains(usize::from(*leaf))) {
                let ordinal = place as u64 * u64::from(self.length) + u64::from(leaf);
                visit(&|| Combination::from_digits(&self.slice.from(ordinal).digits()));
            }
        });
    }

    /// Takes the positive examples in a region as covered.
    pub(super) fn cover(&mut self, region: &Region) {
        let filter = self.filter(region);
        for row in self.rows.iter_mut().filter(|row| row.values.and(filter.excluded).is_empty()) {
            row.uncovered = row.uncovered.without(filter.leaves[usize::from(row.phase)]);
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
        if let Place::Row(offset) = self.place(condition) {
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
        let mut counters = [(Counters::default(), Counters::default()); PHASES];
        self.rows(region, &mut |_, row, leaves| {
            let (uncovered, negative) = (row.uncovered.and(leaves), row.negative.and(leaves));
            let support = Support { positive: uncovered.count(), negative: negative.count() };
            if support == Support::default() {
                return;
            }
            let counters = &mut counters[usize::from(row.phase)];
            counters.0.increment(uncovered);
            counters.1.increment(negative);
            for condition in Condition::DECLARED {
                if let Place::Row(offset) = self.place(condition) {
                    let values = row.values.word(offset) & every(condition);
                    if values != 0 {
                        supports[condition as usize][values.trailing_zeros() as usize].add(support);
                    }
                }
            }
        });
        for (phase, (uncovered, negative)) in counters.iter().enumerate() {
            for condition in Condition::DECLARED {
                for value in members(every(condition)) {
                    if let Some(leaves) = self.leaves(phase, condition, value) {
                        let support =
                            Support { positive: uncovered.sum(leaves), negative: negative.sum(leaves) };
                        supports[condition as usize][value].add(support);
                    }
                }
            }
        }
        supports
    }
}
