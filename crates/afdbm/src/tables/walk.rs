//! What a walk reads, as software sees it.

use crate::address::PhysicalAddress;
use crate::descriptor::{Decoded, Descriptor};
use crate::geometry::Level;
use crate::invalidation::Place;
use core::sync::atomic::AtomicU64;

/// One level of a walk.
#[derive(Clone, Copy, Debug)]
pub struct WalkStep<'a> {
    /// The level of the table.
    pub level: Level,
    /// The physical address of the cell.
    pub cell_address: PhysicalAddress,
    /// The live cell.
    pub cell: &'a AtomicU64,
    /// What the cell held when the walk read it.
    pub descriptor: Descriptor,
    /// What that says at this level.
    pub decoded: Decoded,
}

/// The descriptors that translate one address, from the first level to the one at which the walk ends.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a> {
    steps: [Option<WalkStep<'a>>; Level::ALL.len()],
}

impl<'a> Walk<'a> {
    pub(super) const fn new() -> Self {
        Self { steps: [None; Level::ALL.len()] }
    }

    pub(super) const fn push(&mut self, step: WalkStep<'a>) {
        self.steps[step.level.position()] = Some(step);
    }

    /// Returns the steps, the widest level first; a walk has at least one.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &WalkStep<'a>> {
        self.steps.iter().flatten()
    }

    /// Returns the step at which the walk ends: a leaf, or an invalid descriptor.
    #[must_use]
    pub fn last(&self) -> Option<&WalkStep<'a>> {
        self.steps().next_back()
    }
}

/// A live Block or Page descriptor and where it translates.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// The live cell: a [`Slot`](crate::operations::Slot) for every operation.
    pub cell: &'a AtomicU64,
    /// The physical address of the cell.
    pub cell_address: PhysicalAddress,
    /// The first address that it translates, the address space, and the level.
    pub place: Place,
}

impl Leaf<'_> {
    /// Returns the level of the descriptor.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.place.level
    }
}
