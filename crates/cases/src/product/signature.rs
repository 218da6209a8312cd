//! In what a combination failed, and with which others it is compared.

use super::words::reads_as;
use afdbm::fault::FaultStatus;
use core::fmt;
use oracle::{Allowed, Aspect, Before, Ending, Mismatch};

/// What was to happen, as far as a finding tells it apart: the ending of the first alternative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Expected {
    /// The access was to complete.
    Completion,
    /// A Translation fault.
    Translation,
    /// An Address size fault.
    AddressSize,
    /// An Access flag fault.
    AccessFlag,
    /// A Permission fault.
    Permission,
    /// An Alignment fault.
    Alignment,
}

impl Expected {
    pub(super) const ALL: [Self; 6] = [
        Self::Completion,
        Self::Translation,
        Self::AddressSize,
        Self::AccessFlag,
        Self::Permission,
        Self::Alignment,
    ];

    /// Returns what the first alternative ends in.
    fn of<S, const N: usize>(allowed: &Allowed<S, N>) -> Self {
        let status = match allowed.alternatives()[0].ending {
            Ending::Faults { syndrome, .. } => syndrome.value.status(),
            Ending::ReportsFault(status) => status,
            Ending::ReportsStage2Fault { report, .. } => report.status().unwrap_or(FaultStatus::Alignment),
            _ => return Self::Completion,
        };
        match status {
            FaultStatus::Translation(_) => Self::Translation,
            FaultStatus::AddressSize(_) => Self::AddressSize,
            FaultStatus::AccessFlag(_) => Self::AccessFlag,
            FaultStatus::Permission(_) => Self::Permission,
            _ => Self::Alignment,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Completion => "completion",
            Self::Translation => "Translation fault",
            Self::AddressSize => "Address size fault",
            Self::AccessFlag => "Access flag fault",
            Self::Permission => "Permission fault",
            Self::Alignment => "Alignment fault",
        })
    }
}

/// What a combination was to come to: only combinations of one class are compared with each other when failures are
/// gathered, so that a finding need not say when an access is permitted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Class {
    /// What was to happen.
    pub expected: Expected,
    /// What became of the access that went before.
    pub before: Before,
}

impl Class {
    /// Returns the class of a prediction.
    #[must_use]
    pub fn of<S, const N: usize>(allowed: &Allowed<S, N>) -> Self {
        Self { expected: Expected::of(allowed), before: allowed.before }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.expected)?;
        formatter.write_str(match self.before {
            Before::Nothing => "",
            Before::Completes => " after another access",
            Before::Faults => " after another access that faults",
        })
    }
}

/// In what a combination failed: its failures are gathered by this.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Signature {
    /// What differs.
    pub aspect: Aspect,
    /// What was to happen.
    pub class: Class,
}

impl Signature {
    /// Returns the signature of a mismatch with `allowed`.
    #[must_use]
    pub fn of<S, const N: usize>(allowed: &Allowed<S, N>, mismatch: Mismatch) -> Self {
        let class = Class::of(allowed);
        let before = if looks_back(mismatch.aspect) { class.before } else { Before::Nothing };
        Self { aspect: mismatch.aspect, class: Class { before, ..class } }
    }

    /// Reads back what [`Display`](fmt::Display) shows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let befores = [Before::Nothing, Before::Completes, Before::Faults];
        let classes =
            Expected::ALL.iter().flat_map(|&expected| befores.map(|before| Class { expected, before }));
        let mut all =
            Aspect::ALL.iter().flat_map(|&aspect| classes.clone().map(move |class| Self { aspect, class }));
        all.find(|signature| reads_as(signature, text))
    }

    /// Returns the signature whose failures are gathered with those of this one: a fault that does not come leaves an
    /// access to complete or to take another fault, as its other conditions are.
    #[must_use]
    pub fn counterpart(self) -> Option<Self> {
        let aspect = match self.aspect {
            Aspect::MissingFault => Aspect::FaultStatus,
            Aspect::FaultStatus => Aspect::MissingFault,
            _ => return None,
        };
        Some(Self { aspect, ..self })
    }

    /// Tells whether combinations of `class` are compared with those that fail so.
    #[must_use]
    pub fn concerns(&self, class: Class) -> bool {
        self.class.expected == class.expected
            && (!looks_back(self.aspect) || self.class.before == class.before)
    }
}

/// Tells whether what is wrong may be the doing of the access that went before.
const fn looks_back(aspect: Aspect) -> bool {
    matches!(
        aspect,
        Aspect::FlagMissing
            | Aspect::FlagUnexpected
            | Aspect::DirtyMissing
            | Aspect::DirtyUnexpected
            | Aspect::DirtyWithoutFlag
            | Aspect::LeafBits
            | Aspect::Group
            | Aspect::Tables
            | Aspect::Neighbours
    )
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} where {} is expected", self.aspect, self.class)
    }
}
