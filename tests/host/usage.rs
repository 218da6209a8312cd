//! What the host refuses, or answers, without a boot.

use crate::{bench::Bench, ran::Ran};
use std::{path::Path, process::Command};

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
