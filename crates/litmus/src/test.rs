//! A litmus test as it was read.

use crate::condition::{Expression, Quantifier};
use crate::problem::Place;
use crate::state::{FaultPattern, Observable};
use crate::value::{Descriptor, Value};
use alloc::string::String;
use alloc::vec::Vec;

/// What a fault that no handler of the file takes does to its thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OnFault {
    /// The thread ends there (`fatal`, `precise`).
    #[default]
    End,
    /// The access is made again until it passes (`handled`, `imprecise`).
    Repeat,
    /// The instruction is left out (`skip`, `faultToNext`).
    Skip,
}

/// An instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// As it is written, with single spaces.
    pub text: String,
    /// Where it stands in the file.
    pub place: Place,
}

/// A label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// It stands in the handler, not in the thread's code.
    pub in_handler: bool,
    /// The instruction that it stands before; as many as there are at the end.
    pub instruction: usize,
}

/// Extensions whose instructions a test uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extensions {
    /// FEAT_LSE: atomic instructions.
    pub atomics: bool,
    /// FEAT_LRCPC: LDAPR.
    pub release_consistency: bool,
}

/// A thread.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Thread {
    /// TCR_EL1.HA of its CPU.
    pub manages_access_flag: bool,
    /// TCR_EL1.HD of its CPU.
    pub manages_dirty_state: bool,
    /// It runs at EL0.
    pub at_el0: bool,
    /// Its registers that are not 0 at first.
    pub registers: Vec<(u8, Value)>,
    /// Its instructions.
    pub code: Vec<Line>,
    /// Its fault handler, if the file has one.
    pub handler: Option<Vec<Line>>,
    /// Its labels, those of the handler among them.
    pub labels: Vec<Label>,
}

impl Thread {
    /// Returns the place of a label in [`Thread::labels`].
    #[must_use]
    pub fn label(&self, name: &str) -> Option<u8> {
        let place = self.labels.iter().position(|label| label.name == name)?;
        u8::try_from(place).ok()
    }
}

/// A litmus test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Test {
    /// Its name, from the first line.
    pub name: String,
    /// What a fault does.
    pub on_fault: OnFault,
    /// The variant's FEAT_ETS2 or FEAT_ETS3, which the model takes for given: 2, 3, or 0 for neither.
    pub enhanced_translation: u8,
    /// The names of the variables; everything else names them by their place here.
    pub variables: Vec<String>,
    /// What each variable holds at first.
    pub memory: Vec<Value>,
    /// How each variable is mapped at first.
    pub descriptors: Vec<Descriptor>,
    /// The threads.
    pub threads: Vec<Thread>,
    /// States that do not satisfy this are not looked at.
    pub filter: Option<Expression>,
    /// What is claimed of the condition.
    pub quantifier: Quantifier,
    /// The condition.
    pub condition: Expression,
    /// What a state shows: registers, then memory, then descriptors.
    pub observed: Vec<Observable>,
    /// The faults that a state shows.
    pub faults: Vec<FaultPattern>,
}

impl Test {
    /// Tells whether hardware manages anything for any thread.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        self.threads.iter().any(|thread| thread.manages_access_flag)
    }

    /// Returns the extensions that the threads' instructions need.
    #[must_use]
    pub fn extensions(&self) -> Extensions {
        crate::parse::extensions(&self.threads)
    }

    /// Tells whether an instruction may reach beyond the first word of a variable.
    #[must_use]
    pub fn reaches_further(&self) -> bool {
        crate::parse::reach_further(&self.threads)
    }

    /// Returns the number of a variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<u8> {
        let place = self.variables.iter().position(|variable| variable == name)?;
        u8::try_from(place).ok()
    }
}
