//! Defects of the kernel and of the machine: each is told, and the run goes on.

use crate::booted::{Booted, boot, boot_image, changed};
use record::report::Mark;
use std::path::PathBuf;

#[test]
fn defects_of_the_kernel_are_told_and_decide_the_exit_status() {
    for (case, status, told) in [
        ("panics", 1, "error, 1 error"),
        ("panics-on-another-cpu", 1, "error, 1 error"),
        ("cpu-1-manages-nothing", 1, "fail, 1 new failure"),
        ("panics-in-a-panic", 125, ", while a panic was told"),
        ("faults-in-a-panic", 125, "unexpected synchronous exception, while a panic was told"),
        ("faults-in-handler", 125, "the kernel panicked: "),
        ("faults-in-kernel", 1, "error, 1 error"),
        ("faults-on-another-cpu", 1, "error, 1 error"),
        ("faults-with-the-console", 125, "the kernel panicked: CPU 0: unexpected"),
        ("faults-with-a-lock-elsewhere", 125, "the kernel panicked: CPU 1: unexpected"),
        ("panics-with-the-console", 125, "the kernel panicked: CPU 0 at"),
        ("overflows-its-stack", 1, "error, 1 error"),
        ("hangs-in-probe", 1, "error, 1 error"),
        ("hangs-in-user-probe", 1, "error, 1 error"),
        ("overruns-and-returns", 1, "error, 1 error"),
        ("hangs-in-rust", 1, "error, 1 error"),
        ("hangs-with-interrupts-masked", 1, "error, 1 error"),
        ("hangs-on-another-cpu", 1, "error, 1 error"),
    ] {
        let booted = boot(&["--case", case]);
        booted.0.assert(status, if status == 125 { "error, the kernel panicked" } else { told });
        assert!(booted.0.says(told), "{case}");
    }
}

#[test]
fn a_panic_of_a_case_is_told_with_its_place() {
    for (case, cpu) in [("panics", 0), ("panics-on-another-cpu", 1)] {
        let booted = boot(&["--case", case]);
        let told = format!("CPU {cpu}: panicked at src/suites/self_check.rs:");
        assert!(
            booted.0.lines.iter().any(|line| line.contains(&told) && line.ends_with(": on purpose")),
            "{case}"
        );
    }
}

#[test]
fn a_cpu_that_manages_nothing_is_named() {
    let booted = boot(&["--case", "cpu-1-manages-nothing"]);
    assert!(booted.0.says("# failed: CPU 1: ") && !booted.0.says("CPU 0:") && !booted.0.says("CPU 2:"));
    boot(&["--suite", "places", "--smp", "3"]).passes();
}

/// Makes an image that takes ID_AA64MMFR1_EL1 for 2, so that on a CPU without the feature HAFDBS is a lie.
fn lying(name: &str) -> PathBuf {
    changed(name, |bytes| {
        let mut found = 0;
        for word in bytes.chunks_exact_mut(4) {
            let instruction = u32::from_le_bytes(word.try_into().unwrap());
            // MRS Xt, ID_AA64MMFR1_EL1 becomes MOVZ Xt, #2.
            if instruction & !0x1f == 0xd538_0720 {
                word.copy_from_slice(&(0xd280_0040 | instruction & 0x1f).to_le_bytes());
                found += 1;
            }
        }
        assert!(found > 0);
    })
}

#[test]
fn where_nothing_is_managed_the_nearest_rule_comes_first_and_nothing_waits_in_vain() {
    let suites = "access-flag,places,swap";
    let booted = boot_image(&lying("lying"), &["--cpu", "cortex-a57", "--smp", "3", "--suite", suites]);
    booted.0.assert(1, "fail, ");
    let failed = booted.cases(|mark| mark == Mark::NotOk);
    assert_eq!(failed.first(), Some(&"b01-load-sets-access-flag"));
    for name in ["b05-never-dirty-while-old", "every-cpu-updates-alike", "v4-survives-under-management"] {
        assert!(failed.contains(&name), "{name}");
    }
    assert!(!booted.0.says("overrun its budget") && !booted.0.host().contains("error"));
}

#[test]
fn after_an_unexpected_exception_and_a_hang_the_run_goes_on() {
    let booted = boot(&["--suite", "self-check", "--case", "faults-*l", "--timeout", "60"]);
    booted.0.assert(1, "error, 1 error");
    for decoded in ["ESR", "FAR", "ELR"] {
        assert!(booted.0.says(decoded), "{decoded}");
    }
}

#[test]
fn what_follows_an_abandoned_case_runs_as_in_a_fresh_boot() {
    const SUITES: &str = "set-access-flags,access-flag,dirty-state,single-accesses";
    let fresh = boot(&["--case", "finds-a-fresh-kernel"]);
    let alone = boot(&["--suite", SUITES]);
    let after = boot(&["--suite", &format!("abandonment,{SUITES}"), "--timeout", "50"]);
    fresh.passes();
    alone.passes();
    after.0.assert(1, "fail, 6 errors");
    let found =
        |booted: &Booted| booted.0.lines.iter().filter(|line| line.contains(" finds ")).cloned().collect();
    let (expected, found): (Vec<_>, Vec<_>) = (found(&fresh), found(&after));
    assert!(expected.len() == 5 && found == expected, "{expected:#?}\n{found:#?}");
    assert_eq!(after.passed()[0], "finds-a-fresh-kernel");
    assert_eq!(after.passed()[1..], alone.passed());
    assert_eq!(after.skipped(), alone.skipped());
}
