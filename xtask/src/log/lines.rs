//! Taking a log line by line.

use super::{DETAILS, KINDS, Problem, Record, Suite};
use crate::{report::origin, terminal};
use record::report::{Entry, Line, TestOutcome};

impl Record {
    /// Takes the next line.
    pub(crate) fn take(&mut self, text: &str) {
        self.heard = true;
        if self.begun {
            return self.take_line(text);
        }
        let text = terminal::behind_controls(text);
        match Entry::parse(text).line {
            Line::Version | Line::Usage(_) | Line::Panic(_) => self.take_line(text),
            Line::Diagnostic(comment) => origin::take(&mut self.origin, comment),
            _ => {}
        }
    }

    fn take_line(&mut self, text: &str) {
        let Entry { depth, line } = Entry::parse(text);
        // Behind the kernel's last line stands what this program has made of it.
        if self.origin.emulator.is_some() && self.rerun.is_some() && text.starts_with('#') {
            if let Line::Panic(text) = line {
                self.panic = Some(text.to_owned());
            }
            self.judged = text.strip_prefix("# host: ").map(str::to_owned).or(self.judged.take());
            return;
        }
        let may_follow_the_verdict =
            matches!(line, Line::Diagnostic(_) | Line::Rerun(_) | Line::Other(_) | Line::Panic(_));
        if self.verdict.is_some() && !may_follow_the_verdict {
            self.problem(Problem::Misplaced(text.to_owned()));
            return;
        }
        if self.is_out_of_form(text, depth, &line) {
            self.problem(Problem::Misplaced(text.to_owned()));
            return;
        }
        match line {
            Line::Version if !self.begun && depth == 0 => self.begun = true,
            Line::Environment(_) if depth == 0 && self.environment.is_none() && self.planned.is_none() => {
                self.environment = text.strip_prefix("# ").map(str::to_owned);
            }
            Line::SuiteVersion if depth == 1 && self.suite.is_none() && self.planned.is_some() => {
                self.suite = Some(Suite::default());
                self.forget_what_was_told();
            }
            Line::Suite(name) if depth == 1 => match &mut self.suite {
                Some(suite) if suite.name.is_empty() => name.clone_into(&mut suite.name),
                _ => self.problem(Problem::Misplaced(text.to_owned())),
            },
            Line::Plan(planned) => {
                let (place, expected_depth, comes_first) = match &mut self.suite {
                    Some(suite) => (&mut suite.planned, 1, suite.reported == 0 && !suite.name.is_empty()),
                    None => (&mut self.planned, 0, self.suites == 0),
                };
                let misplaced = place.replace(planned).is_some() || depth != expected_depth || !comes_first;
                if self.suite.is_some() {
                    self.planned_cases = self.planned_cases.saturating_add(planned);
                }
                if misplaced {
                    self.problem(Problem::Misplaced(text.to_owned()));
                }
            }
            Line::Failed(reason) => self.set_reason(depth, TestOutcome::Fail, reason),
            Line::Error(reason) => self.set_reason(depth, TestOutcome::Error, reason),
            Line::Result { number, name, mark } if depth == 1 && self.suite.is_some() => {
                self.end_case(number, name, mark);
            }
            Line::Result { number, name, mark } if depth == 0 => self.end_suite(number, name, mark),
            Line::Verdict(verdict) if depth == 0 => self.end(verdict),
            Line::Rerun(command) if self.verdict.is_some() => self.rerun = Some(command.to_owned()),
            Line::Rerun(command) => self.detail(format!("rerun: {command}")),
            Line::Kinds { kinds, failures } if depth == 1 && self.is_planned() => {
                if self.announced.replace((kinds, failures)).is_some() || !self.kinds.is_empty() {
                    self.problem(Problem::Misplaced(text.to_owned()));
                }
            }
            Line::Kind { count, kind } if depth == 1 && self.is_planned() => {
                if self.kinds.iter().any(|(_, told)| *told == kind) {
                    self.problem(Problem::Repeated(text.to_owned()));
                }
                self.detail(text.trim_start_matches([' ', '#']).to_owned());
                if self.kinds.len() < KINDS {
                    self.kinds.push((count, kind));
                }
            }
            // What resembles a line that decides could hide one: a kind that is new, another verdict.
            Line::Diagnostic(text) | Line::Other(text) if Line::resembles_one_that_decides(text) => {
                self.problem(Problem::Misplaced(text.to_owned()));
            }
            Line::Usage(text) => self.usage = Some(text.to_owned()),
            Line::Panic(text) => self.panic = Some(text.to_owned()),
            Line::Diagnostic(text) if self.planned.is_none() && self.notes.len() < DETAILS => {
                if let Some(name) = text.strip_prefix(Line::HYPERVISOR) {
                    self.hypervisor = Some(name.to_owned());
                }
                self.notes.push(text.to_owned());
            }
            Line::Diagnostic(text) => self.detail(text.to_owned()),
            // A line that firmware writes in between is no part of the log.
            Line::Other(_) => {}
            _ => self.problem(Problem::Misplaced(text.to_owned())),
        }
    }

    /// Tells whether a line on which the outcome depends is not as the kernel writes it, or comes between a reason and
    /// its result.
    fn is_out_of_form(&self, text: &str, depth: usize, line: &Line<'_>) -> bool {
        match line {
            Line::Diagnostic(_) | Line::Other(_) | Line::Rerun(_) | Line::Usage(_) | Line::Panic(_) => false,
            _ if Entry { depth, line: *line }.to_string() != text => true,
            Line::Failed(_) | Line::Error(_) | Line::Result { .. } | Line::Verdict(_) => false,
            _ => self.reason.is_some(),
        }
    }

    /// Tells whether a suite is open that has said how many cases it has.
    fn is_planned(&self) -> bool {
        self.suite.as_ref().is_some_and(|suite| suite.planned.is_some())
    }
}
