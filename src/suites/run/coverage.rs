//! What the cases of a run came to, by the rows and interleavings that they show.

use cases::Case;
use cases::rows::{INTERLEAVINGS, rows};
use core::fmt::Write;
use record::report::{Reporter, TestOutcome};

/// Every row of the case table and every interleaving, with its cases and what they came to.
pub fn tell<W: Write>(reporter: &mut Reporter<W>, outcomes: &[(&Case, TestOutcome)]) {
    for row in rows() {
        let mut shown = false;
        for (case, outcome) in outcomes.iter().filter(|(case, _)| case.shows(row.id)) {
            shown = true;
            let (id, rules, name) = (row.id, row.rules, case.name);
            reporter.diagnostic(format_args!("coverage: {id} | {rules} | {name} | {outcome:?}"));
        }
        if !shown {
            let how = row.showing;
            reporter.diagnostic(format_args!("coverage: {} | {} | - | {how}", row.id, row.rules));
        }
    }
    for one in INTERLEAVINGS {
        for (case, outcome) in outcomes.iter().filter(|(case, _)| case.shows(one.id)) {
            let name = case.name;
            reporter
                .diagnostic(format_args!("coverage: {} | {} | {name} | {outcome:?}", one.id, one.sentence));
        }
    }
}
