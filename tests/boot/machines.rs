//! Machines of every kind: models, CPUs, levels of entry, interrupt controllers, sizes of memory.

use crate::booted::{Booted, OFF, boot, boot_with};
use crate::kernel;
use record::report::Environment;

#[test]
fn the_run_of_a_user_without_options_passes_and_tells_the_machine() {
    let booted = boot(&[]);
    booted.passes();
    let Environment { cpu, hafdbs, entry_level, cpus, memory, granule, seed, .. } = booted.environment();
    assert_eq!((cpu, hafdbs, entry_level, cpus), ("max", 2, 1, 4));
    assert_eq!((memory, granule, seed), (256, 4, 0x5eed));
    assert!(booted.passed().contains(&"d01-store-marks-dirty"));
    assert!(booted.0.says("# rerun: scripts/run --seed 0x5eed --cpu max"));
}

#[test]
fn a_cpu_without_the_feature_passes_with_skips() {
    let booted = boot(&["--cpu", "cortex-a57"]);
    booted.passes();
    assert_eq!(booted.environment().hafdbs, 0);
    assert!(booted.passed().contains(&"a01-no-management-without-the-feature"));
    assert!(booted.passed().contains(&"b20-load-takes-access-flag-fault"));
    assert!(booted.skipped().contains(&"d01-store-marks-dirty"));
    assert!(!boot(&[]).skipped().contains(&"d01-store-marks-dirty"));
}

#[test]
fn another_cpu_with_the_feature_passes() {
    let booted = boot(&["--cpu", "cortex-a76"]);
    assert_eq!(booted.passes().environment().hafdbs, 2);
    assert!(booted.passed().contains(&"d01-store-marks-dirty"));
}

#[test]
fn any_number_of_cpus_passes() {
    for cpus in ["1", "2", "8", "16"] {
        let booted = boot(&["--smp", cpus]);
        assert_eq!(booted.passes().environment().cpus.to_string(), cpus);
    }
    let booted = boot(&["--smp", "66", "--case", "d01-store-marks-dirty"]);
    assert_eq!(booted.passes().environment().cpus, 64);
    assert!(booted.0.says("2 further CPUs do not run: only 64 CPUs are used"));
}

#[test]
fn the_exception_level_of_the_entry_matters_to_what_takes_el2_alone() {
    let (from_el2, from_el1) = (boot(&["--el", "2"]), boot(&[]));
    assert_eq!(from_el2.passes().environment().entry_level, 2);
    let suites = ["regimes", "stages", "dirty-log"];
    let theirs = cases::SUITES.iter().filter(|suite| suites.contains(&suite.name));
    let cases = theirs.flat_map(|suite| suite.cases).filter(|case| !case.hidden);
    let names: Vec<&str> = cases.map(|case| case.name).collect();
    assert!(names.len() > 10, "{names:?}");
    // Stage 2 takes an entry at EL2 in other suites, too, where the CPU has what they are about.
    let of_stage_2 = |word: &str| {
        let mut all = cases::SUITES.iter().flat_map(|suite| suite.cases);
        all.any(|case| case.name == word && matches!(case.body, cases::Body::Nested(_)))
    };
    let is_theirs = |line: &&str| {
        line.split_whitespace()
            .any(|word| suites.contains(&word) || names.contains(&word) || of_stage_2(word))
    };
    let others = |booted: &Booted| -> Vec<String> {
        booted.results().into_iter().filter(|line| !is_theirs(line)).map(String::from).collect()
    };
    assert_eq!(others(&from_el2), others(&from_el1));
    let (run, skipped) = (from_el2.skipped(), from_el1.skipped());
    assert!(names.iter().all(|name| skipped.contains(name) && !run.contains(name)), "{run:?}");
}

#[test]
fn every_interrupt_controller_passes() {
    for version in ["2", "3"] {
        boot(&["--machine", &format!("gic-version={version}")]).passes();
        boot(&["--el", "2", "--machine", &format!("gic-version={version}")]).passes();
    }
}

#[test]
fn any_size_of_memory_passes() {
    for size in ["64M", "1G", "3G"] {
        boot(&["--memory", size]).passes();
    }
}

#[test]
fn semihosting_is_the_console_where_somebody_answers() {
    const ONE: [&str; 3] = ["--semihosting", "--case", "d01-store-marks-dirty"];
    let booted = boot(&ONE);
    assert!(booted.passes().0.says("# console: semihosting, as --semihosting says"));
    // The control: an emulator that takes no such call. The words are the kernel's alone, and the UART stays.
    let words = format!("-append '-- {}'", ONE.join(" "));
    let ran = boot_with(kernel::path(), &ONE[1..], &words);
    assert!(
        ran.says("# --semihosting: nobody takes HLT 0xF000") && ran.says("# console: PL011"),
        "{:?}",
        ran.lines
    );
    assert!(ran.says("passed 1 failed 0 errors 0") && ran.says(OFF), "{:?}", ran.lines);
}
