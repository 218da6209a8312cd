//! What the combinations of a row share, prepared once: a row is the combinations that differ in the leaf's bits alone,
//! Contiguous and not, which asks for other memory.

use super::{Combination, Dropped, LeafBits, Placement, translated::translate};
use afdbm::descriptor::Descriptor;
use afdbm::regime::Regime;
use oracle::{Allowed, Architecture, Features, LeafPlace, Prepared, Query};

/// The query of a row, with its prediction as far as it does not depend on the leaf.
#[derive(Clone, Debug)]
pub(super) struct PreparedRow {
    prepared: Prepared<Architecture>,
    /// The leaf without the bits that make the difference.
    leaf: Descriptor,
    looks_at_execution: bool,
}

impl PreparedRow {
    /// Prepares the row of `combination`, at a place that serves it.
    pub(super) fn new(
        combination: &Combination,
        placement: &Placement,
        features: Features,
        regime: Regime,
    ) -> Self {
        let without = Combination { leaf: LeafBits(0), ..*combination };
        let mut query = placement.query(&without, features);
        translate(regime, &mut query);
        let prepared = Prepared::new(Architecture, query);
        let looks_at_execution = prepared.looks_at_execution();
        Self { leaf: prepared.query().paths[LeafPlace::FIRST].leaf(), prepared, looks_at_execution }
    }

    /// Returns what stands for a leaf among those for which the same is predicted.
    fn alike(&self, leaf: LeafBits) -> LeafBits {
        match leaf {
            leaf if !leaf.is_valid() => LeafBits(0),
            leaf if !self.looks_at_execution => leaf.executable(),
            leaf => leaf,
        }
    }
}

/// The leaves of a row that are told apart by more than what they let be executed, and the invalid one.
const LEAVES: usize = 17;

/// What was predicted for leaves of a row, the last of each place: so a row takes 17 predictions for 128 leaves, but for a
/// fetch.
#[derive(Clone, Debug)]
struct Predictions {
    /// Whose prediction stands at each place.
    known: [Option<LeafBits>; LEAVES],
    allowed: [Allowed; LEAVES],
}

impl Default for Predictions {
    fn default() -> Self {
        Self { known: [None; LEAVES], allowed: core::array::from_fn(|_| Allowed::new()) }
    }
}

impl Predictions {
    /// Goes on to another row.
    fn forget(&mut self) {
        self.known = [None; LEAVES];
    }

    /// Returns what is predicted for a leaf that stands for others, by `predict` if it is not there.
    fn of(&mut self, leaf: LeafBits, predict: impl FnOnce() -> Allowed) -> &Allowed {
        let place = if leaf.is_valid() { 1 + usize::from(leaf.0 >> 1 & 0xf) } else { 0 };
        if self.known[place] != Some(leaf) {
            self.allowed[place] = predict();
            self.known[place] = Some(leaf);
        }
        &self.allowed[place]
    }
}

/// A row that was asked for, or why it is dropped.
#[derive(Clone, Debug)]
struct Known {
    /// A combination of the row, without what tells the leaves of a row apart.
    common: Combination,
    row: Result<PreparedRow, Dropped>,
}

/// The rows that were asked for last, without Contiguous and with it.
#[derive(Clone, Debug, Default)]
pub(super) struct PreparedRows {
    known: [Option<Known>; 2],
    predictions: [Predictions; 2],
}

impl PreparedRows {
    /// Returns what a combination asks, and what is allowed; its row is made by `prepare` if it is not there.
    pub(super) fn ask(
        &mut self,
        combination: &Combination,
        prepare: impl FnOnce(&Combination) -> Result<PreparedRow, Dropped>,
    ) -> Result<(&Query, &Allowed), Dropped> {
        let place = usize::from(combination.leaf.is_contiguous());
        let (slot, predictions) = (&mut self.known[place], &mut self.predictions[place]);
        let mut common = *combination;
        common.leaf = common.leaf.shape();
        if slot.as_ref().is_none_or(|known| known.common != common) {
            *slot = None;
            predictions.forget();
        }
        let known = slot.get_or_insert_with(|| Known { common, row: prepare(combination) });
        let row = known.row.as_mut().map_err(|dropped| *dropped)?;
        row.prepared.set_leaf(row.leaf.with(combination.leaf.bits()));
        let leaf = row.alike(combination.leaf);
        Ok((row.prepared.query(), predictions.of(leaf, || row.prepared.predict())))
    }
}
