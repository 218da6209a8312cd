//! What the tests share: rates on standard output, verdicts, and golden files.

use crate::explore::Report;
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// Runs an exploration and prints how large it was and how fast.
pub fn measured(name: &str, explore: impl FnOnce() -> Report) -> Report {
    let start = Instant::now();
    let report = explore();
    let seconds = start.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a rate to be read by a person")]
    let rate = report.states as f64 / seconds.max(1e-6);
    println!("{name}: {} states, {} steps, {seconds:.3} s, {rate:.0} states/s", report.states, report.steps);
    report
}

/// Shows every counter-example and every goal that was missed.
#[must_use]
pub fn findings(report: &Report) -> String {
    let examples = report.broken.iter().map(|example| format!("{example}\n"));
    let missed = report.missed.iter().map(|goal| format!("never seen: {goal}\n"));
    examples.chain(missed).collect()
}

/// Asserts that nothing was broken and every goal was reached.
///
/// # Panics
///
/// With the counter-examples, if not.
pub fn assert_clean(name: &str, report: &Report) {
    assert!(report.is_clean(), "{name}\n{}", findings(report));
    assert!(report.states > 0, "{name}: nothing was explored");
}

fn golden_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../golden").join(format!("{name}.txt"))
}

/// Compares `text` with its golden file; writes it instead where AFDBM_BLESS is set in the environment.
///
/// # Panics
///
/// Where they differ.
pub fn assert_golden(name: &str, text: &str) {
    let path = golden_file(name);
    if env::var_os("AFDBM_BLESS").is_some() {
        fs::write(&path, text).expect("the directory of golden files is writable");
        return;
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == text,
        "{} differs; if the new one is right, run the tests again with AFDBM_BLESS=1\n{text}",
        path.display()
    );
}
