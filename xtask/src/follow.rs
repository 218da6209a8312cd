//! Following the emulator: its serial line as it comes, its complaints, its end.

use crate::{
    failure::Failure,
    limits::{Limit, Limits},
    lines::{self, Event},
    log::Record,
    process::{GLANCE, Running, Waited, interrupted},
    screen::Screen,
};
use std::{
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

/// How long the emulator may take to end after the verdict.
const GRACE: Duration = Duration::from_secs(5);

/// How long what an emulator wrote before it was ended may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(1);

/// How many lines before the log are kept, to be shown where no log follows.
const BEFORE: usize = 40;

/// How the emulator came to its end.
#[derive(Debug)]
pub(crate) enum End {
    /// By itself.
    Ended(ExitStatus),
    /// By us, since this limit was up.
    TimedOut(Limit),
    /// By us, since it writes without end.
    Flooded,
    /// By us, since we are to end.
    Interrupted,
}

/// What a log is followed with.
struct Listener<'f> {
    events: Receiver<Event>,
    running: Running,
    screen: &'f mut Screen,
    record: &'f mut Record,
    before: Vec<String>,
}

/// Boots, shows and records the log, until the emulator has ended or a limit is up.
///
/// # Errors
///
/// Where the emulator cannot be started, or the log can be shown no longer; the emulator is ended then.
pub(crate) fn follow(
    command: &mut Command,
    limits: &Limits,
    screen: &mut Screen,
    record: &mut Record,
) -> Result<End, Failure> {
    let deadline = Instant::now() + limits.total;
    let mut running =
        Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (sender, events) = lines::channel();
    if let Some(output) = running.child().stdout.take() {
        lines::read(output, sender.clone(), Event::Serial);
    }
    if let Some(output) = running.child().stderr.take() {
        lines::read(output, sender, Event::Complaint);
    }
    screen.until(deadline);
    let mut listener = Listener { events, running, screen, record, before: Vec::new() };
    let end = listener.listen(limits, deadline)?;
    listener.running.end();
    listener.take_what_is_left()?;
    let Listener { screen, record, before, .. } = listener;
    screen.finish();
    if !record.begun {
        before.iter().try_for_each(|line| screen.comment(format_args!("before the log: {line}")))?;
    }
    if record.verdict.is_some() && !matches!(end, End::Ended(_)) {
        screen.comment("note: the emulator did not end after the verdict, and was ended")?;
    }
    Ok(end)
}

impl Listener<'_> {
    /// Takes lines until the emulator has ended, or is to be.
    fn listen(&mut self, limits: &Limits, deadline: Instant) -> Result<End, Failure> {
        let mut heard = Instant::now();
        let mut closing = None;
        loop {
            if interrupted() {
                return Ok(End::Interrupted);
            }
            match self.events.recv_timeout(GLANCE) {
                Ok(Event::Flood) => return Ok(End::Flooded),
                Ok(event) => {
                    let serial = matches!(event, Event::Serial(_));
                    self.take(event)?;
                    if serial {
                        // Once it is shown: what a slow reader takes is not the emulator's silence.
                        heard = Instant::now();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(self.wait()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            // Whatever has been decided, the emulator gets no more than the grace to end; so does a child of its own
            // that keeps the streams open after the emulator itself has ended.
            if closing.is_none() && (self.record.is_decided() || self.running.ended().is_some()) {
                closing = Some(now + GRACE);
            }
            let silence = limits.silence(self.record.suite.as_ref().map(|suite| suite.name.as_str()));
            if closing.is_some_and(|end| now >= end) {
                return Ok(self.ended_or(Limit::Closed(GRACE)));
            } else if now >= deadline {
                return Ok(self.ended_or(limits.of_run()));
            } else if now - heard >= silence {
                return Ok(self.ended_or(Limit::Silence(silence)));
            }
        }
    }

    /// Waits for the end of an emulator that has closed its streams.
    fn wait(&mut self) -> End {
        match self.running.wait_until(Instant::now() + GRACE) {
            Waited::Ended(status) => End::Ended(status),
            Waited::Interrupted => End::Interrupted,
            Waited::TimedOut => End::TimedOut(Limit::Closed(GRACE)),
        }
    }

    fn ended_or(&mut self, limit: Limit) -> End {
        self.running.ended().map_or(End::TimedOut(limit), End::Ended)
    }

    /// Takes what was under way when the emulator was ended: the last line, finished or not, may tell why it hangs.
    fn take_what_is_left(&mut self) -> Result<(), Failure> {
        let until = Instant::now() + ARRIVAL;
        self.screen.until(until);
        while let Ok(event) = self.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.take(event)?;
        }
        Ok(())
    }

    fn take(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::Serial(line) => {
                self.record.take(&line);
                let record = &self.record;
                if record.begun || record.usage.is_some() || record.panic.is_some() {
                    self.screen.line(&line)?;
                } else if self.before.len() < BEFORE {
                    self.before.push(line);
                }
                let suite = record.suite.as_ref().map_or("", |suite| suite.name.as_str());
                self.screen.advance(record.cases.len(), suite);
            }
            Event::Complaint(line) => {
                self.record.complained = true;
                self.screen.comment(format_args!("emulator: {line}"))?;
            }
            Event::Flood => {}
        }
        Ok(())
    }
}
