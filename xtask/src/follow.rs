//! Following a log as it comes: from the emulator, with its complaints and its end, from a file, or by a serial line.

use crate::{
    failure::Failure,
    limits::{Limit, Limits},
    lines::{self, Event},
    log::Record,
    process::{GLANCE, Running, Waited, interrupted, watch_for_interrupts},
    screen::Screen,
    serial::SerialPort,
};
use std::{
    io::Read,
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

/// How long the emulator may take to end after the verdict.
const GRACE: Duration = Duration::from_secs(5);

/// How long what an emulator wrote before it was ended may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(1);

/// How long a machine may be silent that is not started by this program: somebody has to switch it on.
const FOR_A_MACHINE: Duration = Duration::from_secs(600);

/// How many lines before the log are kept, to be shown where no log follows.
const BEFORE: usize = 40;

/// Where a log comes from.
pub(crate) enum Source<'c> {
    /// An emulator, which is started.
    Emulator(&'c mut Command),
    /// A file, or a pipe.
    Stream(Box<dyn Read + Send>),
    /// A machine at the other end of a serial line.
    Serial(SerialPort),
}

/// How a log came to its end.
#[derive(Debug)]
pub(crate) enum End {
    /// With the emulator's, by itself.
    Ended(ExitStatus),
    /// With the file's, or with the machine's last word.
    Closed,
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
    /// The emulator, if there is one.
    running: Option<Running>,
    /// Whether the log goes on for as long as there is something to say, whatever has been decided.
    is_whole: bool,
    screen: &'f mut Screen,
    record: &'f mut Record,
    before: Vec<String>,
}

/// Shows and records the log, until its source has ended or a limit is up.
///
/// # Errors
///
/// Where the emulator cannot be started, or the log can be shown no longer; the emulator is ended then.
pub(crate) fn follow(
    source: Source<'_>,
    limits: &Limits,
    screen: &mut Screen,
    record: &mut Record,
) -> Result<End, Failure> {
    let deadline = Instant::now() + limits.total;
    let (sender, events) = lines::channel();
    let is_whole = matches!(source, Source::Stream(_));
    let running = match source {
        Source::Emulator(command) => {
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut running = Running::start(command)?;
            if let Some(output) = running.child().stdout.take() {
                lines::read(output, sender.clone(), Event::Serial);
            }
            if let Some(output) = running.child().stderr.take() {
                lines::read(output, sender, Event::Complaint);
            }
            Some(running)
        }
        Source::Stream(stream) => {
            watch_for_interrupts();
            lines::read(stream, sender, Event::Serial);
            None
        }
        Source::Serial(port) => {
            watch_for_interrupts();
            lines::read(port.with_notes(sender.clone()), sender, Event::Serial);
            None
        }
    };
    screen.until(deadline);
    screen.limit(limits.total);
    let mut listener = Listener { events, running, is_whole, screen, record, before: Vec::new() };
    let end = listener.listen(limits, deadline)?;
    listener.screen.until(Instant::now() + ARRIVAL);
    if let Some(running) = &mut listener.running {
        running.end();
        listener.take_what_is_left()?;
    }
    let Listener { screen, record, before, .. } = listener;
    screen.finish();
    if !record.begun {
        before.iter().try_for_each(|line| screen.comment(format_args!("before the log: {line}")))?;
    }
    if record.verdict.is_some() && !matches!(end, End::Ended(_) | End::Closed) {
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
            let decided = self.record.is_decided() && !self.is_whole;
            if closing.is_none() && (decided || self.ended().is_some()) {
                closing = Some(now + GRACE);
            }
            let silence = match &self.record.suite {
                Some(suite) => limits.silence(Some(&suite.name)),
                None if self.running.is_none() && !self.record.begun => FOR_A_MACHINE,
                None => limits.silence(None),
            };
            if closing.is_some_and(|end| now >= end) {
                return Ok(self.ended_or(Limit::Closed(GRACE)));
            } else if now >= deadline {
                return Ok(self.ended_or(limits.of_run()));
            } else if now - heard >= silence {
                return Ok(self.ended_or(Limit::Silence(silence)));
            }
        }
    }

    /// Returns how the emulator has ended, if it has.
    fn ended(&mut self) -> Option<ExitStatus> {
        self.running.as_mut().and_then(Running::ended)
    }

    /// Waits for the end of an emulator that has closed its streams.
    fn wait(&mut self) -> End {
        let Some(running) = &mut self.running else { return End::Closed };
        match running.wait_until(Instant::now() + GRACE) {
            Waited::Ended(status) => End::Ended(status),
            Waited::Interrupted => End::Interrupted,
            Waited::TimedOut => End::TimedOut(Limit::Closed(GRACE)),
        }
    }

    fn ended_or(&mut self, limit: Limit) -> End {
        match self.ended() {
            Some(status) => End::Ended(status),
            None if self.running.is_none() && matches!(limit, Limit::Closed(_)) => End::Closed,
            None => End::TimedOut(limit),
        }
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
                let suite = record.suite.as_ref().map_or("", |suite| suite.name.as_str());
                self.screen.advance(&line, record.cases.len(), suite);
                if record.begun || record.usage.is_some() || record.panic.is_some() {
                    self.screen.line(&line)?;
                } else if self.before.len() < BEFORE {
                    self.before.push(line);
                }
            }
            Event::Complaint(line) => {
                self.record.complained = true;
                self.screen.comment(format_args!("emulator: {line}"))?;
            }
            Event::Note(note) => self.screen.comment(format_args!("note: {note}"))?,
            Event::Flood => {}
        }
        Ok(())
    }
}
