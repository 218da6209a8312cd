//! How the emulator, or the run, can come to its end.

use crate::{
    bench::{Bench, send},
    logs::{PASSES, log},
    ran::Ran,
};
use std::io::BufRead;

#[test]
fn an_emulator_that_dies_is_shown_with_its_complaint() {
    let bench = Bench::new("dies");
    bench.boot_does("echo 'unable to find CPU model' >&2; exit 1");
    let ran = bench.boot(&[]);
    ran.assert(2, "error, the emulator did not boot the kernel");
    assert!(ran.says("# emulator: unable to find CPU model") && !ran.host().contains("64 bits"));
    bench.boot_does("exit 1");
    assert!(bench.boot(&["--cpu", "cortex-a15"]).host().contains("is the --cpu one of 64 bits?"));

    let (begin, _) =
        log(&PASSES).split_once("\nok 1 ").map(|(begin, rest)| (begin.to_owned(), rest.len())).unwrap();
    bench.boot_says(begin, "kill -SEGV $$");
    let ran = bench.boot(&[]);
    ran.assert(
        125,
        "error, the log ends without a verdict, after access-flag/b08-every-atomic-sets-access-flag",
    );
    assert!(ran.host().contains("signal: 11"), "{}", ran.host());

    bench.boot_says("early trouble\n", "");
    let ran = bench.boot(&[]);
    ran.assert(125, "error, the log ends without a verdict, before the log began");
    assert!(ran.says("# before the log: early trouble") && !ran.host().contains("no line was heard"));
    bench.boot_says("", "");
    let ran = bench.boot(&[]);
    ran.assert(125, "error, the log ends without a verdict, before the log began: no line was heard");
}

#[test]
fn silence_ends_with_a_time_out_and_leaves_nothing_running() {
    let bench = Bench::new("silent");
    bench.boot_does(&format!("sleep 1000 & echo $! > '{}'; wait", bench.path("pid").display()));
    bench
        .boot(&["--timeout", "1"])
        .assert(124, "error, time-out after 1 s, as --timeout says, before the log began");
    bench.assert_gone();
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
        send(signal, &child);
        let last = lines.last().unwrap().unwrap();
        assert_eq!(last, "# host: error, interrupted before the first suite");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        bench.assert_gone();
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
    bench.assert_gone();
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
