//! The line of progress below a log on a terminal: how far a run is, and how long it may still take.

use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

/// How often the line is drawn again while nothing happens.
const TICK: Duration = Duration::from_millis(500);

/// What a long case begins its lines on its own progress with.
const OF_CASE: &str = "progress: ";

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Share {
    /// Cases that are to run.
    cases: usize,
    /// Those that have ended.
    ended: usize,
    /// The part of the case that runs, from 0 to 1, as far as it tells.
    of_case: f64,
}

impl Share {
    /// Estimates how long the rest takes, if it goes on as it went; nothing where nothing is known yet.
    fn left(self, elapsed: Duration) -> Option<Duration> {
        let share = (self.ended as f64 + self.of_case) / self.cases.max(1) as f64;
        (share > 0.0 && share <= 1.0).then(|| elapsed.mul_f64((1.0 - share) / share))
    }
}

/// The line; it is drawn where the error stream is a terminal, and nowhere else.
pub(crate) struct Progress {
    bar: ProgressBar,
    share: Share,
    suite: String,
    began: Instant,
    limit: Option<Duration>,
}

impl Progress {
    /// Shows progress towards so many cases.
    pub(crate) fn new(cases: usize) -> Option<Self> {
        io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(cases as u64);
            let style = ProgressStyle::with_template("{bar:20} {pos} of {len}  {elapsed}  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(TICK);
            let share = Share { cases, ..Share::default() };
            Self { bar, share, suite: String::new(), began: Instant::now(), limit: None }
        })
    }

    /// Returns what draws the line.
    pub(crate) fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    /// Says after how long the run is ended, whatever it is at.
    pub(crate) fn limit(&mut self, limit: Duration) {
        (self.limit, self.began) = (Some(limit), Instant::now());
        self.bar.set_message(self.text());
    }

    /// Takes a line of the log, after which so many cases have ended.
    pub(crate) fn take(&mut self, line: &str, ended: usize, suite: &str) {
        if let Some(part) = of_case(line) {
            self.share.of_case = part;
        } else if (ended, suite) == (self.share.ended, self.suite.as_str()) {
            return;
        }
        if ended != self.share.ended {
            (self.share.ended, self.share.of_case) = (ended, 0.0);
        }
        suite.clone_into(&mut self.suite);
        self.bar.set_position(ended as u64);
        self.bar.set_message(self.text());
    }

    fn text(&self) -> String {
        let left = self.share.left(self.began.elapsed()).map(|left| format!("about {} left", seconds(left)));
        let limit = self.limit.map(|limit| format!("at most {}", seconds(limit)));
        [left, limit, Some(self.suite.clone())]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Takes the line away, however the run ends.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Reads how far a case says that it is: `# progress: 3 of 8; ...`, as a part of 1.
fn of_case(line: &str) -> Option<f64> {
    let text = line.trim_start_matches([' ', '#']).strip_prefix(OF_CASE)?;
    let (next, rest) = text.split_once(" of ")?;
    let length = rest.split(|character: char| !character.is_ascii_digit()).next()?;
    let (next, length): (f64, f64) = (next.parse().ok()?, length.parse().ok()?);
    (length > 0.0 && next <= length).then_some(next / length)
}

/// Shows a time as a person says it.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::{Share, of_case, seconds};
    use std::time::Duration;

    #[test]
    fn what_is_left_follows_from_what_is_done() {
        let left = |cases, ended, of_case, elapsed| {
            Share { cases, ended, of_case }.left(Duration::from_secs(elapsed)).map(|left| left.as_secs())
        };
        assert_eq!(left(10, 0, 0.0, 5), None);
        assert_eq!(left(10, 5, 0.0, 5), Some(5));
        assert_eq!(left(10, 10, 0.0, 5), Some(0));
        // A single case that takes days tells by itself.
        assert_eq!(left(1, 0, 0.25, 100), Some(300));
        // More cases than were asked for, and none at all.
        assert_eq!(left(10, 11, 0.0, 5), None);
        assert_eq!(left(0, 0, 0.0, 5), None);
    }

    #[test]
    fn a_case_tells_how_far_it_is() {
        let line = "    # progress: 3 of 4; 20 run and 0 fail so far; 7 a second and CPU";
        assert_eq!(of_case(line), Some(0.75));
        for line in ["# progress: 5 of 4; x", "# progress: 0 of 0; x", "# progress: x of 4", "ok 1 progress"]
        {
            assert_eq!(of_case(line), None, "{line}");
        }
    }

    #[test]
    fn times_are_short() {
        let shown = [0, 119, 120, 7199, 7200, 90_000].map(|count| seconds(Duration::from_secs(count)));
        assert_eq!(shown, ["0 s", "119 s", "2 min", "119 min", "2 h", "25 h"]);
    }
}
