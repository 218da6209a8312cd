//! Booting the machines of a matrix, some side by side.

use super::plan::{Boot, Plan};
use crate::{
    failure::{Exit, Failure},
    process::{Running, Waited, interrupted},
};
use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long one boot may take, though it has limits of its own.
const LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Boots every machine; returns for each the path of its log, or why there is none.
///
/// # Errors
///
/// Where the user ends it.
pub(super) fn run(
    plan: &Plan,
    kernel: &Path,
    folder: &Path,
) -> Result<Vec<Result<PathBuf, String>>, Failure> {
    let this = env::current_exe().map_err(Failure::file("/proc/self/exe"))?;
    let next = AtomicUsize::new(0);
    let ended: Mutex<Vec<Option<Result<PathBuf, String>>>> = Mutex::new(vec![None; plan.boots.len()]);
    let began = Instant::now();
    eprintln!("# matrix: {} machines, {} side by side", plan.boots.len(), plan.jobs);
    thread::scope(|scope| {
        for _ in 0..plan.jobs {
            scope.spawn(|| {
                while let Some(boot) = plan.boots.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if interrupted() {
                        break;
                    }
                    let one = boot_one(&this, kernel, folder, boot);
                    let Ok(mut ended) = ended.lock() else { break };
                    tell(plan, boot, &one, began, ended.iter().flatten().count() + 1);
                    let place = plan.boots.iter().position(|other| std::ptr::eq(other, boot));
                    ended[place.unwrap_or_default()] = Some(one);
                }
            });
        }
    });
    if interrupted() {
        return Err(Failure::Interrupted);
    }
    let ended = ended.into_inner().unwrap_or_default();
    Ok(ended.into_iter().map(|one| one.unwrap_or_else(|| Err("it was not begun".into()))).collect())
}

/// Boots one machine: the log goes to a file, and what the host says beside it to another.
fn boot_one(this: &Path, kernel: &Path, folder: &Path, boot: &Boot) -> Result<PathBuf, String> {
    let log = folder.join(&boot.file);
    let errors = log.with_extension("errors");
    // What an earlier matrix left must not be taken for this one's.
    let _ = fs::remove_file(&log);
    let file = File::create(&errors).map_err(|error| format!("{}: {error}", errors.display()))?;
    let mut command = Command::new(this);
    command.arg("boot").arg(kernel).args(&boot.words).arg("--log").arg(&log);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    let mut running = Running::start(&mut command).map_err(|error| error.to_string())?;
    let status = match running.wait_until(Instant::now() + LIMIT) {
        Waited::Ended(status) => status.code(),
        Waited::TimedOut | Waited::Interrupted => None,
    };
    let said = fs::read_to_string(&errors).unwrap_or_default();
    let said = said.trim().trim_start_matches("error: ");
    if status == Some(Exit::Usage as i32) {
        return Err(match said {
            // The emulator refuses: its words are in the log alone.
            "" => last_comments(&log),
            said => said.replace('\n', "; "),
        });
    }
    let _ = fs::remove_file(&errors);
    if log.is_file() { Ok(log) } else { Err(format!("it left no log; status {status:?}")) }
}

/// Returns the last two lines of a log, which tell why an emulator did not boot.
fn last_comments(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> =
        text.lines().rev().take(2).map(|line| line.trim_start_matches(['#', ' '])).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("; ")
}

fn tell(plan: &Plan, boot: &Boot, ended: &Result<PathBuf, String>, began: Instant, count: usize) {
    let said = match ended {
        Ok(log) => {
            let text = fs::read_to_string(log).unwrap_or_default();
            let host = text.lines().rev().find_map(|line| line.strip_prefix("# host: "));
            host.unwrap_or("the log has no line of the host").to_owned()
        }
        Err(why) => format!("not run: {why}"),
    };
    let (all, spent) = (plan.boots.len(), began.elapsed().as_secs_f64());
    let left = (spent / count as f64 * (all - count) as f64).round();
    eprintln!("# {count} of {all}: {}: {said} ({spent:.0} s so far, about {left} s left)", boot.name);
}
