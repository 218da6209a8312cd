//! Where the leaves of an access stand: which page they translate, at which stage.

use afdbm::stage::Stage;
use core::ops::{Index, IndexMut};

/// A page that an access touches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Page {
    /// The page of the access's address.
    First,
    /// The page that follows, which only a crossing access touches.
    Second,
}

impl Page {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::First, Self::Second];
}

/// The place of a leaf: the page that it translates, and the stage of translation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LeafPlace {
    /// The page.
    pub page: Page,
    /// The stage.
    pub stage: Stage,
}

impl LeafPlace {
    /// Stage 1 of the first page.
    pub const FIRST: Self = Self { page: Page::First, stage: Stage::One };
    /// Stage 1 of the second page.
    pub const SECOND: Self = Self { page: Page::Second, stage: Stage::One };
    /// Every place, stage by stage.
    pub const ALL: [Self; 2] = [Self::FIRST, Self::SECOND];

    const fn index(self) -> usize {
        match self.stage {
            // Stage 2 has its own list, which the pages of tables are in too.
            Stage::One | Stage::Two => self.page as usize,
        }
    }
}

/// A value for each leaf of an access, by its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Leaves<T>([T; LeafPlace::ALL.len()]);

impl<T> Leaves<T> {
    /// Makes the list of an access that stage 1 alone translates: the values of the first page and of the second.
    #[inline]
    #[must_use]
    pub const fn stage_1(first: T, second: T) -> Self {
        Self([first, second])
    }
}

impl<T> Index<LeafPlace> for Leaves<T> {
    type Output = T;

    #[inline]
    fn index(&self, place: LeafPlace) -> &T {
        &self.0[place.index()]
    }
}

impl<T> IndexMut<LeafPlace> for Leaves<T> {
    #[inline]
    fn index_mut(&mut self, place: LeafPlace) -> &mut T {
        &mut self.0[place.index()]
    }
}

/// A value for each page of an access: what stands in memory, whatever the stages.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pages<T>(pub [T; Page::ALL.len()]);

impl<T> Index<Page> for Pages<T> {
    type Output = T;

    #[inline]
    fn index(&self, page: Page) -> &T {
        &self.0[page as usize]
    }
}

impl<T> IndexMut<Page> for Pages<T> {
    #[inline]
    fn index_mut(&mut self, page: Page) -> &mut T {
        &mut self.0[page as usize]
    }
}
