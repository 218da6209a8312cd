//! What races with what: an operation of one CPU, and what another CPU does to the same descriptor.

use crate::states::PageState;
use core::fmt;
use history::{GroupSelection, Neighbour, Selection, Substitute};

/// A race on one descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Race {
    /// The descriptor at the start of each round.
    pub start: PageState,
    /// What CPU 0 does, step by step.
    pub software: Software,
    /// What the other CPU does.
    pub other: Other,
    /// Whether both take the page-table lock for what software does.
    pub locked: bool,
}

/// An operation of CPU 0.
#[derive(Clone, Copy, Debug)]
pub enum Software {
    /// What a fault handler does about a read fault, or a write fault.
    Resolve(Routine, Kind),
    /// The operation that a wrong neighbour is named after, or that neighbour.
    Operate(Neighbour, Form),
    /// Age and clean at once by a plain store, which overwrites all that hardware may write.
    OldAndCleanByStore,
    /// Take the descriptor out.
    Remove,
}

/// Which of the two forms of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The right one, unless `--variant` puts the wrong one in its place.
    Right,
    /// The one that went wrong.
    Wrong,
}

/// Which access faulted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A load: an Access flag fault.
    Read,
    /// A store: a Permission fault.
    Write,
}

/// A set_access_flags with its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Routine {
    /// A version of Linux's, or ours.
    Version(Version<Selection>),
    /// A plain read-modify-write that sets the Access flag, as a handler written in a hurry does.
    Plain,
}

/// A version of a routine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version<S> {
    /// Today's, unless `--variant` puts another in its place.
    Ours,
    /// This one.
    This(S),
}

/// What the other CPU does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Other {
    /// A store at HA=HD=1: hardware sets AF and clears RO.
    Store,
    /// A load, then in the next window a store: hardware makes two updates.
    LoadThenStore,
    /// Software ages the page.
    Age,
    /// Software withdraws the permission to write.
    WriteProtect,
    /// Software takes the descriptor out.
    Remove,
    /// Software resolves a write fault on the same page, with this version.
    Resolve(Selection),
}

impl Version<Selection> {
    /// Returns the routine that runs where `variant` stands in for ours.
    #[must_use]
    pub const fn selection(self, variant: Option<Substitute>) -> Selection {
        match (self, variant) {
            (Self::This(selection), _) | (Self::Ours, Some(Substitute::Single(selection))) => selection,
            (Self::Ours, _) => Selection::V4,
        }
    }
}

impl Version<GroupSelection> {
    /// Returns the routine that runs where `variant` stands in for ours.
    #[must_use]
    pub const fn selection(self, variant: Option<Substitute>) -> GroupSelection {
        match (self, variant) {
            (Self::This(selection), _) | (Self::Ours, Some(Substitute::Group(selection))) => selection,
            (Self::Ours, _) => GroupSelection::C1,
        }
    }
}

impl Form {
    /// Returns the form that runs where `variant` stands in for ours.
    #[must_use]
    pub fn of(self, neighbour: Neighbour, variant: Option<Substitute>) -> Self {
        if variant == Some(Substitute::Neighbour(neighbour)) { Self::Wrong } else { self }
    }
}

impl Race {
    /// Returns the race as it runs where `variant` stands in for ours.
    #[must_use]
    pub fn with(self, variant: Option<Substitute>) -> Self {
        let software = match self.software {
            Software::Resolve(Routine::Version(version), kind) => {
                let version = Version::This(version.selection(variant));
                Software::Resolve(Routine::Version(version), kind)
            }
            Software::Operate(neighbour, form) => Software::Operate(neighbour, form.of(neighbour, variant)),
            other => other,
        };
        Self { software, ..self }
    }
}

impl Other {
    /// Tells whether hardware does it, so that the CPU has to be set to HA=HD=1.
    #[must_use]
    pub const fn is_hardware(self) -> bool {
        matches!(self, Self::Store | Self::LoadThenStore)
    }
}

impl fmt::Display for Software {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(Routine::Version(version), kind) => {
                write!(formatter, "{} for a {kind} fault", version.selection(None))
            }
            Self::Resolve(Routine::Plain, kind) => write!(formatter, "a plain store for a {kind} fault"),
            Self::Operate(neighbour, Form::Wrong) => write!(formatter, "{neighbour}"),
            Self::Operate(neighbour, Form::Right) => write!(formatter, "the right form of {neighbour}"),
            Self::OldAndCleanByStore => formatter.write_str("age and clean by a plain store"),
            Self::Remove => formatter.write_str("get-and-clear"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Self::Read { "read" } else { "write" })
    }
}

impl fmt::Display for Other {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store => formatter.write_str("a store at HA=1 HD=1"),
            Self::LoadThenStore => formatter.write_str("a load, then a store at HA=1 HD=1"),
            Self::Age => formatter.write_str("make-old"),
            Self::WriteProtect => formatter.write_str("write-protect"),
            Self::Remove => formatter.write_str("get-and-clear"),
            Self::Resolve(selection) => write!(formatter, "{selection} for a write fault"),
        }
    }
}

impl fmt::Display for Race {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, software, other, locked } = self;
        let lock = if *locked { ", both under the lock" } else { "" };
        write!(formatter, "{software} against {other}, {}{lock}", start.name)
    }
}
