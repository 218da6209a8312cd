//! One translation table entry as a cell that several agents change.

use crate::descriptor::Descriptor;
use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// What an operation is about to do to a cell: the label of one atomic step.
///
/// The model checker schedules, the hooks open windows, and the log names steps by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// A fault handler reads the descriptor from which it will build the entry.
    Snapshot,
    /// An operation reads the descriptor that it is going to change.
    Load,
    /// An operation writes its result if the cell still holds what it read.
    Exchange,
    /// An operation writes its result whatever the cell holds now, and gets what it held.
    Swap,
    /// An operation writes its result whatever the cell holds now, and never learns what it held.
    Store,
}

impl Step {
    /// Every step, in the order of the enum.
    pub const ALL: [Self; 5] = [Self::Snapshot, Self::Load, Self::Exchange, Self::Swap, Self::Store];

    /// Returns the step's name: lower-case, one word or two with a hyphen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Load => "load",
            Self::Exchange => "compare-exchange",
            Self::Swap => "swap",
            Self::Store => "store",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A 64-bit cell that holds a live descriptor, single-copy atomic (Arm ARM B2.2.1).
///
/// Every access is one step that nothing can divide, hardware's updates included (Arm ARM R_LFTXR, R_PQJJR).
/// Orderings are those of [`core::sync::atomic`].
pub trait Slot {
    /// Reads the descriptor.
    fn load(&self, order: Ordering, step: Step) -> Descriptor;

    /// Writes `new` if the cell holds `current`; may fail without a reason, as a store-exclusive may.
    ///
    /// # Errors
    ///
    /// The descriptor that the cell holds, equal to `current` after a spurious failure.
    fn compare_exchange_weak(
        &self,
        current: Descriptor,
        new: Descriptor,
        success: Ordering,
        failure: Ordering,
        step: Step,
    ) -> Result<Descriptor, Descriptor>;

    /// Writes `new` and returns what the cell held.
    fn swap(&self, new: Descriptor, order: Ordering, step: Step) -> Descriptor;

    /// Writes `new` over whatever the cell holds.
    fn store(&self, new: Descriptor, order: Ordering, step: Step);
}

impl Slot for AtomicU64 {
    #[inline]
    fn load(&self, order: Ordering, _step: Step) -> Descriptor {
        Descriptor(Self::load(self, order))
    }

    #[inline]
    fn compare_exchange_weak(
        &self,
        current: Descriptor,
        new: Descriptor,
        success: Ordering,
        failure: Ordering,
        _step: Step,
    ) -> Result<Descriptor, Descriptor> {
        Self::compare_exchange_weak(self, current.0, new.0, success, failure)
            .map(Descriptor)
            .map_err(Descriptor)
    }

    #[inline]
    fn swap(&self, new: Descriptor, order: Ordering, _step: Step) -> Descriptor {
        Descriptor(Self::swap(self, new.0, order))
    }

    #[inline]
    fn store(&self, new: Descriptor, order: Ordering, _step: Step) {
        Self::store(self, new.0, order);
    }
}

impl<S: Slot + ?Sized> Slot for &S {
    #[inline]
    fn load(&self, order: Ordering, step: Step) -> Descriptor {
        (**self).load(order, step)
    }

    #[inline]
    fn compare_exchange_weak(
        &self,
        current: Descriptor,
        new: Descriptor,
        success: Ordering,
        failure: Ordering,
        step: Step,
    ) -> Result<Descriptor, Descriptor> {
        (**self).compare_exchange_weak(current, new, success, failure, step)
    }

    #[inline]
    fn swap(&self, new: Descriptor, order: Ordering, step: Step) -> Descriptor {
        (**self).swap(new, order, step)
    }

    #[inline]
    fn store(&self, new: Descriptor, order: Ordering, step: Step) {
        (**self).store(new, order, step);
    }
}

/// The cells of one contiguous group, in the order of their addresses, as many as
/// [`Geometry::contiguous_entries`](crate::geometry::Geometry::contiguous_entries) says (Arm ARM D8.7.1, the
/// Contiguous bit).
///
/// Each cell is atomic, the group is not.
pub trait SlotGroup {
    /// Returns the number of cells.
    fn entries(&self) -> usize;

    /// Returns the cell of this index.
    ///
    /// # Panics
    ///
    /// Where `index` is not below [`SlotGroup::entries`].
    fn slot(&self, index: usize) -> impl Slot;
}

impl<S: Slot> SlotGroup for [S] {
    #[inline]
    fn entries(&self) -> usize {
        self.len()
    }

    #[inline]
    fn slot(&self, index: usize) -> impl Slot {
        &self[index]
    }
}

#[cfg(test)]
mod tests {
    use super::{Slot, SlotGroup, Step};
    use crate::descriptor::Descriptor;
    use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

    #[test]
    fn an_atomic_word_is_a_slot() {
        let cell = AtomicU64::new(1);
        assert_eq!(Slot::load(&cell, Relaxed, Step::Load), Descriptor(1));
        let refused = Slot::compare_exchange_weak(
            &cell,
            Descriptor(7),
            Descriptor(2),
            Relaxed,
            Relaxed,
            Step::Exchange,
        );
        assert_eq!(refused, Err(Descriptor(1)));
        assert_eq!(Slot::swap(&cell, Descriptor(5), Relaxed, Step::Swap), Descriptor(1));
        Slot::store(&cell, Descriptor(6), Relaxed, Step::Store);
        assert_eq!(cell.into_inner(), 6);
    }

    #[test]
    fn a_slice_of_slots_is_a_group() {
        let cells = [AtomicU64::new(3), AtomicU64::new(4)];
        assert_eq!(cells[..].entries(), 2);
        assert_eq!(cells[..].slot(1).load(Relaxed, Step::Load), Descriptor(4));
    }
}
