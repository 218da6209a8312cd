//! What the host makes of a log.

use crate::{
    bench::Bench,
    logs::{self, FAILS, PASSES, SKIPS, log},
    ran::Ran,
};
use std::{fs, process::Command};

#[test]
fn a_log_that_passes_is_shown_as_it_is_between_the_command_and_the_verdict() {
    let bench = Bench::new("passes");
    let text = log(&PASSES).replace("seed=0x5eed", "seed=0x7");
    bench.boot_says(format!("U-Boot 2023.01\r\n\r\n{}", text.replace('\n', "\r\n")), "");
    let ran = bench.boot(&["--seed", "7", "--log", "copy"]);
    ran.assert(0, "pass");
    assert_eq!(ran.host(), "pass");
    let emulator = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/emulator");
    assert!(ran.lines[0].starts_with(&format!("# {emulator} -nographic -no-reboot -M virt ")));
    assert!(
        ran.lines[0].contains("'???-every-*' --seed 0x7 --cpu max --qemu ")
            || ran.lines[0].contains("--seed 0x7")
    );
    assert!(
        ran.lines[1].starts_with("# run: scripts/run --case '???-every-*' --seed 0x7 "),
        "{}",
        ran.lines[1]
    );
    assert!(ran.lines[2].starts_with("# emulator: QEMU 10.0.2 | tcg | host: "), "{}", ran.lines[2]);
    let shown: Vec<&str> = ran.lines.iter().skip(3).map(String::as_str).collect();
    assert!(shown.join("\n").starts_with(&text));
    assert!(ran.says("# skipped: not observed: b08-every-atomic-sets-access-flag"));
    assert_eq!(fs::read_to_string(bench.path("copy")).unwrap(), ran.lines.join("\n") + "\n");
}

#[test]
fn a_failure_is_repeated_whole_and_fails() {
    let bench = Bench::new("fails");
    bench.boot_says(log(&FAILS), "");
    let ran = bench.boot(&[]);
    ran.assert(1, "fail, 1 new failure");
    let verdict = ran.lines.iter().position(|line| line.starts_with("# verdict: ")).unwrap();
    let end = ran.lines[verdict..].join("\n");
    assert!(
        end.contains("# new failure: dirty-state/d15-every-atomic-marks-dirty: RO is left\n#   before"),
        "{end}"
    );
    assert!(end.contains("#   rerun: scripts/run --case d15-every-atomic-marks-dirty\n"), "{end}");
}

#[test]
fn a_known_deviation_passes_unless_every_failure_counts() {
    let bench = Bench::new("known");
    bench.boot_says(log(&FAILS), "");
    let header = "emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n";
    let file = |line: &str| bench.write("expectations/qemu.txt", format!("{header}{line}\n").as_bytes());
    file("dirty-state/d15-* cpus=4 D01 R_NSXRD leaves RO");
    bench.boot(&[]).assert(0, "pass, 1 known deviation");
    assert!(
        bench
            .boot(&[])
            .says("# known deviation: dirty-state/d15-every-atomic-marks-dirty: D01, R_NSXRD: leaves RO")
    );
    bench.boot(&["--strict"]).assert(1, "fail, as --strict");
    let other = bench.command(&[]).env("STAND_IN_VERSION", "10.1.0").output().unwrap();
    Ran::of(&other).assert(1, "fail, 1 new failure");
    file("dirty-state/d15-* cpus=1 D01 R_NSXRD leaves RO");
    bench.boot(&[]).assert(1, "fail, 1 new failure");

    file("dirty-state/d15-* cpus=4 D01 R_NSXRD leaves RO\naccess-flag/b07-* always A01 R_X none\n");
    let ran = bench.boot(&[]);
    ran.assert(0, "pass, 1 known deviation, 1 no longer deviates");
    assert!(ran.says("# no longer deviates: access-flag/b07-every-load-sets-access-flag:"));
    assert!(!ran.says("names no case"));
    // A case that has asked only for what this CPU has may pass for that.
    let passed = "    ok 1 b07-";
    let left_out = format!("    # dropped: 3: not implemented on this CPU\n{passed}");
    bench.boot_says(log(&FAILS).replace(passed, &left_out), "");
    bench.boot(&[]).assert(0, "pass, 1 known deviation");
    file("dirty-state/d99-* always D99 R_X n");
    assert!(bench.boot(&[]).says("qemu.txt:6 names no case"));
    file("dirty-state/d15-* cpus=4 D01");
    let ran = bench.boot(&[]);
    assert_eq!(ran.status, 2);
    assert!(ran.errors.contains("expectations/qemu.txt:6: no rule"), "{}", ran.errors);
}

const HEADER: &str = "emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n";
const KNOWN: &str =
    "wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";

#[test]
fn a_second_defect_in_a_case_that_is_known_to_fail_is_new() {
    let bench = Bench::new("second");
    let deviation = "dirty-state/d15-* always D01 R_NSXRD leaves RO";
    let text = format!("{HEADER}{deviation}\n    kind  {KNOWN}\n");
    bench.write("expectations/qemu.txt", text.as_bytes());
    let within = KNOWN.replace("store,swp EL=1", "swp EL=1 HA=1");
    for kinds in [&[KNOWN][..], &[&within], &[KNOWN, &within]] {
        bench.boot_says(logs::with_kinds(&FAILS, kinds), "");
        bench.boot(&[]).assert(0, "pass, 1 known deviation");
    }
    for (from, to) in [
        ("wrong syndrome", "missing fault"),
        ("Permission fault is", "Permission fault after another access is"),
        ("A store's abort has WnR=1", "no single rule"),
        ("A store's abort has WnR=1", "A load's abort has WnR=0"),
        ("store,swp", "store,cas,swp"),
        ("EL=1", "HA=1"),
    ] {
        let other = KNOWN.replace(from, to);
        bench.boot_says(logs::with_kinds(&FAILS, &[KNOWN, &other]), "");
        let ran = bench.boot(&[]);
        ran.assert(1, "fail, 1 new failure");
        assert!(ran.says("is known to deviate, but not so: "), "{other}");
        assert!(ran.says(&format!("#       kind  {other}")) && !ran.says(&format!("#       kind  {KNOWN}")));
    }
    // Without kinds in the log nothing tells that the failure is the known one.
    bench.boot_says(log(&FAILS), "");
    bench.boot(&[]).assert(1, "fail, 1 new failure");
    // Nor does a deviation without kinds stand for every kind.
    bench.write("expectations/qemu.txt", format!("{HEADER}{deviation}\n").as_bytes());
    bench.boot_says(logs::with_kinds(&FAILS, &[KNOWN]), "");
    bench.boot(&[]).assert(1, "fail, 1 new failure");
}

#[test]
fn what_the_host_says_of_a_new_kind_makes_it_known() {
    let bench = Bench::new("said");
    bench.boot_says(logs::with_kinds(&FAILS, &[KNOWN]), "");
    let ran = bench.boot(&[]);
    ran.assert(1, "fail, 1 new failure");
    let said = ran.lines.iter().skip_while(|line| !line.contains("7 times; to expect it:")).skip(1).take(2);
    let said: Vec<&str> = said.map(|line| line.strip_prefix('#').unwrap()).collect();
    assert!(
        said[0].contains("dirty-state/d15-*  always  B21  D24.2.45-WnR  FILL-IN: what the machine does"),
        "{said:?}"
    );
    let text = format!("{HEADER}{}\n", said.join("\n"));
    bench.write("expectations/qemu.txt", text.as_bytes());
    assert!(bench.boot(&[]).errors.contains("qemu.txt:6: unfinished: "));
    bench.write("expectations/qemu.txt", text.replace("FILL-IN: ", "").as_bytes());
    bench.boot(&[]).assert(0, "pass, 1 known deviation");
}

#[test]
fn a_kind_that_cannot_be_read_is_not_passed_over() {
    let bench = Bench::new("unread");
    let text = logs::with_kinds(&FAILS, &[KNOWN]).replace("access=store", "access=stor");
    bench.boot_says(text, "");
    bench.boot(&[]).assert(125, "error, the log contradicts itself: \"kind: 7 times");
}

#[test]
fn an_error_is_never_a_known_deviation() {
    let bench = Bench::new("error");
    bench.boot_says(
        log(&FAILS).replace("failed", "error").replace("error 1 errors 0", "failed 0 errors 1"),
        "",
    );
    bench.write(
        "expectations/qemu.txt",
        b"emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\nd*/d15-* always D01 R_X n\n",
    );
    let text = fs::read_to_string(bench.path("log")).unwrap();
    bench.write("log", text.replace("verdict: fail", "verdict: error").as_bytes());
    bench.boot(&[]).assert(1, "error, 1 error");
}

#[test]
fn only_skips_are_no_pass() {
    let bench = Bench::new("skips");
    bench.boot_says(log(&SKIPS), "");
    bench.boot(&[]).assert(77, "nothing could be tested");
}

#[test]
fn a_log_cut_anywhere_before_its_verdict_is_no_verdict() {
    let bench = Bench::new("cut");
    let text = log(&PASSES);
    let lines: Vec<&str> = text.lines().collect();
    let verdict = lines.iter().position(|line| line.starts_with("# verdict: ")).unwrap();
    for count in 0..=verdict {
        bench.boot_says(lines[..count].join("\n"), "");
        bench.boot(&[]).assert(125, "error, the log ends without a verdict");
    }
    bench.boot_says(&text[..text.find(" | boot").unwrap()], "");
    bench.boot(&[]).assert(125, "error, the log ends without a verdict");
    bench.boot_says(lines[..=verdict].join("\n"), "");
    bench.boot(&[]).assert(0, "pass");
}

#[test]
fn a_log_that_contradicts_itself_is_not_believed() {
    let bench = Bench::new("tampered");
    let duplicate = "ok 2 b07-every-load-sets-access-flag";
    let tampered = [
        (FAILS, "not ok 1 d15", "ok 1 d15", "d15-every-atomic-marks-dirty is pass"),
        (FAILS, "\n    # failed: RO is left", "", "without a reason"),
        (FAILS, "verdict: fail", "verdict: pass", "the verdict is pass"),
        (FAILS, "failed 1 errors", "failed 0 errors", "the verdict counts"),
        (FAILS, "# failed: 1 of 1 cases\nnot ok 2", "ok 2", "dirty-state is pass"),
        (PASSES, "    1..2\n", "    1..3\n", "announces 3 and reports 2"),
        (PASSES, "\n1..2\n", "\n1..3\n", "announces 3 and reports 2"),
        (PASSES, "    1..2\n", "", "announces no plan"),
        (
            PASSES,
            "ok 2 b08-every-atomic-sets-access-flag",
            duplicate,
            "b07-every-load-sets-access-flag is there twice",
        ),
        (PASSES, "ok 1 b07", "ok 2 b07", "has number 2, where 1 is next"),
        (
            PASSES,
            "    ok 1 d15-every-atomic-marks-dirty",
            "    ok 1 d02-other",
            "d02-other is there and was not asked for",
        ),
        (PASSES, "# Subtest: dirty-state", "# Subtest: other", "within other"),
        (PASSES, "\nok 1 access-flag\n", "\n", "cannot stand where it does"),
        (PASSES, "# rerun", "ok 3 late\n# rerun", "cannot stand where it does"),
        (PASSES, "# rerun", "TAP version 13\n# rerun", "cannot stand where it does"),
        (PASSES, "# afdbm 0", "# other 0", "no environment"),
    ];
    for (steps, from, to, problem) in tampered {
        let text = log(&steps);
        assert!(text.contains(from), "{from}");
        bench.boot_says(text.replacen(from, to, 1), "");
        let ran = bench.boot(&[]);
        ran.assert(125, "error, the log contradicts itself: ");
        assert!(ran.host().contains(problem), "{problem}: {}", ran.host());
    }
    let one = log(&PASSES[..2]);
    bench.boot_says(&one, "");
    let ran = bench.boot(&[]);
    ran.assert(
        125,
        "error, the log contradicts itself: dirty-state/d15-every-atomic-marks-dirty was asked for",
    );
    bench.boot(&["--case", "b0?-every-*"]).assert(0, "pass");
}

#[test]
fn a_lost_cpu_is_an_error() {
    let bench = Bench::new("lost");
    let text =
        logs::lost(&PASSES[..2], "CPU 1 lost in dirty-state/d15-every-atomic-marks-dirty, 1 case not run");
    bench.boot_says(text, "");
    let ran = bench.boot(&[]);
    ran.assert(1, "error");
    assert!(ran.says("# kernel: error | ") && ran.says("| CPU 1 lost in dirty-state"));
}

#[test]
fn the_kernels_own_words_decide_before_everything_else() {
    let bench = Bench::new("words");
    let text = log(&PASSES);
    let (begin, _) = text.split_once("    # Subtest: dirty-state").unwrap();
    bench.boot_says(format!("{begin}# panic: at src/main.rs:3\n# and more\n"), "");
    bench.boot(&[]).assert(125, "error, the kernel panicked: at src/main.rs:3");
    bench.boot_says("# panic: before the console\n", "");
    bench.boot(&[]).assert(125, "error, the kernel panicked: before the console");
    bench.boot_says("# usage: --colour is no option\n", "");
    bench.boot(&[]).assert(2, "error, the kernel refuses the command line: --colour is no option");
}

#[test]
fn prove_reads_the_whole_output() {
    let bench = Bench::new("prove");
    for (steps, good) in [(PASSES, true), (FAILS, false)] {
        bench.boot_says(log(&steps), "");
        let ran = bench.boot(&[]);
        bench.write("shown", (ran.lines.join("\n") + "\n").as_bytes());
        let output = Command::new("prove").args(["-e", "cat"]).arg(bench.path("shown")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.success(), good, "{text}");
        assert!(!text.contains("Parse errors"), "{text}");
    }
}
