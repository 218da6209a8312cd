//! Choosing a variant at run time, by its name.

use crate::{C0, V0, V1, V2, V3, V4m};
use afdbm::descriptor::Descriptor;
use afdbm::fault::Fault;
use afdbm::operations::{
    C1, Change, GroupVariant, Handled, Hooks, LockFree, Place, Slot, SlotGroup, V4, Variant, handle_fault,
    handle_group_fault,
};
use afdbm::stage::Stage;
use core::fmt;

/// The name is none of a known variant; shows the names that are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownVariant<'a> {
    /// The name as it was given.
    pub name: &'a str,
    pub(super) known: &'static [&'static str],
}

impl fmt::Display for UnknownVariant<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "unknown variant '{}'; known:", self.name)?;
        self.known.iter().try_for_each(|name| write!(formatter, " {name}"))
    }
}

impl core::error::Error for UnknownVariant<'_> {}

macro_rules! selection {
    ($(#[$documentation:meta])* $selection:ident: $($variant:ident),+) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum $selection {
            $(
                #[doc = concat!("[`", stringify!($variant), "`].")]
                $variant,
            )+
        }

        impl $selection {
            /// Every variant, the oldest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The name of each, in that order.
            pub const NAMES: &'static [&'static str] = &[$($variant::NAME),+];

            /// Returns the name by which it is selected.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $variant::NAME,)+
                }
            }

            /// Returns where the variant comes from.
            #[must_use]
            pub const fn origin(self) -> &'static str {
                match self {
                    $(Self::$variant => $variant::ORIGIN,)+
                }
            }

            /// Returns the variant of this name.
            ///
            /// # Errors
            ///
            /// [`UnknownVariant`], which lists the known ones.
            pub fn by_name(name: &str) -> Result<Self, UnknownVariant<'_>> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|variant| variant.name() == name)
                    .ok_or(UnknownVariant { name, known: Self::NAMES })
            }

            /// Builds the entry as the variant's caller does.
            #[must_use]
            pub fn build_entry(self, stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
                match self {
                    $(Self::$variant => $variant::build_entry(stage, snapshot, write),)+
                }
            }
        }

        impl fmt::Display for $selection {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.name())
            }
        }
    };
}

selection! {
    /// A variant for single descriptors, chosen at run time.
    Selection: V0, V1, V2, V3, V4, V4m, LockFree
}

selection! {
    /// A variant for contiguous groups, chosen at run time.
    GroupSelection: C0, C1
}

macro_rules! each {
    ($self:expr, $selection:ident: $($variant:ident),+ => |$type:ident| $body:expr) => {
        match $self {
            $($selection::$variant => {
                type $type = $variant;
                $body
            })+
        }
    };
}

impl Selection {
    /// Tells whether the variant is one of the wrong ones, that a suite convicts.
    #[must_use]
    pub const fn is_wrong(self) -> bool {
        match self {
            Self::V0 | Self::V1 | Self::V2 | Self::V4m => true,
            Self::V3 | Self::V4 | Self::LockFree => false,
        }
    }

    /// Runs the variant's routine.
    pub fn set_access_flags<S: Slot + ?Sized>(
        self,
        slot: &S,
        entry: Descriptor,
        write: bool,
        place: Place,
    ) -> Change {
        each!(self, Selection: V0, V1, V2, V3, V4, V4m, LockFree => |Chosen| {
            Chosen::set_access_flags(slot, entry, write, place)
        })
    }

    /// Handles one fault with the variant: [`handle_fault`].
    pub fn handle_fault<S: Slot + ?Sized, H: Hooks + ?Sized>(
        self,
        fault: &Fault,
        slot: &S,
        place: Place,
        hooks: &H,
    ) -> Handled {
        each!(self, Selection: V0, V1, V2, V3, V4, V4m, LockFree => |Chosen| {
            handle_fault::<Chosen, S, H>(fault, slot, place, hooks)
        })
    }
}

impl GroupSelection {
    /// Tells whether the variant is the wrong one, that a suite convicts.
    #[must_use]
    pub const fn is_wrong(self) -> bool {
        match self {
            Self::C0 => true,
            Self::C1 => false,
        }
    }

    /// Runs the variant's routine.
    pub fn set_access_flags<G: SlotGroup + ?Sized>(
        self,
        group: &G,
        target: usize,
        entry: Descriptor,
        write: bool,
        place: Place,
    ) -> Change {
        each!(self, GroupSelection: C0, C1 => |Chosen| {
            Chosen::set_access_flags(group, target, entry, write, place)
        })
    }

    /// Handles one fault with the variant: [`handle_group_fault`].
    pub fn handle_fault<G: SlotGroup + ?Sized, H: Hooks + ?Sized>(
        self,
        fault: &Fault,
        group: &G,
        target: usize,
        place: Place,
        hooks: &H,
    ) -> Handled {
        each!(self, GroupSelection: C0, C1 => |Chosen| {
            handle_group_fault::<Chosen, G, H>(fault, group, target, place, hooks)
        })
    }
}
