//! The suites: what is asked of a machine, in one static table.

mod abandonment;
mod catalogue;
mod curated;
mod ordering;
mod probes;
mod product;
mod races;
mod rows;
mod run;
mod seed;
mod self_check;
mod sequences;
mod set_access_flags;
mod software;
mod stale;
mod swap;
mod sweep;
mod table;
mod table_memory;
mod updates;

pub use crate::support::{Conclusion, Context, Trouble};
pub use run::{Machine, run};

use cases::product::Combination;
use core::time::Duration;

/// A group of cases with one theme.
#[derive(Debug)]
pub struct Suite {
    /// Its name in the log: lower-case with hyphens.
    pub name: &'static str,
    /// What it is about, in one line.
    pub about: &'static str,
    /// It breaks the kernel on purpose, and runs only where it is asked for.
    pub hidden: bool,
    /// Its cases, in the order in which they run.
    pub cases: &'static [Case],
}

/// One question to the machine.
#[derive(Debug)]
pub struct Case {
    /// Its name, unique in the whole log; its row's id comes first, if it has one.
    pub name: &'static str,
    /// What it claims, in one line.
    pub about: &'static str,
    /// How it is answered.
    pub run: Run,
    /// How long it may take.
    pub budget: Duration,
    /// It takes long, or needs an option, and runs only where it is asked for.
    pub hidden: bool,
}

/// How a case is answered.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// By a row of the case table.
    Row(&'static rows::Row),
    /// By combinations of the product.
    Combinations(&'static [Combination]),
    /// By a function.
    Function(fn(&mut Context<'_>) -> Conclusion),
}

/// A budget that only a case that hangs overruns.
pub const GENEROUS: Duration = Duration::from_secs(60);

impl Case {
    const fn row(name: &'static str, about: &'static str, row: &'static rows::Row) -> Self {
        Self { name, about, run: Run::Row(row), budget: GENEROUS, hidden: false }
    }

    const fn combinations(
        name: &'static str,
        about: &'static str,
        combinations: &'static [Combination],
    ) -> Self {
        Self { name, about, run: Run::Combinations(combinations), budget: GENEROUS, hidden: false }
    }

    const fn function(
        name: &'static str,
        about: &'static str,
        function: fn(&mut Context<'_>) -> Conclusion,
    ) -> Self {
        Self { name, about, run: Run::Function(function), budget: GENEROUS, hidden: false }
    }

    /// The same, only where it is asked for.
    const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// The same with another budget.
    const fn within(self, budget: Duration) -> Self {
        Self { budget, ..self }
    }
}
