//! The case table: every row, A01 to K17, and the interleavings I1 to I24, with what shows each, or why nothing does.
//!
//! Which cases show a row follows from their declarations ([`Case::shows`](crate::Case::shows)); a row that is shown
//! has a case, a row that is not has none, and a test holds both.

mod access_flag;
mod coverage;
mod dirty_state;
mod interleavings;
mod invalidation;
mod ordering;
mod stages;

pub use coverage::{Coverage, Mismatch, cases_of};
pub use interleavings::{INTERLEAVINGS, Interleaving};

use core::fmt;

/// What shows a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Showing {
    /// A case on one PE.
    Case,
    /// A case on several PEs, with a histogram.
    Concurrent,
    /// The product; there may be a case as well.
    Product,
    /// A case that records whether an outcome that is permitted, not required, was seen, and is skipped if it was not.
    Permitted,
    /// Tests of the library on the host: the row is about software. There may be a case as well.
    Library,
    /// Nothing: the row asserts nothing.
    NothingAsserted,
    /// Nothing: the row needs EL3 or AArch32.
    OtherRegime,
    /// Nothing: the control would pull the ground from under the kernel (SCTLR_EL1.M or EE).
    Ground,
    /// Nothing: the row needs an extension that the kernel does not set up.
    Extension(&'static str),
    /// Nothing: no machine that is known implements the extension, so that nobody could see a case of it fail.
    NoMachine(&'static str),
    /// Nothing: no device of the machines known is a place for tables.
    NoPlace,
    /// Nothing: the row binds the kernel itself, which maps its tables so.
    Software,
    /// Nothing: the row binds a hypervisor below the kernel, and no guest sees whether it does so.
    Hypervisor,
    /// Every case in which hardware makes an update: the tables are always as the row wants them.
    EveryUpdate,
    /// Every case that needs more than an ID register promises: it is skipped.
    EverySkip,
    /// Nothing: what the row says of memory behind the caches no PE sees, since all walk and load through them.
    Coherent,
}

impl Showing {
    /// Tells whether a case has to show the row.
    #[must_use]
    pub const fn needs_case(self) -> bool {
        matches!(self, Self::Case | Self::Concurrent | Self::Permitted)
    }

    /// Tells whether something shows the row, or may.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        self.needs_case()
            || matches!(self, Self::Product | Self::Library | Self::EveryUpdate | Self::EverySkip)
    }
}

impl fmt::Display for Showing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Case => "a case",
            Self::Concurrent => "a case on several CPUs",
            Self::Product => "the product",
            Self::Permitted => "a case that records what is permitted",
            Self::Library => "tests of the library",
            Self::NothingAsserted => "not shown: the row asserts nothing",
            Self::OtherRegime => "not shown: needs EL3 or AArch32",
            Self::Ground => "not shown: SCTLR_EL1.M or EE would pull the ground from under the kernel",
            Self::Extension(name) => return write!(formatter, "not shown: needs {name}"),
            Self::NoMachine(name) => {
                return write!(formatter, "not shown: no machine that is known has {name}");
            }
            Self::NoPlace => "not shown: no device holds tables",
            Self::EveryUpdate => "every case with an update: the tables are so",
            Self::EverySkip => "every case that is skipped for what an ID register says",
            Self::Coherent => "not shown: a PE sees no memory behind coherent caches",
            Self::Software => "not shown: binds the kernel, which maps its tables so",
            Self::Hypervisor => "not shown: binds a hypervisor, and no guest sees it",
        })
    }
}

/// The translation regime, and its stages, that a row is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regime {
    /// EL1&0, stage 1.
    El10,
    /// EL1&0, stages 1 and 2.
    BothStages,
    /// EL2.
    El2,
    /// EL2&0.
    El20,
    /// EL3.
    El3,
    /// EL1&0 in AArch32.
    AArch32,
    /// Every one.
    Any,
}

impl fmt::Display for Regime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::El10 => "EL1&0",
            Self::BothStages => "EL1&0, both stages",
            Self::El2 => "EL2",
            Self::El20 => "EL2&0",
            Self::El3 => "EL3",
            Self::AArch32 => "AArch32",
            Self::Any => "any",
        })
    }
}

/// A row of the case table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// The id, such as `D12`.
    pub id: &'static str,
    /// The rules from which it is drawn: labels, sections and pseudocode functions of the Arm ARM.
    pub rules: &'static str,
    /// What it says, in one sentence.
    pub sentence: &'static str,
    /// The regime that it is about.
    pub regime: Regime,
    /// What shows it.
    pub showing: Showing,
}

const fn row(id: &'static str, rules: &'static str, sentence: &'static str, showing: Showing) -> Row {
    Row { id, rules, sentence, regime: Regime::El10, showing }
}

impl Row {
    const fn of(self, regime: Regime) -> Self {
        Self { regime, ..self }
    }

    /// Tells whether a case's name begins with a row's id: `d12-...`, or `d12` alone.
    #[must_use]
    pub fn begins(id: &str, name: &str) -> bool {
        let (beginning, rest) = name.split_at_checked(id.len()).unwrap_or((name, ""));
        beginning.eq_ignore_ascii_case(id) && (rest.is_empty() || rest.starts_with('-'))
    }
}

/// Every row from A01 to K17, in order.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [access_flag::ROWS, dirty_state::ROWS, ordering::ROWS, stages::ROWS, invalidation::ROWS]
        .into_iter()
        .flatten()
}
