//! Building the kernel.

use crate::{
    failure::{Exit, Failure},
    image::Image,
    toolchain::Toolchain,
};
use record::report::Atomics;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

/// Builds the kernel with these atomics and, beside it, the raw image; returns the path of the linked file.
///
/// # Errors
///
/// Where cargo cannot be started or fails; cargo has then told why.
pub(crate) fn kernel(toolchain: &Toolchain, atomics: Atomics) -> Result<PathBuf, Failure> {
    eprintln!("# build: {toolchain}");
    let mut command = toolchain.cargo_for_atomics("build", atomics);
    command.args(["--bin", "afdbm-kernel", "--message-format", "json-render-diagnostics"]);
    let unusable =
        |problem: String| Failure::Tool { tool: "cargo build".into(), problem, hint: "see the lines above" };
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| unusable(error.to_string()))?;
    if !output.status.success() {
        return Err(Failure::Step { name: "the build", status: Exit::Usage as u8 });
    }
    let kernel = String::from_utf8_lossy(&output.stdout)
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
