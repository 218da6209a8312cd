//! The seam between the steps of an operation, where a test opens a window.

use super::{Slot, SlotGroup, Step};
use crate::descriptor::Descriptor;
use core::sync::atomic::Ordering;

/// Is told of each step of an operation, before and after; `entry` is the cell's index in its group, 0 where
/// there is none.
///
/// A hook may wait for another CPU, record, or yield. It must not use the cell that is being changed by anything
/// but an atomic access.
pub trait Hooks {
    /// Runs before the step: what happens here, happens between this step and the one before it.
    fn at(&self, step: Step, entry: usize);

    /// Runs after the step, with what the cell was last known to hold: the value read, or written, or found in
    /// the place of the one expected.
    fn done(&self, step: Step, entry: usize, descriptor: Descriptor) {
        let _ = (step, entry, descriptor);
    }
}

/// No hooks: zero-sized, and nothing is left of it once inlined.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Closed;

impl Hooks for Closed {
    fn at(&self, _step: Step, _entry: usize) {}
}

impl<H: Hooks + ?Sized> Hooks for &H {
    #[inline]
    fn at(&self, step: Step, entry: usize) {
        (**self).at(step, entry);
    }

    #[inline]
    fn done(&self, step: Step, entry: usize, descriptor: Descriptor) {
        (**self).done(step, entry, descriptor);
    }
}

/// A slot that tells its hooks of each step.
#[derive(Clone, Copy, Debug)]
pub struct Hooked<S, H> {
    slot: S,
    hooks: H,
    entry: usize,
}

impl<S: Slot, H: Hooks> Hooked<S, H> {
    /// Puts `hooks` around the steps on `slot`, a cell that is in no group.
    #[inline]
    pub const fn new(slot: S, hooks: H) -> Self {
        Self { slot, hooks, entry: 0 }
    }
}

impl<S: Slot, H: Hooks> Slot for Hooked<S, H> {
    #[inline]
    fn load(&self, order: Ordering, step: Step) -> Descriptor {
        self.hooks.at(step, self.entry);
        let found = self.slot.load(order, step);
        self.hooks.done(step, self.entry, found);
        found
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
        self.hooks.at(step, self.entry);
        let result = self.slot.compare_exchange_weak(current, new, success, failure, step);
        self.hooks.done(step, self.entry, result.map_or_else(|found| found, |_| new));
        result
    }

    #[inline]
    fn swap(&self, new: Descriptor, order: Ordering, step: Step) -> Descriptor {
        self.hooks.at(step, self.entry);
        let found = self.slot.swap(new, order, step);
        self.hooks.done(step, self.entry, new);
        found
    }

    #[inline]
    fn store(&self, new: Descriptor, order: Ordering, step: Step) {
        self.hooks.at(step, self.entry);
        self.slot.store(new, order, step);
        self.hooks.done(step, self.entry, new);
    }
}

/// A group of slots that tells its hooks of each step.
#[derive(Clone, Copy, Debug)]
pub struct HookedGroup<'a, G: ?Sized, H: ?Sized> {
    group: &'a G,
    hooks: &'a H,
}

impl<'a, G: SlotGroup + ?Sized, H: Hooks + ?Sized> HookedGroup<'a, G, H> {
    /// Puts `hooks` around the steps on every cell of `group`.
    #[inline]
    pub const fn new(group: &'a G, hooks: &'a H) -> Self {
        Self { group, hooks }
    }
}

impl<G: SlotGroup + ?Sized, H: Hooks + ?Sized> SlotGroup for HookedGroup<'_, G, H> {
    #[inline]
    fn entries(&self) -> usize {
        self.group.entries()
    }

    #[inline]
    fn slot(&self, index: usize) -> impl Slot {
        Hooked { slot: self.group.slot(index), hooks: self.hooks, entry: index }
    }
}

#[cfg(test)]
mod tests {
    use super::{Closed, Hooked, HookedGroup, Hooks};
    use crate::descriptor::Descriptor;
    use crate::operations::{Slot, SlotGroup, Step};
    use core::{
        cell::RefCell,
        mem::size_of,
        sync::atomic::{AtomicU64, Ordering::Relaxed},
    };
    extern crate std;
    use std::{vec, vec::Vec};

    #[derive(Default)]
    struct Recorder(RefCell<Vec<(Step, usize, Option<Descriptor>)>>);

    impl Hooks for Recorder {
        fn at(&self, step: Step, entry: usize) {
            self.0.borrow_mut().push((step, entry, None));
        }

        fn done(&self, step: Step, entry: usize, descriptor: Descriptor) {
            self.0.borrow_mut().push((step, entry, Some(descriptor)));
        }
    }

    #[test]
    fn closed_hooks_have_no_size() {
        assert_eq!(size_of::<Closed>(), 0);
    }

    #[test]
    fn hooks_see_each_step_before_and_after() {
        let (cell, recorder) = (AtomicU64::new(1), Recorder::default());
        let slot = Hooked::new(&cell, &recorder);
        slot.load(Relaxed, Step::Load);
        slot.swap(Descriptor(2), Relaxed, Step::Swap);
        slot.store(Descriptor(3), Relaxed, Step::Store);
        let refused =
            slot.compare_exchange_weak(Descriptor(9), Descriptor(4), Relaxed, Relaxed, Step::Exchange);
        assert_eq!(refused, Err(Descriptor(3)));
        let expected = vec![
            (Step::Load, 0, None),
            (Step::Load, 0, Some(Descriptor(1))),
            (Step::Swap, 0, None),
            (Step::Swap, 0, Some(Descriptor(2))),
            (Step::Store, 0, None),
            (Step::Store, 0, Some(Descriptor(3))),
            (Step::Exchange, 0, None),
            (Step::Exchange, 0, Some(Descriptor(3))),
        ];
        assert_eq!(recorder.0.into_inner(), expected);
    }

    #[test]
    fn hooks_of_a_group_are_told_the_entry() {
        let (cells, recorder) = ([AtomicU64::new(0), AtomicU64::new(8)], Recorder::default());
        HookedGroup::new(&cells[..], &recorder).slot(1).load(Relaxed, Step::Load);
        let expected = vec![(Step::Load, 1, None), (Step::Load, 1, Some(Descriptor(8)))];
        assert_eq!(recorder.0.into_inner(), expected);
    }
}
