//! The debugger, stopped at the code of a case.

use crate::{booted::XTASK, kernel, ran::Ran};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

const DEBUGGER: &str = "gdb-multiarch";

/// Opens the debugger on a case, and lets it say what it says before a person could type anything.
fn debug(case: &str, options: &[&str]) -> Ran {
    let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join("debugger");
    fs::write(&script, format!("#!/bin/sh\nexec timeout 120 {DEBUGGER} -nx -batch \"$@\"\n")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(XTASK);
    command.arg("debug").arg(kernel::path()).args(["--case", case]).args(options);
    Ran::of(&command.env("GDB", script).stdin(Stdio::null()).output().unwrap())
}

/// Tells whether there is a debugger, and says so where there is none.
fn is_there() -> bool {
    let there = Command::new(DEBUGGER).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !there {
        eprintln!("skipped: {DEBUGGER} is not there");
    }
    there
}

#[test]
fn it_stops_at_the_code_of_the_case_with_its_variables() {
    if !is_there() {
        return;
    }
    for (case, function) in [
        // One with a function of its own, and some of those that are data.
        ("load-of-old-resolved-in-one-fault", "afdbm_kernel::suites::software::load "),
        ("i16-stale-read-only-entry", "afdbm_kernel::suites::races::grant::grant_with_local_invalidation "),
        ("d01-store-marks-dirty", "afdbm_kernel::suites::product::run_all "),
        ("i03-read-fault-against-store", "afdbm_kernel::suites::races::carry_out "),
        ("v0-survives-without-management", "afdbm_kernel::suites::swap::table::fill "),
    ] {
        let ran = debug(case, &["--smp", "2"]);
        let all = format!("{}\n{}", ran.lines.join("\n"), ran.errors);
        assert_eq!(ran.status, 0, "{all}");
        let frame = ran.lines.iter().position(|line| line.starts_with("#0 ") && line.contains(function));
        let frame = frame.unwrap_or_else(|| panic!("{case} does not stop in {function}:\n{all}"));
        assert!(ran.lines[frame..].iter().any(|line| line.starts_with("context = ")), "{all}");
        // The case had not been carried out yet; once it is left alone the kernel goes on.
        let ended = ran.lines.iter().position(|line| line.contains(&format!("ok 1 {case}")));
        assert!(ended.is_none_or(|ended| ended > frame), "{all}");
    }
}

#[test]
fn where_the_case_is_skipped_nothing_stops() {
    if !is_there() {
        return;
    }
    let ran = debug("d01-store-marks-dirty", &["--smp", "1", "--cpu", "cortex-a57"]);
    let all = format!("{}\n{}", ran.lines.join("\n"), ran.errors);
    assert!(!ran.lines.iter().any(|line| line.starts_with("#0 ")), "{all}");
    assert!(ran.says("d01-store-marks-dirty # SKIP "), "{all}");
}

#[test]
fn what_names_no_case_opens_nothing() {
    let ran = debug("no-such-case", &[]);
    assert!(
        ran.status == 2 && ran.errors.contains("no case is named by --case no-such-case"),
        "{}",
        ran.errors
    );
}
