//! What a terminal shows beside the log, and a pipe does not.

use crate::{
    bench::Bench,
    logs::{PASSES, log},
    ran::Ran,
};
use std::{fs::File, io::Read, process::Stdio};

/// Says the first case, and waits for the test before it goes on.
fn boot_in_halves(bench: &Bench) {
    let text = log(&PASSES);
    let half = text.find("    ok 2 ").unwrap();
    bench.write("first", &text.as_bytes()[..half]);
    bench.write("second", &text.as_bytes()[half..]);
    bench.boot_does(&format!(
        "cd '{}'\ncat first\nwhile [ ! -e go ]; do sleep 0.1; done\ncat second",
        bench.path("").display()
    ));
}

#[test]
fn a_terminal_shows_what_is_left_and_nothing_of_it_stays() {
    let bench = Bench::new("terminal");
    boot_in_halves(&bench);
    let size = nix::pty::Winsize { ws_row: 24, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = nix::pty::openpty(Some(&size), None).unwrap();
    let mut command = bench.command(&["--timeout", "100"]);
    command.env("TERM", "xterm").stdout(Stdio::piped()).stderr(Stdio::from(pair.slave));
    let child = command.spawn().unwrap();
    // The slave's last copy of ours.
    drop(command);
    let mut terminal = File::from(pair.master);
    let mut shown = String::new();
    let mut buffer = [0; 4096];
    // A terminal whose other end is closed is an error to read.
    while let Ok(count @ 1..) = terminal.read(&mut buffer) {
        shown += &String::from_utf8_lossy(&buffer[..count]);
        if shown.contains(" left, at most 100 s, access-flag") {
            bench.write("go", b"go");
        }
    }
    let ran = Ran::of(&child.wait_with_output().unwrap());
    ran.assert(0, "pass");
    assert!(shown.contains("1 of 3"), "{shown:?}");
    // The last thing that happens to the line is that it is erased.
    let erased = shown.rfind("\u{1b}[2K").expect("the line is erased");
    assert!(!shown[erased..].contains("left"), "{:?}", &shown[erased..]);
    assert!(!ran.lines.iter().any(|line| line.contains(" left, at most ")));
}

#[test]
fn a_pipe_gets_the_log_alone() {
    let bench = Bench::new("pipe");
    boot_in_halves(&bench);
    bench.write("go", b"go");
    let ran = bench.boot(&["--timeout", "100"]);
    ran.assert(0, "pass");
    assert_eq!(ran.errors, "");
    assert!(!ran.says(" left"));
}
