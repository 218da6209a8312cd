//! The parts of a space that cases are about.

use super::{Implemented, Lacking, Question};
use core::fmt;

/// Which combinations of a space a case is about.
pub trait Part: Copy + fmt::Display {
    /// The version of the order of digits. A number is good for one version.
    const ORDER_VERSION: u8;

    /// The combinations.
    type Question: Question;

    /// The combinations of the covering set that have controls and tables in common: a TLB is emptied between two.
    type Setting: Clone + Sync;

    /// Returns what a PE lacks for all of the part, if it lacks something.
    fn lacking(&self, implemented: &Implemented) -> Option<Lacking>;

    /// Tells whether the case runs the covering set: that of the part, which no theme narrows.
    fn is_covering(&self) -> bool;

    /// Draws at most `size` combinations with a seed, in such an order that controls and tables seldom change.
    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Self::Question>;

    /// Goes through the settings of the covering set.
    fn settings(self) -> impl Iterator<Item = Self::Setting>;

    /// Goes through the covering set's combinations of a setting.
    fn covered(self, setting: Self::Setting) -> impl Iterator<Item = Self::Question>;
}
