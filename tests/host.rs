//! The host side alone: logs of every kind, whole, cut short, tampered with, or missing, from a stand-in for the
//! emulator, and command lines that it has to refuse.

mod logs;
mod support;

use logs::{FAILS, PASSES, SKIPS, log};
use std::{fs, io::BufRead, path::Path, process::Command};
use support::{Bench, Ran};

#[test]
fn a_log_that_passes_is_shown_as_it_is_between_the_command_and_the_verdict() {
    let bench = Bench::new("passes");
    let text = log(&PASSES);
    bench.boot_says(format!("U-Boot 2023.01\r\n\r\n{}", text.replace('\n', "\r\n")), "");
    let ran = bench.boot(&["--seed", "7", "--log", "copy"]);
    ran.assert(0, "pass");
    assert_eq!(ran.host(), "pass");
    let emulator = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/emulator");
    assert!(ran.lines[0].starts_with(&format!("# {emulator} -nographic -no-reboot -M virt ")));
    assert!(
        ran.lines[0].contains(" -append \"--seed 0x7 --cpu max --qemu ")
            || ran.lines[0].contains("'--seed 0x7")
    );
    let shown: Vec<&str> = ran.lines.iter().skip(1).map(String::as_str).collect();
    assert!(shown.join("\n").starts_with(&text));
    assert!(ran.says("# skipped: not observed: a02-prefetch-may-set"));
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
        end.contains("# new failure: dirty-state/d01-store-marks-dirty: RO is left\n#   before"),
        "{end}"
    );
    assert!(end.contains("#   rerun: scripts/run --case d01-store-marks-dirty\n"), "{end}");
}

#[test]
fn a_known_deviation_passes_unless_every_failure_counts() {
    let bench = Bench::new("known");
    bench.boot_says(log(&FAILS), "");
    let header = "emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n";
    let file = |line: &str| bench.write("expectations/qemu.txt", format!("{header}{line}\n").as_bytes());
    file("dirty-state/d01-* cpus=4 D01 R_NSXRD leaves RO");
    bench.boot(&[]).assert(0, "pass, 1 known deviation");
    assert!(
        bench.boot(&[]).says("# known deviation: dirty-state/d01-store-marks-dirty: D01, R_NSXRD: leaves RO")
    );
    bench.boot(&["--strict"]).assert(1, "fail, as --strict");
    let other = bench.command(&[]).env("STAND_IN_VERSION", "10.1.0").output().unwrap();
    Ran::of(&other).assert(1, "fail, 1 new failure");
    file("dirty-state/d01-* cpus=1 D01 R_NSXRD leaves RO");
    bench.boot(&[]).assert(1, "fail, 1 new failure");

    file("dirty-state/d01-* cpus=4 D01 R_NSXRD leaves RO\naccess-flag/a01-* always A01 R_X none\n");
    let ran = bench.boot(&[]);
    ran.assert(0, "pass, 1 known deviation, 1 no longer deviates");
    assert!(ran.says("# no longer deviates: access-flag/a01-load-sets:"));
    assert!(!ran.says("names no case"));
    file("dirty-state/d99-* always D99 R_X n");
    assert!(bench.boot(&[]).says("qemu.txt:6 names no case of this image"));
    file("dirty-state/d01-* cpus=4 D01");
    let ran = bench.boot(&[]);
    assert_eq!(ran.status, 2);
    assert!(ran.errors.contains("expectations/qemu.txt:6: no rule"), "{}", ran.errors);
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
        b"emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n*/d01-* always D01 R_X n\n",
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
    let duplicate = "ok 2 a01-load-sets";
    let tampered = [
        (FAILS, "not ok 1 d01", "ok 1 d01", "d01-store-marks-dirty is pass"),
        (FAILS, "\n  # failed: RO is left", "", "without a reason"),
        (FAILS, "verdict: fail", "verdict: pass", "the verdict is pass"),
        (FAILS, "failed 1 errors", "failed 0 errors", "the verdict counts"),
        (FAILS, "# failed: 1 of 1 cases\nnot ok 2", "ok 2", "dirty-state is pass"),
        (PASSES, "  1..2\n", "  1..3\n", "announces 3 and reports 2"),
        (PASSES, "\n1..2\n", "\n1..3\n", "announces 3 and reports 2"),
        (PASSES, "  1..2\n", "", "announces no plan"),
        (PASSES, "ok 2 a02-prefetch-may-set", duplicate, "a01-load-sets is there twice"),
        (PASSES, "ok 1 a01", "ok 2 a01", "has number 2, where 1 is next"),
        (
            PASSES,
            "  ok 1 d01-store-marks-dirty",
            "  ok 1 d02-other",
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
    ran.assert(125, "error, the log contradicts itself: dirty-state/d01-store-marks-dirty was asked for");
    bench.boot(&["--suite", "access-flag"]).assert(0, "pass");
}

#[test]
fn a_lost_cpu_is_an_error() {
    let bench = Bench::new("lost");
    let text = logs::lost(&PASSES[..2], "CPU 1 lost in dirty-state/d01-store-marks-dirty, 1 case not run");
    bench.boot_says(text, "");
    let ran = bench.boot(&[]);
    ran.assert(1, "error");
    assert!(ran.says("# kernel: error | ") && ran.says("| CPU 1 lost in dirty-state"));
}

#[test]
fn the_kernels_own_words_decide_before_everything_else() {
    let bench = Bench::new("words");
    let text = log(&PASSES);
    let (begin, _) = text.split_once("  # Subtest: dirty-state").unwrap();
    bench.boot_says(format!("{begin}# panic: at src/main.rs:3\n# and more\n"), "");
    bench.boot(&[]).assert(125, "error, the kernel panicked: at src/main.rs:3");
    bench.boot_says("# panic: before the console\n", "");
    bench.boot(&[]).assert(125, "error, the kernel panicked: before the console");
    bench.boot_says("# usage: --colour is no option\n", "");
    bench.boot(&[]).assert(2, "error, the kernel refuses the command line: --colour is no option");
}

#[test]
fn an_emulator_that_dies_is_shown_with_its_complaint() {
    let bench = Bench::new("dies");
    bench.boot_does("echo 'unable to find CPU model' >&2; exit 1");
    let ran = bench.boot(&[]);
    ran.assert(2, "error, the emulator did not boot the kernel");
    assert!(ran.says("# emulator: unable to find CPU model"));

    let (begin, _) =
        log(&PASSES).split_once("\nok 1 ").map(|(begin, rest)| (begin.to_owned(), rest.len())).unwrap();
    bench.boot_says(begin, "kill -SEGV $$");
    let ran = bench.boot(&[]);
    ran.assert(125, "error, the log ends without a verdict, after access-flag/a02-prefetch-may-set");
    assert!(ran.host().contains("signal: 11"), "{}", ran.host());

    bench.boot_says("early trouble\n", "");
    let ran = bench.boot(&[]);
    ran.assert(125, "error, the log ends without a verdict, before the log began");
    assert!(ran.says("# before the log: early trouble"));
}

#[test]
fn silence_ends_with_a_time_out_and_leaves_nothing_running() {
    let bench = Bench::new("silent");
    bench.boot_does(&format!("sleep 1000 & echo $! > '{}'; wait", bench.path("pid").display()));
    bench.boot(&["--timeout", "1"]).assert(124, "error, time-out after 1 s, before the log began");
    assert_gone(&bench);
    bench.boot_says(log(&PASSES), "sleep 1000");
    let ran = bench.boot(&[]);
    ran.assert(0, "pass");
    assert!(ran.says("# note: the emulator did not end after the verdict"));
}

#[test]
fn an_interrupt_ends_the_emulator() {
    for signal in ["INT", "TERM", "HUP"] {
        let bench = Bench::new(&format!("interrupt-{signal}"));
        let pid = bench.path("pid");
        bench.boot_does(&format!("sleep 1000 & echo $! > '{}'; echo TAP version 13; wait", pid.display()));
        let mut child = bench.start(&[]);
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "TAP version 13"));
        // The shell's own kill: the program is no part of a small system.
        let kill = Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", child.id())).status();
        assert!(kill.unwrap().success());
        let last = lines.last().unwrap().unwrap();
        assert_eq!(last, "# host: error, interrupted before the first suite");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_gone(&bench);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_emulator() {
    let bench = Bench::new("reader");
    let pid = bench.path("pid");
    let endless = "echo TAP version 13; while echo '# x'; do :; done";
    bench.boot_does(&format!("echo $$ > '{}'; {endless}", pid.display()));
    let mut child = bench.start(&[]);
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "TAP version 13"));
    drop(lines);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written any longer"));
    assert_gone(&bench);
}

#[test]
fn bytes_that_are_no_text_and_lines_without_end_do_no_harm() {
    let bench = Bench::new("bytes");
    let text = log(&PASSES);
    let (begin, rest) = text.split_once("1..2\n").unwrap();
    let noise = [b"\xff\xfe\x00\xc3\x28\n".to_vec(), vec![b'x'; 1 << 20], b"\n".to_vec()].concat();
    bench.boot_says([begin.as_bytes(), b"1..2\n", &noise, rest.as_bytes()].concat(), "");
    let output = bench.command(&[]).output().unwrap();
    let ran = Ran::of(&output);
    ran.assert(0, "pass");
    assert!(ran.lines.iter().all(|line| line.len() <= 1 << 14));
}

#[test]
fn what_is_asked_for_and_cannot_be_is_refused_before_the_boot() {
    let bench = Bench::new("refused");
    bench.boot_does("echo booted");
    for (options, problem) in [
        (&["--colour"][..], "there is no option --colour"),
        (&["--smp", "0"], "--smp takes a number from 1 to 512, got \"0\""),
        (&["--memory", "32M"], "at least 64M"),
        (&["--suite", "clean"], "there is no suite \"clean\"; there are access-flag, dirty-state, broken"),
        (&["--case", "d99*"], "no case is named by --case 'd99*'"),
        (
            &["--suite", "access-flag", "--case", "d01*"],
            "no case is named by --suite access-flag --case 'd01*'",
        ),
        (&["--el", "1", "--machine", "virtualization=on"], "exclude each other"),
        (&["--machine", "secure=on"], "EL3"),
        (&["--log", "no/such/directory"], "no/such/directory"),
        (&["more"], "\"more\" is no option"),
    ] {
        let ran = bench.boot(options);
        assert_eq!(ran.status, 2, "{options:?}");
        assert!(ran.errors.contains(problem), "{}", ran.errors);
        assert!(!ran.says("booted"));
    }
    for (program, problem) in [("/no/such/qemu", "is not there"), ("/bin/true", "--version answers")] {
        let command = [Path::new("boot"), &bench.path("kernel"), Path::new("--qemu"), Path::new(program)];
        let ran = Ran::of(&Command::new(env!("CARGO_BIN_EXE_xtask")).args(command).output().unwrap());
        assert_eq!(ran.status, 2);
        assert!(
            ran.errors.contains(problem) && ran.errors.contains("Debian: qemu-system-arm"),
            "{}",
            ran.errors
        );
    }
    bench.write("kernel", b"no kernel");
    assert_eq!(bench.boot(&[]).status, 2);
    for words in [&["boot"][..], &["fly"], &["test", "--smp", "2"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
}

#[test]
fn the_list_needs_no_boot() {
    let bench = Bench::new("list");
    bench.boot_does("echo booted");
    let ran = bench.boot(&["--list"]);
    assert_eq!(ran.status, 0);
    assert_eq!(ran.lines[0], "access-flag/  The Access flag");
    assert!(ran.says("  d01-store-marks-dirty  A store marks dirty") && !ran.says("booted"));
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

/// Checks that the process whose id the stand-in has noted is gone; one that was ended may take a moment, and its
/// new parent may let it lie.
fn assert_gone(bench: &Bench) {
    let pid = fs::read_to_string(bench.path("pid")).unwrap();
    let lives = || {
        let running = |stat: String| !stat.rsplit(')').next().unwrap_or_default().starts_with(" Z");
        fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(running)
    };
    let gone = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        !lives()
    });
    assert!(gone, "the process {} is still there", pid.trim());
}
