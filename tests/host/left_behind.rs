//! What the host leaves running when it ends, however it ends: nothing.

use crate::{
    bench::{Bench, send},
    logs::{PASSES, log},
};
use std::{
    process::{Command, Stdio},
    thread,
};

#[test]
fn whatever_ends_the_host_ends_the_emulator_and_its_children() {
    let signals = ["KILL", "QUIT", "USR1", "ALRM", "ABRT"];
    thread::scope(|scope| {
        for signal in signals {
            scope.spawn(move || {
                let bench = Bench::new(&format!("killed-{signal}"));
                let pid = bench.path("pid");
                bench.boot_does(&format!("sleep 1000 & echo $! > '{}'; wait", pid.display()));
                let mut child = bench.start(&[]);
                bench.wait_for("pid");
                send(signal, &child);
                child.wait().unwrap();
                bench.assert_gone();
            });
        }
    });
}

#[test]
fn children_of_an_emulator_that_has_ended_end() {
    let bench = Bench::new("children");
    bench.boot_says(
        log(&PASSES),
        &format!("sleep 1000 >/dev/null 2>&1 & echo $! > '{}'", bench.path("pid").display()),
    );
    bench.boot(&[]).assert(0, "pass");
    bench.assert_gone();
}

#[test]
fn an_interrupt_ends_a_build() {
    for signal in ["INT", "KILL"] {
        let bench = Bench::new(&format!("build-{signal}"));
        let pid = bench.path("pid");
        let mut command =
            bench.xtask(&format!("sleep 1000 & echo $! > '{}'; wait", pid.display()), &["build"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        bench.wait_for("pid");
        send(signal, &child);
        let status = child.wait().unwrap();
        assert!(signal == "KILL" || status.code() == Some(130), "{status}");
        bench.assert_gone();
    }
}

#[test]
fn a_benchmark_of_an_emulator_that_is_mute_can_be_interrupted() {
    let bench = Bench::new("mute-bench");
    let pid = bench.path("pid");
    bench.boot_does(&format!("echo $$ > '{}'; exec sleep 1000", pid.display()));
    let names_kernel = format!("echo '{{\"executable\":\"{}\"}}'", bench.path("kernel").display());
    let stand_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/emulator");
    let mut command: Command = bench.xtask(&names_kernel, &["bench", "--qemu", stand_in]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    bench.wait_for("pid");
    send("INT", &child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    bench.assert_gone();
}
