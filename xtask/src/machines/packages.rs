//! Debian's packages for arm64: fetched beside those of the host, without root, and unpacked.

use super::parts::Missing;
use crate::{
    failure::Failure,
    process::{Running, Waited},
    toolchain::on_path,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// How long a package and all that it needs may take to be fetched.
const LIMIT: Duration = Duration::from_secs(600);

/// Returns the folder with a package and all that it depends on, unpacked; fetches it if it is not there.
///
/// # Errors
///
/// Where this host is no Debian, or the network does not give it.
pub(super) fn unpacked(folder: &Path, package: &str) -> Result<PathBuf, Missing> {
    let root = folder.join(package);
    let whole = folder.join(format!("{package}.whole"));
    if whole.is_file() {
        return Ok(root);
    }
    if ["apt-get", "dpkg-deb"].iter().any(|tool| on_path(tool).is_none()) {
        return Err(Missing::Part(format!("{package} for arm64: apt-get and dpkg-deb would fetch it")));
    }
    let state = folder.join("apt");
    for part in ["lists/partial", "cache/archives/partial"] {
        let path = state.join(part);
        fs::create_dir_all(&path).map_err(Failure::file(&path))?;
    }
    let status = state.join("status");
    fs::write(&status, "").map_err(Failure::file(&status))?;
    // Of what other packages have left there nothing is wanted.
    let archives = state.join("cache/archives");
    for archive in debs(&archives) {
        fs::remove_file(&archive).map_err(Failure::file(&archive))?;
    }
    apt(&state, &["update"], package)?;
    // Beside an empty status the packages that it depends on are all of them.
    apt(&state, &["install", "--yes", "--download-only", "--no-install-recommends", package], package)?;
    for archive in debs(&archives) {
        let mut command = Command::new("dpkg-deb");
        command.arg("--extract").arg(archive).arg(&root);
        run(&mut command, package)?;
    }
    fs::write(&whole, "").map_err(Failure::file(&whole))?;
    Ok(root)
}

fn debs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "deb")).collect()
}

/// Runs apt-get for arm64, with lists and a cache of its own.
fn apt(state: &Path, words: &[&str], package: &str) -> Result<(), Missing> {
    let mut command = Command::new("apt-get");
    command.arg("-qq");
    for option in ["APT::Architecture=arm64", "APT::Architectures::=arm64", "APT::Sandbox::User=root"] {
        command.args(["-o", option]);
    }
    for (name, path) in [("State::lists", "lists"), ("State::status", "status"), ("Cache", "cache")] {
        command.arg("-o").arg(format!("Dir::{name}={}", state.join(path).display()));
    }
    run(command.args(words), package)
}

fn run(command: &mut Command, package: &str) -> Result<(), Missing> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).env("LC_ALL", "C");
    let tool = command.get_program().to_string_lossy().into_owned();
    let told = |problem: String| Missing::Part(format!("{package} for arm64: {tool}: {problem}"));
    match Running::start(command)?.wait_until(Instant::now() + LIMIT) {
        Waited::Ended(status) if status.success() => Ok(()),
        Waited::Ended(status) => Err(told(status.to_string())),
        Waited::TimedOut => Err(told(format!("takes more than {} s", LIMIT.as_secs()))),
        Waited::Interrupted => Err(Failure::Interrupted.into()),
    }
}
