//! How long the way to the first case is, against what the emulator itself needs.

use crate::{
    emulator::Emulator,
    failure::{Exit, Failure},
    image::write_whole,
    lines::{self, Event},
    machine::VirtualMachine,
    process::{GLANCE, Running, interrupted},
    screen::print,
};
use record::options::Options;
use std::{
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

/// Pairs of boots that count; one more goes before.
const PAIRS: usize = 15;
/// How long one boot may take.
const LIMIT: Duration = Duration::from_secs(60);
/// The first line of the first suite: boot is over, and the first case begins.
const FIRST_CASE: &str = "# Subtest:";

/// An image that powers off: MOV W0, #0x84000008 (PSCI SYSTEM_OFF, DEN 0022); HVC #0; B to itself.
const EMPTY: [u32; 4] = [0x5280_0100, 0x72b0_8000, 0xd400_0002, 0x1400_0000];

/// Boots the kernel and an empty image in turn, and prints the medians and their ratio.
///
/// # Errors
///
/// Where the emulator cannot be started, or an image does not do what it should.
pub(crate) fn bench(kernel: &Path, options: &Options<'_>) -> Result<Exit, Failure> {
    let machine = VirtualMachine::new(options)?;
    let emulator = Emulator::find(options)?;
    let empty = kernel.with_file_name("empty.img");
    let bytes: Vec<u8> = EMPTY.iter().flat_map(|word| word.to_le_bytes()).collect();
    write_whole(&empty, &bytes)?;
    let (mut off, mut first) = (Vec::new(), Vec::new());
    for pair in 0..=PAIRS {
        let nothing = time(&mut emulator.command(&machine.arguments(&empty)), None)?;
        let case = time(&mut emulator.command(&machine.arguments(kernel)), Some(FIRST_CASE))?;
        if pair > 0 {
            off.push(nothing);
            first.push(case);
        }
    }
    let (off, first) = (median(&mut off), median(&mut first));
    print(format_args!(
        "# boot: {:.1} ms to the first case, {:.1} ms for an empty image to power off, ratio {:.2} (medians of {PAIRS})\n",
        first.as_secs_f64() * 1e3,
        off.as_secs_f64() * 1e3,
        first.as_secs_f64() / off.as_secs_f64(),
    ))?;
    Ok(Exit::Pass)
}

/// Returns the time from the start of the emulator to a line that holds `until`, or to its end.
fn time(command: &mut Command, until: Option<&str>) -> Result<Duration, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let start = Instant::now();
    let mut running = Running::start(command)?;
    let (sender, events) = lines::channel();
    if let Some(output) = running.child().stdout.take() {
        lines::read(output, sender, Event::Serial);
    }
    while start.elapsed() < LIMIT {
        if interrupted() {
            return Err(Failure::Interrupted);
        }
        match (events.recv_timeout(GLANCE), until) {
            (Ok(Event::Serial(line)), Some(until)) if line.contains(until) => return Ok(start.elapsed()),
            (Ok(Event::Flood), _) => break,
            // The emulator's end closes its output: that is the end of an image that powers off.
            (Err(RecvTimeoutError::Disconnected), None) => return Ok(start.elapsed()),
            (Err(RecvTimeoutError::Disconnected), Some(_)) => break,
            (Ok(_) | Err(RecvTimeoutError::Timeout), _) => {}
        }
    }
    let message = format!("the image of the benchmark did not come to its end within {} s", LIMIT.as_secs());
    Err(Failure::Usage { message })
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
