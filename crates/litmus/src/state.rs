//! A final state: what was observed, in herd's text form and back.

mod read;
mod show;

use crate::test::Test;
use crate::value::Value;
use alloc::vec::Vec;
pub use read::StateError;
pub use show::Shown;

/// Something that a state shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Observable {
    /// A register of a thread.
    Register {
        /// The thread.
        thread: u8,
        /// The register's number.
        register: u8,
    },
    /// What a variable's frame holds.
    Memory(u8),
    /// A variable's descriptor.
    Descriptor(u8),
}

/// The kind of a fault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FaultKind {
    /// A Translation fault of a data access.
    Translation,
    /// An Access flag fault of a data access.
    AccessFlag,
    /// A Permission fault of a data access.
    Permission,
    /// An undefined instruction.
    Undefined,
    /// Anything else: no condition names it.
    Other,
}

impl FaultKind {
    /// Reads what stands behind `MMU:`, or the one kind without it.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        match name {
            "Translation" => Some(Self::Translation),
            "AccessFlag" => Some(Self::AccessFlag),
            "Permission" => Some(Self::Permission),
            "UndefinedInstruction" => Some(Self::Undefined),
            _ => None,
        }
    }
}

/// A fault that was taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Fault {
    /// The thread that took it.
    pub thread: u8,
    /// The label at its instruction, by its place in the thread's list.
    pub label: Option<u8>,
    /// The variable whose page was accessed.
    pub variable: Option<u8>,
    /// Its kind.
    pub kind: FaultKind,
}

/// A set of faults that a condition names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FaultPattern {
    /// The thread.
    pub thread: u8,
    /// The label, if one is named.
    pub label: Option<u8>,
    /// The variable, if one is named.
    pub variable: Option<u8>,
    /// The kind, if one is named.
    pub kind: Option<FaultKind>,
}

impl FaultPattern {
    /// Tells whether the fault is one of the set.
    #[must_use]
    pub fn matches(&self, fault: &Fault) -> bool {
        self.thread == fault.thread
            && (self.label.is_none() || self.label == fault.label)
            && (self.variable.is_none() || self.variable == fault.variable)
            && (self.kind.is_none() || self.kind == Some(fault.kind))
    }
}

/// A final state.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct FinalState {
    /// The values of [`Test::observed`], in that order.
    pub values: Vec<Value>,
    /// The faults that [`Test::faults`] name, each once, in order.
    pub faults: Vec<Fault>,
}

impl FinalState {
    /// Makes a state from all faults of a run: those that the test does not name are left out.
    #[must_use]
    pub fn new(test: &Test, values: Vec<Value>, faults: Vec<Fault>) -> Self {
        let mut state = Self { values, faults };
        state.settle(test);
        state
    }

    /// Leaves of the faults those that the test names, each once, in order.
    pub fn settle(&mut self, test: &Test) {
        self.faults.retain(|fault| test.faults.iter().any(|pattern| pattern.matches(fault)));
        self.faults.sort_unstable();
        self.faults.dedup();
    }
}
