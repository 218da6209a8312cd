//! The disk image: what is refused, and that nothing is left of one that could not be written.

use crate::{bench::Bench, ran::Ran};
use std::{fs, process::Command};

/// Makes a disk of the bench's kernel, with a stand-in for cargo.
fn command(bench: &Bench, words: &[&str]) -> Command {
    let built = format!("echo '{{\"executable\":\"{}\"}}'", bench.path("kernel").display());
    bench.xtask(&built, &[&["disk"], words].concat())
}

fn disk(bench: &Bench, words: &[&str]) -> Ran {
    Ran::of(&command(bench, words).output().unwrap())
}

#[test]
fn a_disk_is_made_once_and_holds_the_options() {
    let bench = Bench::new("disk");
    let path = bench.path("disk.img");
    let path = path.to_str().unwrap();
    let ran = disk(&bench, &[path, "--", "--case", "d01-*"]);
    assert!(ran.status == 0 && ran.says("options: -- --case 'd01-*'"), "{:?} {}", ran.lines, ran.errors);
    let bytes = fs::read(path).unwrap();
    assert!(bytes.windows(8).any(|window| window == b"EFI PART"));
    assert!(bytes.windows(18).any(|window| window == b"-- --case 'd01-*'\n"));
    let ran = disk(&bench, &[path]);
    assert!(ran.status == 2 && ran.errors.contains("is there already, and is kept"), "{}", ran.errors);
    assert!(fs::read(path).unwrap() == bytes);
}

#[test]
fn a_disk_that_cannot_be_made_is_told_and_leaves_nothing() {
    let bench = Bench::new("no-disk");
    let path = bench.path("disk.img");
    let name = path.to_str().unwrap();
    for (words, told) in [
        (&[][..], "disk needs the path of a file first"),
        (&["--atomics", "lse"], "disk needs the path of a file first"),
        (&["/nowhere/disk.img"], "/nowhere/disk.img: No such file"),
        (&[name, "--case", "d01-*"], "--case 'd01-*': what the kernel is to know stands behind --"),
        (&[name, "--", "--no-install"], "the host's stand before it"),
        (&[name, "--", "--case", "d99-*"], "no case is named by --case 'd99-*'"),
    ] {
        let ran = disk(&bench, words);
        assert!(ran.status == 2 && ran.errors.contains(told), "{}", ran.errors);
    }
    // A shell bounds the size of a file; where the bound is reached the system says so as it does of a full disk.
    let full = command(&bench, &[name]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\""]).arg(full.get_program());
    shell.args(full.get_args()).envs(full.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(&shell.output().unwrap());
    assert!(ran.status == 2 && ran.errors.contains("disk.img: File too large"), "{}", ran.errors);
    assert!(!path.exists());
}
