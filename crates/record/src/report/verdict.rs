//! The verdict line: what the run came to, in one line.

use super::{Counts, TestOutcome};
use core::{fmt, time::Duration};

/// How long the kernel took.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Timing {
    /// From the first instruction to the first suite.
    pub boot: Duration,
    /// From the first suite to the verdict.
    pub suites: Duration,
}

/// The kernel's verdict; it knows nothing of expectations. `T` is the text of what was lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Verdict<T> {
    /// What the run came to.
    pub outcome: TestOutcome,
    /// How many cases came to what.
    pub counts: Counts,
    /// How long it took.
    pub timing: Timing,
    /// Which CPU was lost, in which case, and what was not run for it.
    pub lost: Option<T>,
}

impl<'a> Verdict<&'a str> {
    /// Reads back what [`Display`](fmt::Display) shows; `None` where anything differs from that form.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(4, " | ");
        let outcome = parts.next()?.parse().ok()?;
        let counts = parse_counts(parts.next()?)?;
        let (boot, suites) = parts.next()?.strip_prefix("boot ")?.split_once(", suites ")?;
        let timing = Timing { boot: parse_seconds(boot)?, suites: parse_seconds(suites)? };
        Some(Self { outcome, counts, timing, lost: parts.next() })
    }
}

/// Shows `fail | passed 211 failed 2 errors 0 skipped 5 | boot 0.041 s, suites 2.913 s`, and ` | ` with what was
/// lost.
impl<T: fmt::Display> fmt::Display for Verdict<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outcome, counts, timing: Timing { boot, suites }, lost } = self;
        write!(formatter, "{outcome} | {counts} | boot {}, suites {}", Seconds(*boot), Seconds(*suites))?;
        match lost {
            Some(lost) => write!(formatter, " | {lost}"),
            None => Ok(()),
        }
    }
}

struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:03} s", self.0.as_secs(), self.0.subsec_millis())
    }
}

fn parse_seconds(text: &str) -> Option<Duration> {
    let (seconds, milliseconds) = text.strip_suffix(" s")?.split_once('.')?;
    let milliseconds: u64 = milliseconds.parse().ok().filter(|_| milliseconds.len() == 3)?;
    let whole = seconds.parse::<u64>().ok()?.checked_mul(1000)?;
    Some(Duration::from_millis(whole.checked_add(milliseconds)?))
}

fn parse_counts(text: &str) -> Option<Counts> {
    let mut words = text.split(' ');
    let mut count = |label| words.next().filter(|word| *word == label).and(words.next())?.parse().ok();
    let counts = Counts {
        passed: count("passed")?,
        failed: count("failed")?,
        errors: count("errors")?,
        skipped: count("skipped")?,
    };
    words.next().is_none().then_some(counts)
}
