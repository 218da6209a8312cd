//! What the user sees: the plain log in a pipe; on a terminal, with colours and a line of progress below.

use crate::failure::Failure;
use console::Style;
use indicatif::{ProgressBar, ProgressStyle};
use record::report::{Entry, Line, Mark, Outcome};
use std::{
    fmt::Display,
    fs::File,
    io::{self, IsTerminal, Write},
    path::Path,
};

/// Where the log goes.
pub(crate) struct Screen {
    file: Option<File>,
    progress: Option<ProgressBar>,
}

impl Screen {
    /// Opens the screen, and the file that the log is written to as well.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub(crate) fn open(log: Option<&Path>) -> Result<Self, Failure> {
        let file = log.map(|path| File::create(path).map_err(Failure::file(path))).transpose()?;
        Ok(Self { file, progress: None })
    }

    /// Shows progress towards so many cases, on a terminal.
    pub(crate) fn expect(&mut self, cases: usize) {
        if io::stdout().is_terminal() && io::stderr().is_terminal() {
            let bar = ProgressBar::new(cases as u64);
            let style = ProgressStyle::with_template("{bar:30} {pos} of {len}  {elapsed}  {msg}");
            self.progress = Some(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())));
        }
    }

    /// Shows how many cases have ended, and which suite runs.
    pub(crate) fn advance(&self, cases: usize, suite: &str) {
        if let Some(bar) = &self.progress {
            bar.set_position(cases as u64);
            bar.set_message(suite.to_owned());
        }
    }

    /// Takes the progress away.
    pub(crate) fn finish(&mut self) {
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
    }

    /// Shows a line of the log.
    ///
    /// # Errors
    ///
    /// Where the screen, or the file, is gone.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        let broken = |source| Failure::Output { source };
        if let Some(file) = &mut self.file {
            writeln!(file, "{text}").map_err(broken)?;
        }
        let write = || {
            let mut output = io::stdout().lock();
            writeln!(output, "{}", style(text).apply_to(text))?;
            output.flush()
        };
        match &self.progress {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
        .map_err(broken)
    }

    /// Shows a line of the host.
    ///
    /// # Errors
    ///
    /// Where the screen, or the file, is gone.
    pub(crate) fn comment(&mut self, text: impl Display) -> Result<(), Failure> {
        let line: Line<'_, String> = Line::Diagnostic(text.to_string());
        let text = Entry { depth: 0, line }.to_string();
        text.lines().try_for_each(|line| self.line(line))
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
            Outcome::Pass => style.green().bold(),
            Outcome::Skip => style.yellow().bold(),
            Outcome::Fail | Outcome::Error => style.red().bold(),
        },
        (Line::Result { mark: Mark::NotOk, .. }, _) | (Line::Failed(_) | Line::Error(_), _) => style.red(),
        (Line::Panic(_) | Line::Usage(_), _) => style.red().bold(),
        (Line::Result { mark: Mark::Skip(_), .. }, _) => style.yellow(),
        (Line::Result { mark: Mark::Ok, .. }, _) => style.green(),
        (Line::Diagnostic(_) | Line::Rerun(_), _) => style.dim(),
        _ => style,
    }
}
