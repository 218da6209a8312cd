//! Following the emulator: its serial line as it comes, its complaints, its end.

use crate::{
    failure::Failure,
    log::Record,
    process::{GLANCE, Running, Waited, interrupted},
    screen::Screen,
};
use std::{
    io::{self, Read},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

/// The longest line that is taken; the rest of a longer one is dropped.
const LONGEST_LINE: usize = 1 << 14;

/// How long the emulator may take to end after the verdict.
const GRACE: Duration = Duration::from_secs(5);

/// How many lines before the log are kept, to be shown where no log follows.
const BEFORE: usize = 40;

/// How the emulator came to its end.
#[derive(Debug)]
pub(crate) enum End {
    /// By itself.
    Ended(ExitStatus),
    /// By us, since this limit was up.
    TimedOut(Duration),
    /// By us, since we are to end.
    Interrupted,
}

/// A line, and which stream it came by.
enum Event {
    Serial(String),
    Complaint(String),
}

/// Boots, shows and records the log, until the emulator has ended or `limit` is up.
///
/// # Errors
///
/// Where the emulator cannot be started, or the log can be shown no longer; the emulator is ended then.
pub(crate) fn follow(
    command: &mut Command,
    limit: Duration,
    screen: &mut Screen,
    record: &mut Record,
) -> Result<End, Failure> {
    let started = Instant::now();
    let mut running =
        Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (sender, events) = mpsc::channel();
    if let Some(output) = running.child().stdout.take() {
        read_lines(output, sender.clone(), Event::Serial);
    }
    if let Some(output) = running.child().stderr.take() {
        read_lines(output, sender, Event::Complaint);
    }
    let mut before = Vec::new();
    let end = listen(&events, started + limit, screen, record, &mut before, &mut running);
    let end = match end? {
        None => match running.wait_until(Instant::now() + GRACE) {
            Waited::Ended(status) => End::Ended(status),
            Waited::Interrupted => End::Interrupted,
            Waited::TimedOut => End::TimedOut(limit),
        },
        Some(Waited::Interrupted) => End::Interrupted,
        Some(_) => running.ended().map_or(End::TimedOut(limit), End::Ended),
    };
    running.end();
    screen.finish();
    if !record.begun {
        before.iter().try_for_each(|line| screen.comment(format_args!("before the log: {line}")))?;
    }
    if record.verdict.is_some() && !matches!(end, End::Ended(_)) {
        screen.comment("note: the emulator did not end after the verdict, and was ended")?;
    }
    Ok(end)
}

/// Takes lines until the streams are closed (`None`) or there is no more time.
fn listen(
    events: &Receiver<Event>,
    deadline: Instant,
    screen: &mut Screen,
    record: &mut Record,
    before: &mut Vec<String>,
    running: &mut Running,
) -> Result<Option<Waited>, Failure> {
    let mut deadline = deadline;
    let mut closing = false;
    loop {
        if interrupted() {
            return Ok(Some(Waited::Interrupted));
        }
        match events.recv_timeout(GLANCE) {
            Ok(Event::Serial(line)) => {
                record.take(&line);
                if record.begun || record.usage.is_some() || record.panic.is_some() {
                    screen.line(&line)?;
                } else if before.len() < BEFORE {
                    before.push(line);
                }
                let suite = record.suite.as_ref().map_or("", |suite| suite.name.as_str());
                screen.advance(record.cases.len(), suite);
            }
            Ok(Event::Complaint(line)) => {
                record.complained = true;
                screen.comment(format_args!("emulator: {line}"))?;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {}
        }
        // Whatever has been decided, the emulator gets no more than the grace to end; so does a child of its own
        // that keeps the streams open after the emulator itself has ended.
        if !closing && (record.is_decided() || running.ended().is_some()) {
            closing = true;
            deadline = deadline.min(Instant::now() + GRACE);
        }
        if Instant::now() >= deadline {
            return Ok(Some(Waited::TimedOut));
        }
    }
}

/// Cuts a stream into lines, on a thread of its own.
fn read_lines(stream: impl Read + Send + 'static, sender: Sender<Event>, event: fn(String) -> Event) {
    thread::spawn(move || {
        let send = |line: &[u8]| {
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
            sender.send(event(line)).is_ok()
        };
        let mut stream = stream;
        let mut line = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            for byte in &buffer[..count] {
                match byte {
                    b'\n' => {
                        if !send(&line) {
                            return;
                        }
                        line.clear();
                    }
                    _ if line.len() < LONGEST_LINE => line.push(*byte),
                    _ => {}
                }
            }
        }
        if !line.is_empty() {
            send(&line);
        }
    });
}
