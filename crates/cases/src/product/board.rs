//! What a slice came to, as bits: one row for all leaves that share the rest, so that a box is counted in few steps.

use super::{
    Axis, Combination, Condition, Digit, LEAF_BITS, RADICES, Region, Signature, Slice, Status,
    condition::every,
    grow::{Weight, members},
    slice::TURNS,
};
use arrayvec::ArrayVec;

/// The leaves of a row, a bit for each position of the slice's axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Leaves([u64; 4]);

impl Leaves {
    const ALL: Self = Self([!0; 4]);

    /// Where `test` holds.
    fn of(positions: u16, test: impl Fn(u16) -> bool) -> Self {
        let mut leaves = Self::default();
        for position in (0..positions).filter(|position| test(*position)) {
            leaves.insert(position);
        }
        leaves
    }

    fn insert(&mut self, position: u16) {
        self.0[usize::from(position / 64)] |= 1 << (position % 64);
    }

    #[inline]
    fn combined(self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        Self(core::array::from_fn(|word| with(self.0[word], other.0[word])))
    }

    #[inline]
    fn and(self, other: Self) -> Self {
        self.combined(other, |mine, theirs| mine & theirs)
    }

    #[inline]
    fn or(self, other: Self) -> Self {
        self.combined(other, |mine, theirs| mine | theirs)
    }

    #[inline]
    fn without(self, other: Self) -> Self {
        self.combined(other, |mine, theirs| mine & !theirs)
    }

    #[inline]
    fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn count(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    fn has(self, position: u16) -> bool {
        self.0[usize::from(position / 64)] >> (position % 64) & 1 != 0
    }
}

/// The combinations that differ in the leaf alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Row {
    /// A bit for each value of each condition that follows from neither the leaf nor other digits.
    values: u128,
    /// What the digits that follow from others depend on, beside the leaf.
    turn: u16,
    /// What failed with the signature.
    alike: Leaves,
    /// What of that is in no finding yet.
    open: Leaves,
    /// What else was run of the class.
    others: Leaves,
}

/// Where the values of a condition are.
#[derive(Clone, Copy)]
enum Place {
    /// In the leaf, the bit of this number.
    Leaf(usize),
    /// In a row, from this bit on.
    Row(u32),
    /// In both.
    Derived(usize),
}

/// The first bit of each condition in [`Row::values`].
const OFFSETS: [u32; Condition::ALL.len()] = {
    let mut offsets = [0; Condition::ALL.len()];
    let (mut place, mut offset) = (0, 0);
    while place < offsets.len() {
        offsets[place] = offset;
        let condition = Condition::ALL[place];
        if !matches!(condition.digit(), Digit::Leaf) {
            offset += condition.count() as u32;
        }
        place += 1;
    }
    assert!(offset <= u128::BITS);
    offsets
};

/// Returns the values of a condition, out of those of all.
#[allow(clippy::cast_possible_truncation, reason = "no condition has more than 32 values")]
const fn of(condition: Condition, values: u128, offset: u32) -> u32 {
    (values >> offset) as u32 & every(condition)
}

/// The most digits of a slice that follow from others.
const DERIVED: usize = 2;
/// The most values of such a digit.
const VALUES: usize = 3;

/// A region, for rows.
struct Cut {
    refused: u128,
    leaves: [Leaves; TURNS],
}

/// Which values of a condition have members in a region.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Those with failures of the signature.
    pub alike: u32,
    /// Those with others of the class.
    pub others: u32,
}

/// What each value of each condition has.
pub(super) type Weights = [[Weight; 32]; Condition::ALL.len()];

/// The rows of a slice, with what one signature's class came to.
pub(super) struct Board<'a> {
    slice: &'a Slice,
    rows: &'a mut [Row],
    length: u16,
    scope: Region,
    /// The leaves with each bit set.
    bits: [Leaves; LEAF_BITS.len()],
    derived: ArrayVec<Condition, DERIVED>,
    /// The leaves that give a derived condition each value, by turn.
    following: [[[Leaves; VALUES]; DERIVED]; TURNS],
}

impl<'a> Board<'a> {
    /// Sets the rows up for a slice.
    ///
    /// # Panics
    ///
    /// Panics if there are fewer rows than the slice has.
    pub(super) fn new(slice: &'a Slice, rows: &'a mut [Row]) -> Self {
        let leaf = Digit::Leaf as usize;
        let length = u16::try_from(slice.length(leaf)).unwrap_or(0);
        let count = usize::try_from(slice.len() / u64::from(length.max(1))).unwrap_or(usize::MAX);
        assert!(count <= rows.len(), "{} rows for a slice of {count}", rows.len());
        let bits = core::array::from_fn(|bit| {
            Leaves::of(length, |position| slice.value(leaf, position) >> bit & 1 != 0)
        });
        let derives = |condition: &&Condition| slice.axes[condition.digit() as usize] == Axis::Derived;
        let derived = Condition::ALL.iter().filter(derives).copied().collect();
        let following = [[[Leaves::default(); VALUES]; DERIVED]; TURNS];
        let scope = Region::of(slice);
        let mut board = Self { slice, rows: &mut rows[..count], length, scope, bits, derived, following };
        board.set_up();
        board
    }

    fn set_up(&mut self) {
        let mut digits = [0; RADICES.len()];
        for (turn, following) in (0..).zip(&mut self.following) {
            for position in 0..self.length {
                digits[Digit::Leaf as usize] = self.slice.value(Digit::Leaf as usize, position);
                self.slice.derive(turn, &mut digits);
                for (condition, following) in self.derived.iter().zip(&mut *following) {
                    following[digits[condition.digit() as usize] as usize].insert(position);
                }
            }
        }
        for ordinal in 0..self.rows.len() {
            let first = self.slice.from(ordinal as u64 * u64::from(self.length));
            let digits = first.digits();
            let mut row = Row { turn: first.turn(), ..Row::default() };
            for &condition in Condition::ALL {
                if let (Place::Row(offset), Some(value)) =
                    (self.place(condition), condition.value(digits[condition.digit() as usize]))
                {
                    row.values |= 1 << (offset + u32::from(value));
                }
            }
            self.rows[ordinal] = row;
        }
    }

    fn place(&self, condition: Condition) -> Place {
        match (condition.digit(), self.derived.iter().position(|one| *one == condition)) {
            (Digit::Leaf, _) => Place::Leaf(condition as usize - Condition::Valid as usize),
            (_, Some(place)) => Place::Derived(place),
            (_, None) => Place::Row(OFFSETS[condition as usize]),
        }
    }

    /// Takes in which combinations failed with `signature`, and which others of its class were run.
    pub(super) fn load(&mut self, statuses: &[Status], signature: Signature) {
        let wanted = Status::failed(signature);
        let concerned = wanted.concerned();
        for (row, statuses) in self.rows.iter_mut().zip(statuses.chunks(usize::from(self.length))) {
            (row.alike, row.others) = Default::default();
            for (position, status) in (0..).zip(statuses) {
                if *status == wanted {
                    row.alike.insert(position);
                } else if status.is_of(concerned) {
                    row.others.insert(position);
                }
            }
            row.open = row.alike;
        }
    }

    /// Returns the smallest region that holds the slice.
    pub(super) const fn scope(&self) -> Region {
        self.scope
    }

    /// Returns the leaves with a value of a condition, in rows of a turn; `None` where the row has the value.
    fn leaves(&self, turn: usize, condition: Condition, value: usize) -> Option<Leaves> {
        match self.place(condition) {
            Place::Row(_) => None,
            Place::Leaf(bit) if value == 0 => Some(Leaves::ALL.without(self.bits[bit])),
            Place::Leaf(bit) => Some(self.bits[bit]),
            Place::Derived(place) => Some(self.following[turn][place][value]),
        }
    }

    fn cut(&self, region: &Region) -> Cut {
        let mut cut = Cut { refused: 0, leaves: [Leaves::ALL; TURNS] };
        for &condition in Condition::ALL {
            let refused = !region.values(condition) & every(condition);
            if let Place::Row(offset) = self.place(condition) {
                cut.refused |= u128::from(refused) << offset;
                continue;
            }
            for value in members(refused) {
                for (turn, leaves) in cut.leaves.iter_mut().enumerate() {
                    *leaves = leaves.without(self.leaves(turn, condition, value).unwrap_or_default());
                }
            }
        }
        cut
    }

    /// Goes through the rows of a region, each with its place and which of its leaves are inside.
    fn rows(&self, region: &Region, visit: &mut dyn FnMut(usize, &Row, Leaves)) {
        let cut = self.cut(region);
        for (place, row) in self.rows.iter().enumerate().filter(|(_, row)| row.values & cut.refused == 0) {
            visit(place, row, cut.leaves[usize::from(row.turn)]);
        }
    }

    /// Counts the failures in a region.
    pub(super) fn count(&self, region: &Region) -> u64 {
        let mut count = 0;
        self.rows(region, &mut |_, row, leaves| count += u64::from(row.alike.and(leaves).count()));
        count
    }

    /// Returns how many failures are in no finding yet.
    pub(super) fn open(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(row.open.count())).sum()
    }

    /// Goes through the failures in a region.
    pub(super) fn failures(&self, region: &Region, visit: &mut dyn FnMut(&dyn Fn() -> Combination)) {
        self.rows(region, &mut |place, row, leaves| {
            let failed = row.alike.and(leaves);
            for leaf in (0..self.length).filter(|leaf| failed.has(*leaf)) {
                let ordinal = place as u64 * u64::from(self.length) + u64::from(leaf);
                visit(&|| Combination::from_digits(&self.slice.from(ordinal).digits()));
            }
        });
    }

    /// Takes the failures in a region as gathered.
    pub(super) fn gather(&mut self, region: &Region) {
        let cut = self.cut(region);
        for row in self.rows.iter_mut().filter(|row| row.values & cut.refused == 0) {
            row.open = row.open.without(cut.leaves[usize::from(row.turn)]);
        }
    }

    /// Looks which values of `condition` have members that have the rest of `region`.
    pub(super) fn seen(&self, region: &Region, condition: Condition, values: u32) -> Seen {
        let look = |values: u32| {
            let (mut alike, mut others) = (0, 0);
            self.rows(&region.with_values(condition, values), &mut |_, row, leaves| {
                if !row.alike.and(leaves).is_empty() {
                    alike |= row.values;
                }
                if !row.others.and(leaves).is_empty() {
                    others |= row.values;
                }
            });
            (alike, others)
        };
        if let Place::Row(offset) = self.place(condition) {
            let (alike, others) = look(values);
            return Seen {
                alike: of(condition, alike, offset) & values,
                others: of(condition, others, offset) & values,
            };
        }
        let mut seen = Seen::default();
        for value in members(values) {
            let (alike, others) = look(1 << value);
            seen.alike |= u32::from(alike != 0) << value;
            seen.others |= u32::from(others != 0) << value;
        }
        seen
    }

    /// Weighs each value of each condition in a region.
    pub(super) fn weigh(&self, region: &Region) -> Weights {
        let mut weights = [[Weight::default(); 32]; Condition::ALL.len()];
        let mut towers = [(Tower::default(), Tower::default()); TURNS];
        self.rows(region, &mut |_, row, leaves| {
            let (open, others) = (row.open.and(leaves), row.others.and(leaves));
            let weight = Weight { open: open.count(), others: others.count() };
            if weight == Weight::default() {
                return;
            }
            let tower = &mut towers[usize::from(row.turn)];
            tower.0.add(open);
            tower.1.add(others);
            for &condition in Condition::ALL {
                if let Place::Row(offset) = self.place(condition) {
                    let values = of(condition, row.values, offset);
                    if values != 0 {
                        weights[condition as usize][values.trailing_zeros() as usize].add(weight);
                    }
                }
            }
        });
        for (turn, (open, others)) in towers.iter().enumerate() {
            for &condition in Condition::ALL {
                for value in members(every(condition)) {
                    if let Some(leaves) = self.leaves(turn, condition, value) {
                        let weight = Weight { open: open.count(leaves), others: others.count(leaves) };
                        weights[condition as usize][value].add(weight);
                    }
                }
            }
        }
        weights
    }
}

/// How often each leaf was there, as binary numbers: one digit of all of them in each floor.
#[derive(Clone, Copy, Default)]
struct Tower([Leaves; 12]);

impl Tower {
    fn add(&mut self, leaves: Leaves) {
        let mut carry = leaves;
        for floor in &mut self.0 {
            if carry.is_empty() {
                break;
            }
            (*floor, carry) = (floor.or(carry).without(floor.and(carry)), floor.and(carry));
        }
    }

    fn count(&self, leaves: Leaves) -> u32 {
        self.0.iter().zip(0..).map(|(floor, digit)| floor.and(leaves).count() << digit).sum()
    }
}
