//! Cutting a stream into lines, within bounds that hold whatever comes.

use std::{
    io::{self, Read},
    sync::mpsc::Receiver,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

/// The longest line that is taken; the rest of a longer one is dropped.
const LONGEST_LINE: usize = 1 << 14;

/// Lines that wait to be taken; a stream that is faster than they are taken has to wait.
const WAITING: usize = 256;

/// The most bytes of a stream that are read.
pub(crate) const LARGEST: u64 = 64 << 20;

/// What comes from a program, and by which of its streams.
#[derive(Debug)]
pub(crate) enum Event {
    /// A line of its output.
    Serial(String),
    /// A line of its errors.
    Complaint(String),
    /// What there is to say of a serial line itself.
    Note(String),
    /// It has written more than [`LARGEST`] to one of them, and is read no further.
    Flood,
}

/// Makes the way from the streams to whoever listens.
pub(crate) fn channel() -> (SyncSender<Event>, Receiver<Event>) {
    sync_channel(WAITING)
}

/// Cuts a stream into lines, on a thread of its own.
pub(crate) fn read(
    stream: impl Read + Send + 'static,
    sender: SyncSender<Event>,
    event: fn(String) -> Event,
) {
    thread::spawn(move || {
        let whole = cut(stream, |line| sender.send(event(line)).is_ok());
        // Where nobody listens any longer, nobody has to know.
        let _ = whole || sender.send(Event::Flood).is_err();
    });
}

/// Gives each line, without its ending, to `take`, until the stream ends or `take` wants no more; a last line needs no
/// ending. Returns false where the stream has more than [`LARGEST`] bytes.
pub(crate) fn cut(mut stream: impl Read, mut take: impl FnMut(String) -> bool) -> bool {
    let text = |line: &[u8]| String::from_utf8_lossy(line).trim_end_matches('\r').to_owned();
    let mut line = Vec::new();
    let mut buffer = [0; 1 << 14];
    let mut left = LARGEST;
    loop {
        let count = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let Some(rest) = left.checked_sub(count as u64) else { return false };
        left = rest;
        for byte in &buffer[..count] {
            match byte {
                b'\n' => {
                    if !take(text(&line)) {
                        return true;
                    }
                    line.clear();
                }
                _ if line.len() < LONGEST_LINE => line.push(*byte),
                _ => {}
            }
        }
    }
    if !line.is_empty() {
        take(text(&line));
    }
    true
}
