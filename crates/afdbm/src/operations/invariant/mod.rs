//! What no operation may ever break: ten invariants, each a pure predicate over plain evidence.
//!
//! A checker gathers the evidence in its own way (a model sees every step, a race only the ends) and has no opinion of
//! its own about what is right. A predicate returns how its invariant is broken:
//!
//! ```
//! use afdbm::descriptor::Descriptor;
//! use afdbm::operations::{Breach, Invariant, Writes, no_lost_dirty};
//! use afdbm::stage::Stage;
//!
//! let clean = Stage::One.with_clean(Descriptor(Descriptor::VALID | Descriptor::DBM));
//! let writes = Writes {
//!     landed: true,
//!     attempted: true,
//!     memory: &[clean],
//!     returned_dirty: false,
//!     given_up: false,
//! };
//! assert_eq!(no_lost_dirty(&writes), Some(Breach::LostDirty));
//! assert_eq!(Breach::LostDirty.invariant(), Invariant::NoLostDirty);
//! ```
//!
//! They hold in both stages; the texts speak of stage 1. In stage 2 W is DBM, there is no D, and RO=0 is S2AP\[1\]=1: the
//! permission to write, which is the record of a write as well.

mod breach;
mod evidence;
mod predicates;
#[cfg(test)]
mod table;

pub use breach::Breach;
pub use evidence::{
    AccessEnd, Answer, Attempt, Grant, Orders, Overwrite, Passage, Rewrite, Transition, Writes,
};
pub use predicates::{
    commutes, encoding, encoding_at, invalid_stays, monotone, monotone_at, no_invented_permission,
    no_invented_permission_at, no_lost_dirty, no_lost_dirty_at, no_over_dirty, no_over_dirty_at, progress,
    return_value, tlb,
};

use core::fmt;

/// A property that holds at every step of every history, whoever changes the descriptor meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Invariant {
    /// 1: if a write landed since the last completed clean, memory, or what the operation that removed the
    /// descriptor returned, is dirty.
    NoLostDirty,
    /// 2: W is set or RO cleared only where the entry asked for it, or memory had it, and nobody withdrew it.
    NoInventedPermission,
    /// 3: by the routine's own step AF, W and D never fall, RO never rises, and no other bit changes.
    Monotone,
    /// 4: never W·D·RO, never RO=0 with W=0 in a user page, and no hardware update clears RO where AF stays 0.
    Encoding,
    /// 5: an access faults at most as often as its cap allows, and every routine ends.
    Progress,
    /// 6: "nothing changed" is returned only if memory satisfies the entry, raw, for the weakest walker.
    ReturnValue,
    /// 7: an invalid descriptor is left bit-identical.
    InvalidStays,
    /// 8: twice is as once, and two in either order leave the same memory.
    Commutes,
    /// 9: from a clean state, a history of reads leaves the page clean; and a clean leaves it so.
    NoOverDirty,
    /// 10: no access goes through a TLB entry that was withdrawn, once the invalidation is complete.
    Tlb,
}

impl Invariant {
    /// Every invariant, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::NoLostDirty,
        Self::NoInventedPermission,
        Self::Monotone,
        Self::Encoding,
        Self::Progress,
        Self::ReturnValue,
        Self::InvalidStays,
        Self::Commutes,
        Self::NoOverDirty,
        Self::Tlb,
    ];

    /// Returns the number, 1 to 10.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Returns the name by which it is selected.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoLostDirty => "no-lost-dirty",
            Self::NoInventedPermission => "no-invented-permission",
            Self::Monotone => "monotone",
            Self::Encoding => "encoding",
            Self::Progress => "progress",
            Self::ReturnValue => "return-value",
            Self::InvalidStays => "invalid-stays",
            Self::Commutes => "commutes",
            Self::NoOverDirty => "no-over-dirty",
            Self::Tlb => "tlb",
        }
    }

    /// Returns the invariant of this name.
    ///
    /// # Errors
    ///
    /// [`UnknownInvariant`], which lists the known ones.
    pub fn by_name(name: &str) -> Result<Self, UnknownInvariant<'_>> {
        Self::ALL.into_iter().find(|invariant| invariant.name() == name).ok_or(UnknownInvariant { name })
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.number(), self.name())
    }
}

/// The name is none of a known invariant; shows the names that are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownInvariant<'a> {
    /// The name as it was given.
    pub name: &'a str,
}

impl fmt::Display for UnknownInvariant<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unknown invariant '{}'; known:", self.name)?;
        Invariant::ALL.iter().try_for_each(|known| write!(formatter, " {}", known.name()))
    }
}

impl core::error::Error for UnknownInvariant<'_> {}

#[cfg(test)]
mod tests {
    use super::Invariant;
    use super::table::{SHIPPED, first_wrong};
    extern crate std;
    use std::string::ToString;

    #[test]
    fn each_predicate_says_of_each_evidence_what_it_deserves() {
        assert_eq!(first_wrong(&SHIPPED), None);
    }

    #[test]
    fn names_select_and_unknown_ones_list_the_known() {
        for (number, invariant) in (1..).zip(Invariant::ALL) {
            assert_eq!(invariant.number(), number);
            assert_eq!(Invariant::by_name(invariant.name()), Ok(invariant));
        }
        let error = Invariant::by_name("eleven").expect_err("there are ten").to_string();
        assert!(error.starts_with("unknown invariant 'eleven'; known: no-lost-dirty "), "{error}");
        assert!(error.ends_with(" tlb"), "{error}");
    }
}
