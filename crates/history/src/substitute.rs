//! What a run may put in the place of the right operations, by its name.

use crate::{GroupSelection, Neighbour, Selection, WrongInvalidation};
use core::fmt;

/// A version to be run where ours would run, so that the run convicts it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Substitute {
    /// A set_access_flags for single descriptors.
    Single(Selection),
    /// A set_access_flags for contiguous groups.
    Group(GroupSelection),
    /// A wrong neighbour, in the place of the operation that it is named after.
    Neighbour(Neighbour),
    /// A wrong TLB invalidation.
    Invalidation(WrongInvalidation),
}

impl Substitute {
    /// The lists of names that are known.
    pub const NAMES: &'static [&'static [&'static str]] =
        &[Selection::NAMES, GroupSelection::NAMES, Neighbour::NAMES, WrongInvalidation::NAMES];

    /// Returns what has this name, if anything has.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let single = Selection::by_name(name).map(Self::Single);
        let group = || GroupSelection::by_name(name).map(Self::Group);
        let neighbour = || Neighbour::by_name(name).map(Self::Neighbour);
        let invalidation = || WrongInvalidation::by_name(name).map(Self::Invalidation);
        single.ok().or_else(|| group().ok()).or_else(|| neighbour().ok()).or_else(|| invalidation().ok())
    }

    /// Returns the name by which it is selected.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single(selection) => selection.name(),
            Self::Group(selection) => selection.name(),
            Self::Neighbour(neighbour) => neighbour.name(),
            Self::Invalidation(wrong) => wrong.name(),
        }
    }
}

impl fmt::Display for Substitute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Substitute;
    use crate::{GroupSelection, Neighbour, Selection, WrongInvalidation};
    extern crate std;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_selects_what_it_names() {
        let names: std::vec::Vec<&str> =
            Substitute::NAMES.iter().flat_map(|list| list.iter().copied()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for name in names {
            assert_eq!(Substitute::by_name(name).map(Substitute::name), Some(name));
        }
        assert_eq!(Substitute::by_name("v1"), Some(Substitute::Single(Selection::V1)));
        assert_eq!(Substitute::by_name("c0"), Some(Substitute::Group(GroupSelection::C0)));
        let old = Substitute::Neighbour(Neighbour::OldByStore);
        assert_eq!(Substitute::by_name("old-by-store"), Some(old));
        let left_out = Substitute::Invalidation(WrongInvalidation::LeftOut);
        assert_eq!(Substitute::by_name("tlbi-left-out"), Some(left_out));
        assert_eq!(Substitute::by_name("v5"), None);
    }
}
