//! Holding a log that is complete against what was asked for.

use super::{Problem, Record};
use crate::machine::VirtualMachine;
use std::collections::BTreeSet;

impl Record {
    /// Checks, once the log is complete, that just the cases ran that were asked for, on the machine that was. Where a
    /// CPU was lost the verdict says so itself.
    pub(crate) fn compare(&mut self, selected: &[(&str, &str)], machine: &VirtualMachine<'_>) {
        self.compare_cases(selected);
        self.compare_machine(machine);
    }

    /// Checks that just these cases ran.
    pub(crate) fn compare_cases(&mut self, selected: &[(&str, &str)]) {
        let asked: BTreeSet<(&str, &str)> = selected.iter().copied().collect();
        let ran: BTreeSet<(&str, &str)> =
            self.cases.iter().map(|case| (case.suite.as_str(), case.name.as_str())).collect();
        let id = |(suite, case): &(&str, &str)| format!("{suite}/{case}");
        let lost = self.verdict.as_ref().is_some_and(|verdict| verdict.lost.is_some());
        let mut problems: Vec<Problem> =
            ran.difference(&asked).map(|case| Problem::NotAsked(id(case))).collect();
        if !lost {
            problems.extend(asked.difference(&ran).map(|case| Problem::NotRun(id(case))));
        }
        problems.into_iter().for_each(|problem| self.problem(problem));
    }

    /// Checks that the machine is the one that was asked for.
    pub(crate) fn compare_machine(&mut self, machine: &VirtualMachine<'_>) {
        self.other_machine = self.environment().and_then(|environment| machine.difference(&environment));
    }
}
