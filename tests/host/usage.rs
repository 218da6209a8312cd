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
        (&["--smp", "-1"], "--smp takes a number from 1 to 512, got \"-1\""),
        (&["--smp", "99999999999"], "--smp takes a number from 1 to 512, got \"99999999999\""),
        (&["--smp="], "--smp takes a number from 1 to 512, got \"\""),
        (&["--smp", "2", "--smp", "2"], "--smp is given twice"),
        (&["--smp", "9", "--machine", "gic-version=2"], "exclude each other"),
        (&["--timeout", "0"], "--timeout takes a number from 1 to 86400, got \"0\""),
        (&["--seed"], "--seed needs a value"),
        (&["--strict=1"], "--strict takes no value, got \"1\""),
        (&[""], "\"\" is no option"),
        (&["--memory", "32M"], "at least 64M"),
        (
            &["--memory", "9999999G"],
            "--memory takes a size such as 256M or 1G, at least 64M, got \"9999999G\"",
        ),
        (&["--suite", "clean"], "there is no suite \"clean\"; there are abandonment, probes, "),
        (&["--case", "d99*"], "no case is named by --case 'd99*'"),
        (
            &["--suite", "access-flag", "--case", "d01*"],
            "no case is named by --suite access-flag --case 'd01*'",
        ),
        (&["--el", "1", "--machine", "virtualization=on"], "exclude each other"),
        (&["--machine", "secure=on"], "EL3"),
        (&["--from", "7"], "--from says where --full begins"),
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
#[cfg(unix)]
fn a_word_that_is_no_text_names_no_other_file() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let bench = Bench::new("no-text");
    bench.boot_does("echo booted");
    let output = bench.command(&["--log"]).arg(OsStr::from_bytes(b"log-\xff")).output().unwrap();
    let ran = Ran::of(&output);
    assert!(ran.status == 2 && ran.errors.contains(r#""log-\xFF" is no text in UTF-8"#), "{}", ran.errors);
    assert!(!ran.says("booted") && !bench.path("log-\u{fffd}").exists());
}

#[test]
fn a_program_that_does_not_tell_its_version_is_not_waited_for() {
    let bench = Bench::new("no-answer");
    let mute = bench.program("mute", "exec sleep 1000");
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("boot").arg(bench.path("kernel")).arg("--qemu").arg(&mute);
    let ran = Ran::of(&command.output().unwrap());
    assert!(ran.status == 2 && ran.errors.contains("--version takes more than 10 s"), "{}", ran.errors);
}

#[test]
fn the_list_needs_no_boot() {
    let bench = Bench::new("list");
    bench.boot_does("echo booted");
    let ran = bench.boot(&["--list", "--suite", "dirty-state"]);
    assert_eq!(ran.status, 0);
    assert!(ran.lines[0].starts_with("dirty-state/  "));
    assert!(
        ran.says(
            "  d04-dirty-stays                     a store to a dirty page leaves its descriptor as it is"
        ) && !ran.says("booted")
    );
}

#[test]
fn the_list_heeds_what_is_asked_for_finds_accesses_and_is_json() {
    let bench = Bench::new("list-some");
    let list = |words: &[&str]| {
        Ran::of(&Command::new(env!("CARGO_BIN_EXE_xtask")).arg("run").args(words).output().unwrap())
    };
    let ran = list(&["--list", "--case", "d01-*"]);
    assert!(ran.status == 0 && ran.lines.len() == 2, "{:?}", ran.lines);
    let ran = list(&["--list", "at-s1e1w"]);
    assert!(ran.says("d28-at-write-leaves-clean") && !ran.says("sampled-reads"), "{:?}", ran.lines);
    let path = bench.path("list.json");
    assert_eq!(list(&["--list", "--suite", "seed", "--json", path.to_str().unwrap()]).status, 0);
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("\"afdbm-list\"") && text.contains("\"seed-sequence-ends-with-v4\""), "{text}");
    assert!(list(&["--list", "no-such-word"]).errors.contains("no name, claim, row or access"));
    assert!(list(&["--list", "--coverage"]).lines[0].starts_with("row  rule "));
}

/// A reader that has seen enough, as `--list | true`, is no failure.
#[test]
fn a_reader_of_the_list_may_leave() {
    use std::process::Stdio;
    for word in ["--list", "--help"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let mut child =
            command.args(["run", word]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn words_behind_two_dashes_go_to_the_emulator() {
    let bench = Bench::new("emulator-words");
    bench.boot_does("echo \"$*\" > called");
    bench.boot(&["--smp", "2", "--", "-d", "int", "-D", "trace.txt"]);
    let called = std::fs::read_to_string(bench.path("called")).unwrap();
    assert!(called.trim_end().ends_with(" -d int -D trace.txt"), "{called}");
}

#[test]
fn a_step_of_the_tests_that_is_not_there_is_named() {
    let bench = Bench::new("steps");
    let output = bench.xtask("true", &["test", "boots-rases"]).output().unwrap();
    let ran = Ran::of(&output);
    assert!(
        ran.status == 2 && ran.errors.contains("no step \"boots-rases\"; there are rustfmt, "),
        "{}",
        ran.errors
    );
    let ran = Ran::of(&bench.xtask("true", &["test", "documentation-tests"]).output().unwrap());
    let ended = ran
        .lines
        .last()
        .is_some_and(|line| line.starts_with("# 1 of ") && line.ends_with(" steps ran, and passed"));
    assert!(ran.status == 0 && ended, "{:?} {}", ran.lines, ran.errors);
    assert_eq!(ran.lines.iter().filter(|line| line.starts_with("# step ")).count(), 1);
}

#[test]
fn a_shell_is_completed_and_an_unknown_one_named() {
    let completion = |shell: &str| {
        Ran::of(&Command::new(env!("CARGO_BIN_EXE_xtask")).args(["completion", shell]).output().unwrap())
    };
    assert!(completion("bash").says("complete -F _afdbm"));
    assert!(completion("csh").errors.contains("bash, zsh or fish"));
}
