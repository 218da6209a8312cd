//! What the combinations of a row share, prepared once: a row is the combinations that differ in the leaf's bits alone,
//! Contiguous and not, which asks for other memory.

use super::{Combination, Dropped, LeafBits, Placement, translated::translate};
use afdbm::descriptor::Descriptor;
use afdbm::regime::Regime;
use oracle::{Architecture, Features, LeafPlace, Prepared};

/// The query of a row, with its prediction as far as it does not depend on the leaf.
#[derive(Clone, Debug)]
pub(super) struct PreparedRow {
    prepared: Prepared<Architecture>,
    /// The leaf without the bits that make the difference.
    leaf: Descriptor,
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
        Self { leaf: query.paths[LeafPlace::FIRST].leaf(), prepared: Prepared::new(Architecture, query) }
    }

    /// Returns the query of one leaf.
    pub(super) fn with(&mut self, leaf: LeafBits) -> &Prepared<Architecture> {
        self.prepared.set_leaf(self.leaf.with(leaf.bits()));
        &self.prepared
    }
}

/// The rows that were asked for last, without Contiguous and with it, or why they are dropped.
#[derive(Clone, Debug, Default)]
pub(super) struct PreparedRows([Option<(Combination, Result<PreparedRow, Dropped>)>; 2]);

impl PreparedRows {
    /// Returns the row of a combination, which `prepare` makes if it is not there.
    pub(super) fn row(
        &mut self,
        combination: &Combination,
        prepare: impl FnOnce(&Combination) -> Result<PreparedRow, Dropped>,
    ) -> Result<&mut PreparedRow, Dropped> {
        let slot = &mut self.0[usize::from(combination.leaf.is_contiguous())];
        let common = Combination { leaf: combination.leaf.shape(), ..*combination };
        if slot.as_ref().is_none_or(|(known, _)| *known != common) {
            *slot = None;
        }
        let (_, row) = slot.get_or_insert_with(|| (common, prepare(combination)));
        row.as_mut().map_err(|dropped| *dropped)
    }
}
