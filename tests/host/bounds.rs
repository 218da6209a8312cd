//! What the host does in bounded memory and time, whatever the emulator, or the reader of the log, does.

use crate::{
    bench::{Bench, CASES, send},
    logs::{PASSES, log},
    ran::Ran,
};
use std::{
    fs,
    process::{Command, Stdio},
};

/// Boots with less memory than an emulator could fill.
fn boot_in_little_memory(bench: &Bench) -> Ran {
    let command = bench.command(&[]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 500000; exec \"$@\"", "sh"]).arg(command.get_program());
    limited.args(command.get_args()).env("STAND_IN_BOOT", bench.path("boot")).stdin(Stdio::null());
    Ran::of(&limited.output().unwrap())
}

#[test]
fn an_emulator_that_writes_without_end_is_ended() {
    let bench = Bench::new("flood");
    let long = "x".repeat(8000);
    for endless in [format!("yes '# {long}'"), "yes 'ok 1 a'".into(), "cat /dev/zero".into()] {
        for begin in ["", "echo TAP version 13;"] {
            if endless.contains("ok 1") && !begin.is_empty() {
                continue;
            }
            bench.boot_does(&format!("{begin} echo $$ > '{}'; exec {endless}", bench.path("pid").display()));
            let ran = boot_in_little_memory(&bench);
            ran.assert(125, "error, the emulator writes without end, 64 MiB so far, before the ");
            bench.assert_gone();
        }
    }
    bench.boot_says(log(&PASSES), &format!("exec yes '# {long}'"));
    boot_in_little_memory(&bench)
        .assert(125, "error, the emulator writes without end, 64 MiB so far, after ");
}

#[test]
fn a_line_that_is_not_finished_is_shown_at_the_time_out() {
    let bench = Bench::new("unfinished");
    bench.boot_does("printf 'TAP version 13\\n# panic: while a panic is to'; exec sleep 1000");
    let ran = bench.boot(&["--timeout", "1"]);
    ran.assert(125, "error, the kernel panicked: while a panic is to");
    assert!(ran.says("# panic: while a panic is to"));
    bench.boot_does("printf 'early and unfinish'; exec sleep 1000");
    let ran = bench.boot(&["--timeout", "1"]);
    ran.assert(124, "error, time-out after 1 s, as --timeout says, before the log began");
    assert!(ran.says("# before the log: early and unfinish"));
}

#[test]
fn an_emulator_that_closes_its_output_and_stays_is_not_called_a_time_out_of_the_run() {
    let bench = Bench::new("closes");
    bench.boot_does("exec >&- 2>&-; exec sleep 1000");
    bench
        .boot(&["--timeout", "600"])
        .assert(124, "error, the emulator closed its output, and had not ended 5 s");
}

/// Boots an emulator that writes more than any pipe holds, to a reader that reads nothing.
fn start_unread(bench: &Bench, options: &[&str]) -> std::process::Child {
    let pid = bench.path("pid");
    bench.boot_does(&format!("echo $$ > '{}'; echo TAP version 13; exec yes '# and more'", pid.display()));
    let child = bench.start(options);
    bench.wait_for("pid");
    child
}

#[test]
fn a_reader_that_stands_still_does_not_keep_the_time_out_away() {
    let bench = Bench::new("still");
    let mut child = start_unread(&bench, &["--timeout", "1"]);
    assert_eq!(child.wait().unwrap().code(), Some(124));
    bench.assert_gone();
}

#[test]
fn a_reader_that_stands_still_does_not_keep_an_interrupt_away() {
    let bench = Bench::new("still-interrupt");
    let mut child = start_unread(&bench, &[]);
    // Until the host has nowhere to write to any longer.
    std::thread::sleep(std::time::Duration::from_millis(500));
    send("TERM", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    bench.assert_gone();
}

#[test]
fn a_disk_that_is_full_is_named() {
    let bench = Bench::new("full");
    bench.boot_says(log(&PASSES), "");
    let ran = bench.boot(&["--log", "/dev/full"]);
    assert_eq!(ran.status, 2);
    assert!(ran.errors.contains("/dev/full: No space left on device"), "{}", ran.errors);
}

#[test]
fn the_log_is_not_written_over_the_kernel() {
    let bench = Bench::new("over");
    bench.boot_says(log(&PASSES), "");
    let kernel = fs::read(bench.path("kernel")).unwrap();
    fs::hard_link(bench.path("kernel"), bench.path("link")).unwrap();
    for (name, more) in
        [("kernel", &[][..]), ("./kernel", &[]), ("link", &[]), ("kernel.img", &["--image", "raw"])]
    {
        let ran = bench.boot(&[&["--log", name], more].concat());
        assert_eq!(ran.status, 2, "{name}");
        assert!(ran.errors.contains("would be written over the kernel"), "{}", ran.errors);
    }
    assert!(fs::read(bench.path("kernel")).unwrap() == kernel);
}

#[test]
fn a_command_line_that_no_kernel_takes_is_refused() {
    let bench = Bench::new("long-line");
    bench.boot_says(log(&PASSES[..2]), "");
    let names = |count| vec!["access-flag"; count].join(",");
    bench.boot(&["--suite", &names(300), "--case", CASES]).assert(0, "pass");
    let ran = bench.boot(&["--suite", &names(9000)]);
    assert_eq!(ran.status, 2);
    assert!(ran.errors.contains("characters together, more than the 16384"), "{}", ran.errors);
}

#[test]
fn a_reader_that_has_seen_enough_of_a_list_is_no_error() {
    let bench = Bench::new("enough");
    for words in [&["--list"][..], &["--help"]] {
        let mut command = bench.command(words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{words:?}: {errors}");
    }
}

#[test]
fn a_raw_image_that_is_there_is_left_alone_and_another_one_replaced_whole() {
    let bench = Bench::new("raw");
    bench.boot_says(log(&PASSES), "");
    let image = bench.path("kernel.img");
    bench.boot(&["--image", "raw"]).assert(0, "pass");
    // A second name for the same file: what is written in place would show there as well.
    fs::hard_link(&image, bench.path("loading")).unwrap();
    let mut permissions = fs::metadata(&image).unwrap().permissions();
    permissions.set_readonly(true);
    let first = fs::metadata(&image).unwrap().modified().unwrap();
    bench.boot(&["--image", "raw"]).assert(0, "pass");
    assert_eq!(fs::metadata(&image).unwrap().modified().unwrap(), first);
    bench.write("kernel.img", b"another");
    fs::remove_file(bench.path("loading")).unwrap();
    fs::hard_link(&image, bench.path("loading")).unwrap();
    bench.boot(&["--image", "raw"]).assert(0, "pass");
    assert!(fs::read(bench.path("loading")).unwrap() == b"another");
    assert!(fs::read(&image).unwrap().len() == 64);
}
