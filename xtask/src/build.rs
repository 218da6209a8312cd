//! Building the kernel.

use crate::{
    failure::{Exit, Failure},
    image::Image,
    process::{Running, Waited},
    toolchain::Toolchain,
};
use record::report::Atomics;
use serde_json::Value;
use std::{
    io::Read,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

/// How long a build may take.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// Builds the kernel with these atomics and, beside it, the raw image; returns the path of the linked file.
///
/// # Errors
///
/// Where cargo cannot be started or fails, and has then told why; where it is interrupted, and is ended then.
pub(crate) fn kernel(toolchain: &Toolchain, atomics: Atomics) -> Result<PathBuf, Failure> {
    eprintln!("# build: {toolchain}");
    let mut command = toolchain.cargo_for_atomics("build", atomics);
    command.args(["--bin", "afdbm-kernel", "--message-format", "json-render-diagnostics"]);
    let unusable =
        |problem: String| Failure::Tool { tool: "cargo build".into(), problem, hint: "see the lines above" };
    let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let output = running.child().stdout.take();
    let messages = thread::spawn(move || {
        let mut bytes = Vec::new();
        output.map_or(Ok(0), |mut output| output.read_to_end(&mut bytes)).map(|_| bytes)
    });
    match running.wait_until(Instant::now() + LIMIT) {
        Waited::Ended(status) if status.success() => {}
        Waited::Ended(_) => return Err(Failure::Step { name: "the build", status: Exit::Usage as u8 }),
        Waited::TimedOut => return Err(unusable(format!("takes more than {} s", LIMIT.as_secs()))),
        Waited::Interrupted => return Err(Failure::Interrupted),
    }
    // Nothing that cargo has left behind keeps the stream open.
    running.end();
    let messages = messages.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let messages = messages.map_err(|error| unusable(error.to_string()))?;
    let kernel = String::from_utf8_lossy(&messages)
        .lines()
        .find_map(executable)
        .ok_or_else(|| unusable("names no executable".into()))?;
    Image::read(&kernel)?.write_raw()?;
    Ok(kernel)
}

/// Returns the executable that a message of cargo names.
fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(|path| Path::new(path).to_owned())
}
