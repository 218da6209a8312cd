//! The writer of the log.

use super::{Counts, Entry, Environment, Line, Mark, TestOutcome, Timing, Verdict};
use core::{
    fmt::{self, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// Writes a run as TAP 13, line by line, and keeps the counts.
///
/// What the writer refuses is lost: a kernel has nowhere else to say so. The reporter holds no lock and its state
/// is whole between two lines, so a CPU that takes over from one that was stopped in the middle of a line can
/// go on with it: the next line begins with a line ending.
pub struct Reporter<W> {
    output: W,
    suite: Option<Suite>,
    planned: usize,
    ended: usize,
    counts: Counts,
    /// Set while a line is being written.
    within_line: AtomicBool,
}

/// The suite that is open.
struct Suite {
    name: &'static str,
    planned: usize,
    counts: Counts,
}

impl<W: Write> Reporter<W> {
    /// Makes a reporter that has written nothing.
    pub const fn new(output: W) -> Self {
        Self {
            output,
            suite: None,
            planned: 0,
            ended: 0,
            counts: Counts { passed: 0, failed: 0, errors: 0, skipped: 0 },
            within_line: AtomicBool::new(false),
        }
    }

    /// Begins the log: the version and the environment.
    pub fn start(&mut self, environment: &Environment<'_>) {
        self.write(0, Line::Version);
        self.write(0, Line::Environment(*environment));
    }

    /// Says how many suites are to come.
    pub fn plan(&mut self, suites: usize) {
        self.planned = suites;
        self.write(0, Line::Plan(suites));
    }

    /// Opens a suite of `cases` cases; one that is still open is ended first.
    ///
    /// # Panics
    ///
    /// With debug assertions, where the name is not lower-case with hyphens.
    pub fn begin_suite(&mut self, name: &'static str, cases: usize) {
        debug_assert!(is_name(name), "suite name {name:?}");
        if self.suite.is_some() {
            self.end_suite();
        }
        self.suite = Some(Suite { name, planned: cases, counts: Counts::default() });
        self.write(1, Line::SuiteVersion);
        self.write(1, Line::Suite(name));
        self.write(1, Line::Plan(cases));
    }

    /// Says anything, of the case whose outcome comes next; each line of the text is a `# ` line.
    pub fn diagnostic(&mut self, text: fmt::Arguments<'_>) {
        self.tell(Line::Diagnostic(text));
    }

    /// Writes a line of the case whose outcome comes next, as it is.
    pub fn tell(&mut self, line: Line<'_, fmt::Arguments<'_>>) {
        self.write(self.depth(), line);
    }

    /// Names the command that runs the case again whose outcome comes next.
    pub fn rerun(&mut self, command: fmt::Arguments<'_>) {
        self.write(self.depth(), Line::Rerun(command));
    }

    /// Says that the kernel was asked for what it does not have; the run ends here, without a verdict.
    pub fn usage(&mut self, text: fmt::Arguments<'_>) {
        self.write(0, Line::Usage(text));
    }

    /// Says that the kernel has a defect; the run ends here, without a verdict.
    pub fn panic(&mut self, text: fmt::Arguments<'_>) {
        self.write(0, Line::Panic(text));
    }

    /// Ends a case. A skip needs a reason; the reason of a pass is shown as a diagnostic.
    ///
    /// # Panics
    ///
    /// With debug assertions, where the name is not lower-case with hyphens, a skip has no reason, or no suite
    /// is open.
    pub fn case(&mut self, name: &str, outcome: TestOutcome, reason: Option<fmt::Arguments<'_>>) {
        debug_assert!(is_name(name), "case name {name:?}");
        debug_assert!(reason.is_some() || outcome != TestOutcome::Skip, "{name} is skipped without a reason");
        debug_assert!(self.suite.is_some(), "{name} stands in no suite");
        let depth = self.depth();
        let number = match &mut self.suite {
            Some(suite) => {
                suite.counts.add(outcome);
                suite.counts.total()
            }
            None => self.ended + 1,
        };
        let told = reason.unwrap_or(format_args!("see the lines above"));
        let mark = match outcome {
            TestOutcome::Pass => {
                if let Some(reason) = reason {
                    self.write(depth, Line::Diagnostic(reason));
                }
                Mark::Ok
            }
            TestOutcome::Fail => {
                self.write(depth, Line::Failed(told));
                Mark::NotOk
            }
            TestOutcome::Error => {
                self.write(depth, Line::Error(told));
                Mark::NotOk
            }
            TestOutcome::Skip => Mark::Skip(told),
        };
        self.write(depth, Line::Result { number, name, mark });
    }

    /// Ends the suite that is open and returns its outcome: an error where its cases are not as many as announced,
    /// or where no suite is open.
    pub fn end_suite(&mut self) -> TestOutcome {
        let Some(suite) = self.suite.take() else { return TestOutcome::Error };
        let Suite { name, planned, mut counts } = suite;
        let reported = counts.total();
        if reported != planned || planned == 0 {
            counts.add(TestOutcome::Error);
            self.write(1, Line::Error(format_args!("{planned} cases announced, {reported} reported")));
        }
        self.counts += counts;
        self.ended += 1;
        let number = self.ended;
        let outcome = counts.outcome();
        let mark = match outcome {
            TestOutcome::Pass => Mark::Ok,
            TestOutcome::Skip => Mark::Skip(format_args!("none of its cases could be tested")),
            TestOutcome::Fail => {
                self.write(0, Line::Failed(format_args!("{} of {reported} cases", counts.failed)));
                Mark::NotOk
            }
            TestOutcome::Error => {
                self.write(0, Line::Error(format_args!("{counts}")));
                Mark::NotOk
            }
        };
        self.write(0, Line::Result { number, name, mark });
        outcome
    }

    /// Ends the run and returns its outcome. A suite that is open is ended first; suites that were announced
    /// and not run, and a lost CPU, are errors.
    pub fn verdict(
        &mut self,
        timing: Timing,
        rerun: fmt::Arguments<'_>,
        lost: Option<fmt::Arguments<'_>>,
    ) -> TestOutcome {
        if self.suite.is_some() {
            self.end_suite();
        }
        let (planned, ended) = (self.planned, self.ended);
        if planned != ended {
            self.counts.add(TestOutcome::Error);
            self.write(0, Line::Error(format_args!("{planned} suites announced, {ended} reported")));
        }
        let outcome = match self.counts.outcome() {
            TestOutcome::Pass | TestOutcome::Skip if lost.is_some() => TestOutcome::Error,
            outcome => outcome,
        };
        self.write(0, Line::Verdict(Verdict { outcome, counts: self.counts, timing, lost }));
        self.write(0, Line::Rerun(rerun));
        outcome
    }

    /// Returns the counts of the suites that have ended and of the cases so far of the one that is open.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = self.counts;
        if let Some(suite) = &self.suite {
            counts += suite.counts;
        }
        counts
    }

    /// Returns the writer.
    pub const fn output(&mut self) -> &mut W {
        &mut self.output
    }

    fn depth(&self) -> usize {
        usize::from(self.suite.is_some())
    }

    fn write(&mut self, depth: usize, line: Line<'_, fmt::Arguments<'_>>) {
        if self.within_line.swap(true, Ordering::Relaxed) {
            let _ = self.output.write_char('\n');
        }
        let _ = writeln!(self.output, "{}", Entry { depth, line });
        self.within_line.store(false, Ordering::Relaxed);
    }
}

/// Tells whether every TAP parser takes `text` for a name: lower-case letters, digits and hyphens, a letter first.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
