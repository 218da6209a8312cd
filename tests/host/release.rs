//! The archive that is handed out: what is in it, and that it is the same each time.

use crate::{bench::Bench, ran::Ran};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// Packs a release of the bench's kernel in a folder, with these shell commands before it.
fn release(bench: &Bench, folder: &str, before: &str) -> Ran {
    let built = format!("echo '{{\"executable\":\"{}\"}}'", bench.path("kernel").display());
    let path = bench.path(folder);
    let command = bench.xtask(&built, &["release", path.to_str().unwrap()]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{before}\nexec \"$0\" \"$@\"")]).arg(command.get_program());
    shell.args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&shell.output().unwrap())
}

fn archive(bench: &Bench, folder: &str) -> PathBuf {
    bench.path(folder).join(concat!("afdbm-", env!("CARGO_PKG_VERSION"), ".tar.gz"))
}

fn shell(bench: &Bench, commands: &str) -> Output {
    Command::new("sh").args(["-c", commands]).current_dir(bench.path("")).output().unwrap()
}

#[test]
fn two_releases_are_the_same_to_the_byte() {
    let bench = Bench::new("release-twice");
    let first = release(&bench, "first", "");
    assert_eq!(first.status, 0, "{}", first.errors);
    // Neither the user's mode of new files, nor the order of a folder, nor its language comes in.
    let second = release(&bench, "second", "umask 077; LC_ALL=C.UTF-8; TZ=Asia/Tokyo; export LC_ALL TZ");
    assert_eq!(second.status, 0, "{}", second.errors);
    let [one, other] = ["first", "second"].map(|folder| fs::read(archive(&bench, folder)).unwrap());
    assert!(one == other, "{} and {} bytes", one.len(), other.len());
    assert_eq!(first.lines[1], second.lines[1]);
    // Another kernel, and another date, are another archive.
    let dated = release(&bench, "dated", "SOURCE_DATE_EPOCH=1000000000; export SOURCE_DATE_EPOCH");
    let mut kernel = fs::read(bench.path("kernel")).unwrap();
    *kernel.last_mut().unwrap() ^= 1;
    bench.write("kernel", &kernel);
    let changed = release(&bench, "changed", "");
    assert!(dated.lines[1] != first.lines[1] && changed.lines[1] != first.lines[1]);
    assert!(dated.lines[1] != changed.lines[1]);
}

#[test]
fn the_archive_has_what_is_promised_and_its_checksums_hold() {
    let bench = Bench::new("release-content");
    assert_eq!(release(&bench, "out", "").status, 0);
    let unpacked = shell(
        &bench,
        "cd out && sha256sum --check *.sha256 && tar -xzf *.tar.gz && cd afdbm-*/ && sha256sum --check --strict SHA256SUMS",
    );
    assert!(unpacked.status.success(), "{}", String::from_utf8_lossy(&unpacked.stderr));
    let files = String::from_utf8(shell(&bench, "cd out/afdbm-*/ && find . -type f").stdout).unwrap();
    let checked = String::from_utf8(unpacked.stdout).unwrap();
    for file in [
        "afdbm-kernel.elf",
        "afdbm-kernel.Image",
        "afdbm-disk.img",
        "README.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "docs/machines.md",
        "expectations/README.md",
        "expectations/qemu-tcg.txt",
    ] {
        assert!(files.lines().any(|line| line == format!("./{file}")), "{file}:\n{files}");
        assert!(checked.contains(&format!("\n{file}: OK")), "{file}:\n{checked}");
    }
    // Each file but the sums themselves has one.
    assert_eq!(files.lines().count(), checked.lines().count());
    // A file that was changed on the way is told.
    let changed = shell(&bench, "cd out/afdbm-*/ && echo >> README.md && sha256sum --check SHA256SUMS");
    assert!(!changed.status.success());
}

#[test]
fn a_release_that_cannot_be_made_is_told() {
    let bench = Bench::new("release-refused");
    bench.write("file", b"");
    let ran = release(&bench, "file/below", "");
    assert!(ran.status == 2 && ran.errors.contains("file/below: "), "{}", ran.errors);
    let ran = Ran::of(&bench.xtask("", &["release", "a", "b"]).output().unwrap());
    assert!(ran.status == 2 && ran.errors.contains("one folder, not \"b\""), "{}", ran.errors);
}
