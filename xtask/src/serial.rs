//! A machine's serial line, as a stream that outlives a device that goes away for a while.

use crate::{failure::Failure, lines::Event};
use record::options::SerialLine;
use std::{
    fmt,
    io::{self, ErrorKind, Read},
    path::PathBuf,
    sync::mpsc::SyncSender,
    thread,
    time::{Duration, Instant},
};

/// How long a read waits before it looks again.
const GLANCE: Duration = Duration::from_millis(200);

/// How long a device that has gone away is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A serial line that is open: 8 bits, no parity, one stop bit, no flow control.
pub(crate) struct SerialPort {
    device: PathBuf,
    baud: u32,
    port: Option<serial2::SerialPort>,
    /// Where to say that the device has gone away, or is back.
    notes: Option<SyncSender<Event>>,
}

impl SerialPort {
    /// Opens the device.
    ///
    /// # Errors
    ///
    /// Where it is not there, is none, or has no such speed.
    pub(crate) fn open(line: SerialLine<'_>) -> Result<Self, Failure> {
        let mut port = Self { device: line.device().into(), baud: line.baud(), port: None, notes: None };
        port.port = Some(port.attach().map_err(Failure::file(line.device()))?);
        Ok(port)
    }

    /// Says what happens to the device where the log is followed.
    pub(crate) fn with_notes(mut self, notes: SyncSender<Event>) -> Self {
        self.notes = Some(notes);
        self
    }

    fn attach(&self) -> io::Result<serial2::SerialPort> {
        let mut port = serial2::SerialPort::open(&self.device, self.baud)?;
        port.set_read_timeout(GLANCE)?;
        Ok(port)
    }

    /// Returns whether somebody still listens.
    fn note(&self, text: String) -> bool {
        self.notes.as_ref().is_none_or(|notes| notes.send(Event::Note(text)).is_ok())
    }

    /// Waits for a device that has gone away; what the machine says meanwhile is lost, and the log will not add up.
    fn wait_for_return(&mut self) -> bool {
        let (device, seconds) = (self.device.display().to_string(), PATIENCE.as_secs());
        let until = Instant::now() + PATIENCE;
        let heard = self.note(format!("{device} has gone away; it is waited for, {seconds} s at most"));
        while heard && Instant::now() < until {
            if let Ok(port) = self.attach() {
                self.port = Some(port);
                return self.note(format!("{device} is back; what was said meanwhile is lost"));
            }
            thread::sleep(GLANCE);
        }
        false
    }
}

impl fmt::Display for SerialPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {} baud", self.device.display(), self.baud)
    }
}

impl Read for SerialPort {
    /// Reads what has come; an end only where the device stays away.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(port) = &self.port else {
                if self.wait_for_return() {
                    continue;
                }
                return Ok(0);
            };
            match port.read(buffer) {
                Ok(0) => self.port = None,
                Ok(count) => return Ok(count),
                Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                Err(_) => self.port = None,
            }
        }
    }
}
