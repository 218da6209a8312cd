//! Logs that this program has booted nothing for: of files, and of machines on a serial line.

use crate::{
    bench::Bench,
    logs::{self, FAILS, PASSES, SKIPS, log},
    ran::Ran,
};
use std::{
    fs::File,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

const KNOWN: &str =
    "wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";

/// A log that says that it was asked for just the cases that it has.
fn asked(log: &str) -> String {
    let (before, _) = log.rsplit_once("# rerun: ").unwrap();
    format!("{before}# rerun: scripts/run --case '???-every-*' --seed 0x5eed\n")
}

fn judge(bench: &Bench, options: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("judge").arg(bench.path("log")).arg("--expectations").arg(bench.path("expectations"));
    Ran::of(&command.args(options).stdin(Stdio::null()).output().unwrap())
}

#[test]
fn a_file_is_judged_as_a_boot_is() {
    let bench = Bench::new("file");
    for (steps, status, host) in
        [(PASSES, 0, "pass"), (FAILS, 1, "fail, 1 new failure"), (SKIPS, 77, "nothing could be tested")]
    {
        let text = asked(&log(&steps));
        let firmware = "U-Boot 2024.01\r\nok 1 - memory test\r\n1..2\r\nStarting kernel ...\r\n\r\n";
        let escapes = "\u{1b}[2J\u{1b}[01;01H\u{1b}[=3h";
        for shape in [
            text.clone(),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\r\r\n"),
            format!("{firmware}{escapes}{}", text.replace('\n', "\r\n")),
            format!("# verdict: pass | passed 3 failed 0 errors 0 skipped 0 | boot 0 s\n{text}"),
        ] {
            bench.write("log", shape.as_bytes());
            judge(&bench, &[]).assert(status, host);
        }
    }
}

#[test]
fn a_log_that_is_cut_is_no_pass() {
    let bench = Bench::new("cut-file");
    let whole = asked(&log(&PASSES));
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for end in 0..lines.len() {
        bench.write("log", lines[..end].concat().as_bytes());
        judge(&bench, &[]).assert(125, "error, the log ");
    }
    for missing in 0..lines.len() {
        let without = [&lines[..missing], &lines[missing + 1..]].concat().concat();
        bench.write("log", without.as_bytes());
        let ran = judge(&bench, &[]);
        let comment = lines[missing].trim_start().strip_prefix("# ");
        let decides = ["rerun", "verdict", "Subtest", "afdbm"];
        let says_nothing = comment.is_some_and(|text| !decides.iter().any(|word| text.starts_with(word)));
        assert_eq!(ran.status, if says_nothing { 0 } else { 125 }, "{}", lines[missing]);
    }
    // The machine has started again, and nobody knows why.
    bench.write("log", format!("{}{whole}", lines[..9].concat()).as_bytes());
    judge(&bench, &[]).assert(125, "error, the log contradicts itself: ");
    let ran = {
        bench.write("log", lines[..lines.len() - 4].concat().as_bytes());
        judge(&bench, &["--case", "???-every-*"])
    };
    assert!(ran.says("another run takes them up: --suite dirty-state"), "{:?}", ran.lines);
}

#[test]
fn what_was_not_asked_for_is_no_pass() {
    let bench = Bench::new("not-asked");
    let whole = log(&PASSES);
    bench.write("log", whole.as_bytes());
    // By its own account it is a run of another case alone.
    judge(&bench, &[]).assert(125, "error, the log contradicts itself: ");
    let text = asked(&whole);
    bench.write("log", text.as_bytes());
    judge(&bench, &["--case", "b07-*"]).assert(125, "error, the log contradicts itself: ");
    judge(&bench, &["--case", "???-every-*", "--smp", "4"]).assert(0, "pass");
    judge(&bench, &["--smp", "2"]).assert(125, "error, not the machine that was asked for: it has cpus=4");
    bench.write("log", text.replace("afdbm 0.1.0", "afdbm 0.0.9").as_bytes());
    judge(&bench, &[]).assert(125, "error, the log contradicts itself: it is of afdbm 0.0.9");
    let other = text.replace("# rerun: scripts/run --case '???-every-*'", "# rerun: scripts/run --cases x");
    bench.write("log", other.as_bytes());
    judge(&bench, &[]).assert(125, "error, the log contradicts itself: it does not tell");
}

#[test]
fn deviations_are_known_of_the_machine_that_the_log_names() {
    let bench = Bench::new("named-by-log");
    let deviation = format!("dirty-state/d15-* always D15 R_NSXRD leaves RO\n    kind  {KNOWN}\n");
    let of_machine = "midr 0x000f051?\nhypervisor kvm\nmeasured once\n";
    let of_emulator = "emulator qemu\nversions 7.2-7.2\nmeasured 7.2.22\naccelerator tcg\ncpu *\n";
    bench.write("expectations/kvm.txt", format!("{of_machine}{deviation}").as_bytes());
    let text = asked(&logs::with_kinds(&FAILS, &[KNOWN]));
    let on = |hypervisor: &str| text.replacen("1..2", &format!("# hypervisor: {hypervisor}\n1..2"), 1);
    bench.write("log", on("kvm").as_bytes());
    judge(&bench, &[]).assert(0, "pass, 1 known deviation");
    judge(&bench, &["--strict"]).assert(1, "fail, as --strict");
    for other in [on("none"), text.clone(), on("kvm").replace("midr=0x000f0510", "midr=0x410fd0c1")] {
        bench.write("log", other.as_bytes());
        judge(&bench, &[]).assert(1, "fail, 1 new failure");
    }
    bench.write("expectations/kvm.txt", format!("{of_emulator}{deviation}").as_bytes());
    bench.write("log", text.as_bytes());
    judge(&bench, &[]).assert(1, "fail, 1 new failure");
    for (emulated, status) in [("7.2.9 | tcg", 0), ("8.0.0 | tcg", 1), ("7.2.9 | kvm", 1), ("7.2.9 | x", 1)] {
        let before = format!("# run: scripts/run\n# emulator: QEMU {emulated} | host: linux x86_64\n");
        bench.write("log", format!("{before}{text}# host: fail\n").as_bytes());
        assert_eq!(judge(&bench, &[]).status, status, "{emulated}");
    }
}

#[test]
fn what_a_boot_has_written_down_is_judged_alike() {
    let bench = Bench::new("judged-again");
    for (text, after, status) in [
        (log(&PASSES), "", 0),
        (logs::with_kinds(&FAILS, &[KNOWN]), "", 1),
        (log(&PASSES), "kill -SEGV $$", 125),
        (log(&PASSES).replacen("# verdict", "# panic: at 1\n# verdict", 1), "", 125),
    ] {
        bench.boot_says(asked(&text), after);
        let log = bench.path("log").display().to_string() + ".copy";
        assert_eq!(bench.boot(&["--log", &log]).status, status);
        std::fs::rename(&log, bench.path("log")).unwrap();
        assert_eq!(judge(&bench, &[]).status, status);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let bench = Bench::new("no-file");
    assert!(judge(&bench, &[]).errors.contains("log: No such file"));
    std::fs::create_dir(bench.path("log")).unwrap();
    assert!(judge(&bench, &[]).errors.contains("a folder, a log was expected"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let ran = Ran::of(&command.arg("judge").output().unwrap());
    assert!(ran.status == 2 && ran.errors.contains("needs the path of a log"));
    bench.write("stdin", asked(&log(&PASSES)).as_bytes());
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["judge", "-"]).stdin(File::open(bench.path("stdin")).unwrap());
    Ran::of(&command.output().unwrap()).assert(0, "pass");
}

/// Our end of a serial line, and the device at the other.
fn line() -> (File, PathBuf) {
    let pair = nix::pty::openpty(None, None).unwrap();
    // Of the duplicate the listener inherits nothing.
    let machine = File::from(pair.master).try_clone().unwrap();
    (machine, nix::unistd::ttyname(pair.slave).unwrap())
}

fn listen(bench: &Bench, device: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["run", "--serial", device, "--case", "???-every-*"]);
    command.arg("--expectations").arg(bench.path("expectations")).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn a_machine_on_a_serial_line_is_judged() {
    let bench = Bench::new("serial");
    for (text, status, host) in [
        (log(&PASSES), 0, "pass"),
        (log(&FAILS), 1, "fail, 1 new failure"),
        (log(&PASSES).replacen("    ok 1 d15", "    ok 1", 1), 125, "error, the log contradicts itself: "),
    ] {
        let (mut machine, device) = line();
        let listener = listen(&bench, device.to_str().unwrap()).spawn().unwrap();
        // The end of another run, of which the beginning was lost, is nothing.
        let tail = log(&PASSES).split_once("1..2").unwrap().1.to_owned();
        let all = format!("{tail}\nStarting kernel\n{}", asked(&text)).replace('\n', "\r\n");
        thread::sleep(Duration::from_millis(300));
        machine.write_all(all.as_bytes()).unwrap();
        Ran::of(&listener.wait_with_output().unwrap()).assert(status, host);
    }
}

#[test]
fn a_serial_line_that_is_cut_passes_nothing() {
    let bench = Bench::new("serial-cut");
    let (mut machine, device) = line();
    let mut command = listen(&bench, device.to_str().unwrap());
    let listener = command.args(["--timeout", "6"]).spawn().unwrap();
    thread::sleep(Duration::from_millis(300));
    let whole = asked(&log(&PASSES));
    machine.write_all(&whole.as_bytes()[..whole.len() / 2]).unwrap();
    thread::sleep(Duration::from_millis(500));
    drop(machine);
    let ran = Ran::of(&listener.wait_with_output().unwrap());
    ran.assert(124, "error, time-out after 6 s, ");
    assert!(ran.says("has gone away; it is waited for"), "{:?}", ran.lines);
    let ran = Ran::of(&listen(&bench, "/nowhere/tty,9600").output().unwrap());
    assert!(ran.status == 2 && ran.errors.contains("/nowhere/tty: "), "{}", ran.errors);
    let ran = Ran::of(&listen(&bench, "/dev/null").output().unwrap());
    assert!(ran.status == 2 && ran.errors.contains("/dev/null: "), "{}", ran.errors);
}
