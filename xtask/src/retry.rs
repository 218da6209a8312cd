//! What failed and is new, run again: it is firm where it fails each time, and flaky where it does not.

use crate::{
    failure::Failure, judge::Judgement, log::Case, process::interrupted, report::Run, screen::Screen,
};
use std::fmt;

/// What running a case again came to.
pub(crate) enum Again {
    /// It failed, or was an error, once more.
    Fails,
    /// It did not.
    Passes,
    /// There is no verdict that can be trusted, for this reason.
    NoVerdict(String),
}

/// All that was run again.
#[derive(Debug)]
pub(crate) struct Retried {
    cases: Vec<Tally>,
}

/// What a case came to, with how often.
#[derive(Debug)]
struct Tally {
    suite: String,
    case: String,
    times: u32,
    failed: u32,
    passed: u32,
}

impl Retried {
    /// Runs what is new so many times again, one case after the other, and tells what comes of it.
    ///
    /// # Errors
    ///
    /// Where a case cannot be run, or the user ends it.
    pub(crate) fn run(
        screen: &mut Screen,
        judgement: &Judgement<'_>,
        times: u32,
        mut again: impl FnMut(&Case) -> Result<Again, Failure>,
    ) -> Result<Self, Failure> {
        let mut cases = Vec::new();
        for (case, _) in &judgement.new {
            let (suite, name) = (&case.suite, &case.name);
            let mut tally = Tally { suite: suite.clone(), case: name.clone(), times, failed: 0, passed: 0 };
            for time in 1..=times {
                let came_to = again(case)?;
                if interrupted() {
                    return Err(Failure::Interrupted);
                }
                let words = match came_to {
                    Again::Fails => {
                        tally.failed += 1;
                        "fails".to_owned()
                    }
                    Again::Passes => {
                        tally.passed += 1;
                        "does not fail".to_owned()
                    }
                    Again::NoVerdict(why) => format!("has no verdict: {why}"),
                };
                screen.comment(format_args!("retry: {suite}/{name}, {time} of {times}: {words}"))?;
            }
            screen.comment(format_args!("retry: {suite}/{name} is {tally}"))?;
            cases.push(tally);
        }
        Ok(Self { cases })
    }

    /// Adds to a run what is known of its cases by now.
    pub(crate) fn tell(&self, run: &mut Run) {
        for tally in &self.cases {
            run.tell(&tally.suite, &tally.case, format!("retry: {tally}"));
        }
    }
}

impl Tally {
    /// Tells whether it failed, or came to nothing, each time.
    const fn is_firm(&self) -> bool {
        self.passed == 0
    }
}

/// Shows `flaky: it failed 1 of 3 times more`.
impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_firm() { "firm" } else { "flaky" };
        write!(formatter, "{word}: it failed {} of {} times more", self.failed, self.times)?;
        match self.times - self.failed - self.passed {
            0 => Ok(()),
            without => write!(formatter, ", and had no verdict {without} times"),
        }
    }
}

/// Shows `run again: 1 firm, 1 flaky`.
impl fmt::Display for Retried {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let firm = self.cases.iter().filter(|tally| tally.is_firm()).count();
        let flaky = self.cases.len() - firm;
        write!(formatter, "run again: {firm} firm, {flaky} flaky")
    }
}
