//! What the user sees: the plain log in a pipe; on a terminal, with colours.

use crate::{
    failure::Failure,
    process::{GLANCE, interrupted},
    progress::Progress,
};
use console::Style;
use indicatif::ProgressBar;
use record::report::{Entry, Line, Mark, TestOutcome};
use std::{
    fmt::Display,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Lines that wait to be shown; where a reader is slower, the emulator has to wait.
const WAITING: usize = 256;

/// How long a reader that stands still is waited for at the end, if there is no more time.
const GRACE: Duration = Duration::from_secs(5);

/// The same after an interrupt.
const GRACE_AFTER_INTERRUPT: Duration = Duration::from_secs(1);

/// Where the log goes: by a thread of its own, so that a reader that stands still keeps neither the time-out nor an
/// interrupt from having their effect.
pub(crate) struct Screen {
    lines: Option<SyncSender<String>>,
    writer: Option<JoinHandle<Result<(), Failure>>>,
    progress: Option<Progress>,
    deadline: Option<Instant>,
    interrupt: Option<Instant>,
}

impl Screen {
    /// Opens the screen, and the file that the log is written to as well; a terminal shows progress towards so many cases.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub(crate) fn open(log: Option<&Path>, cases: usize) -> Result<Self, Failure> {
        let file = log.map(create).transpose()?;
        Ok(Self::new(true, file, Progress::new(cases)))
    }

    /// Opens a file that the log is written to, and nothing on the screen.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub(crate) fn file(log: &Path) -> Result<Self, Failure> {
        Ok(Self::new(false, Some(create(log)?), None))
    }

    fn new(shown: bool, file: Option<(BufWriter<File>, PathBuf)>, progress: Option<Progress>) -> Self {
        let (lines, waiting) = sync_channel(WAITING);
        let bar = progress.as_ref().map(Progress::bar);
        let writer = thread::spawn(move || show(&waiting, file, shown, bar.as_ref()));
        Self { lines: Some(lines), writer: Some(writer), progress, deadline: None, interrupt: None }
    }

    /// Opens a screen that shows nothing.
    pub(crate) const fn hidden() -> Self {
        Self { lines: None, writer: None, progress: None, deadline: None, interrupt: None }
    }

    /// Says until when a reader that stands still is waited for.
    pub(crate) fn until(&mut self, deadline: Instant) {
        self.deadline = Some(deadline.max(Instant::now() + GRACE));
    }

    /// Shows on a terminal after how long the run is ended.
    pub(crate) fn limit(&mut self, limit: Duration) {
        if let Some(progress) = &mut self.progress {
            progress.limit(limit);
        }
    }

    /// Shows on a terminal how many cases have ended after this line, and which suite runs.
    pub(crate) fn advance(&mut self, line: &str, cases: usize, suite: &str) {
        if let Some(progress) = &mut self.progress {
            progress.take(line, cases, suite);
        }
    }

    /// Takes the progress away.
    pub(crate) fn finish(&mut self) {
        self.progress = None;
    }

    /// Shows a line of the log.
    ///
    /// # Errors
    ///
    /// Where the screen, or the file, is gone, or does not take the line in time.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        let mut text = text.to_owned();
        loop {
            let Some(lines) = &self.lines else { return Ok(()) };
            match lines.try_send(text) {
                Ok(()) => return Ok(()),
                // The writer has ended, which only an error makes it do.
                Err(TrySendError::Disconnected(_)) => return self.close(),
                Err(TrySendError::Full(line)) => text = line,
            }
            self.wait()?;
        }
    }

    /// Shows a line of the host.
    ///
    /// # Errors
    ///
    /// As of [`line`](Self::line).
    pub(crate) fn comment(&mut self, text: impl Display) -> Result<(), Failure> {
        let line: Line<'_, String> = Line::Diagnostic(text.to_string());
        let text = Entry { depth: 0, line }.to_string();
        text.lines().try_for_each(|line| self.line(line))
    }

    /// Waits until everything is shown.
    ///
    /// # Errors
    ///
    /// As of [`line`](Self::line).
    pub(crate) fn close(&mut self) -> Result<(), Failure> {
        self.lines = None;
        while self.writer.as_ref().is_some_and(|writer| !writer.is_finished()) {
            self.wait()?;
        }
        match self.writer.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }

    /// Lets the writer go on, unless there is a reason not to wait for it.
    fn wait(&mut self) -> Result<(), Failure> {
        if interrupted() {
            let since = self.interrupt.get_or_insert_with(Instant::now);
            if since.elapsed() >= GRACE_AFTER_INTERRUPT {
                return Err(Failure::Interrupted);
            }
        }
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Failure::Standstill);
        }
        thread::sleep(GLANCE / 20);
        Ok(())
    }
}

fn create(path: &Path) -> Result<(BufWriter<File>, PathBuf), Failure> {
    let file = File::create(path).map_err(Failure::file(path))?;
    Ok((BufWriter::new(file), path.to_owned()))
}

/// Shows the lines as they come, and writes them to the file.
fn show(
    lines: &Receiver<String>,
    mut file: Option<(BufWriter<File>, PathBuf)>,
    shown: bool,
    progress: Option<&ProgressBar>,
) -> Result<(), Failure> {
    let broken = |source| Failure::Output { source };
    while let Ok(first) = lines.recv() {
        // As many as there are, before the reader is to see them.
        let together: Vec<String> = std::iter::once(first).chain(lines.try_iter().take(WAITING)).collect();
        if let Some((file, path)) = &mut file {
            let written = together.iter().try_for_each(|line| writeln!(file, "{line}"));
            written.and_then(|()| file.flush()).map_err(Failure::file(&*path))?;
        }
        if !shown {
            continue;
        }
        let write = || {
            let mut output = io::stdout().lock();
            together.iter().try_for_each(|line| writeln!(output, "{}", style(line).apply_to(line)))?;
            output.flush()
        };
        match progress {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
        .map_err(broken)?;
    }
    Ok(())
}

/// Prints what was asked for; a reader that has seen enough of it is content.
///
/// # Errors
///
/// Where it cannot be written for another reason.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match write!(output, "{text}").and_then(|()| output.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output { source }),
        _ => Ok(()),
    }
}

/// Chooses the colour of a line; in a pipe it has none.
fn style(text: &str) -> Style {
    let style = Style::new().for_stdout();
    let host = text.strip_prefix("# host: ");
    match (Entry::parse(text).line, host) {
        (_, Some(host)) if host.starts_with("pass") => style.green().bold(),
        (_, Some(host)) if ["fail", "error", "nothing"].iter().any(|word| host.starts_with(word)) => {
            style.red().bold()
        }
        (Line::Verdict(verdict), _) => match verdict.outcome {
            TestOutcome::Pass => style.green().bold(),
            TestOutcome::Skip => style.yellow().bold(),
            TestOutcome::Fail | TestOutcome::Error => style.red().bold(),
        },
        (Line::Result { mark: Mark::NotOk, .. }, _) | (Line::Failed(_) | Line::Error(_), _) => style.red(),
        (Line::Panic(_) | Line::Usage(_), _) => style.red().bold(),
        (Line::Result { mark: Mark::Skip(_), .. }, _) => style.yellow(),
        (Line::Result { mark: Mark::Ok, .. }, _) => style.green(),
        (Line::Diagnostic(_) | Line::Rerun(_), _) => style.dim(),
        _ => style,
    }
}
