//! The place of one test of the host: a directory, an image to boot, and a stand-in for the emulator.

use crate::ran::Ran;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The place of one test.
pub(crate) struct Bench {
    directory: PathBuf,
}

/// Two cases of one suite and one of another: what a boot runs that names nothing else.
pub(crate) const CASES: &str = "???-every-*";

impl Bench {
    /// Makes an empty directory for the test of this name.
    pub(crate) fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("expectations")).unwrap();
        let bench = Self { directory };
        bench.write("kernel", &elf());
        bench
    }

    /// Returns the path of a file of the test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Writes a file of the test.
    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Returns the command that runs the host's program with a stand-in for cargo that runs shell commands, and for a
    /// compiler that has the kernel's core library.
    pub(crate) fn xtask(&self, cargo: &str, words: &[&str]) -> Command {
        let library = self.path("sysroot/lib/rustlib/aarch64-unknown-none-softfloat/lib");
        fs::create_dir_all(&library).unwrap();
        fs::write(library.join("libcore.rlib"), "").unwrap();
        let sysroot = format!("echo '{}'", self.path("sysroot").display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(words)
            .env("CARGO", self.program("cargo", cargo))
            .env("RUSTC", self.program("rustc", &sysroot))
            .env("STAND_IN_BOOT", self.path("boot"))
            .stdin(Stdio::null());
        command
    }

    /// Prepares a boot of which the serial line says `log`, and then runs the shell commands `after`.
    pub(crate) fn boot_says(&self, log: impl AsRef<[u8]>, after: &str) {
        self.write("log", log.as_ref());
        self.boot_does(&format!("cat '{}'\n{after}", self.path("log").display()));
    }

    /// Prepares a boot that runs shell commands.
    pub(crate) fn boot_does(&self, commands: &str) {
        self.write("boot", commands.as_bytes());
    }

    /// Returns the command that boots the image on the stand-in, with more options.
    pub(crate) fn command(&self, options: &[&str]) -> Command {
        let named = options.iter().any(|option| ["--suite", "--case"].contains(option));
        let cases: &[&str] = if named { &[] } else { &["--case", CASES] };
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .arg("boot")
            .arg(self.path("kernel"))
            .arg("--qemu")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/emulator"))
            .arg("--expectations")
            .arg(self.path("expectations"))
            .args(cases)
            .args(options)
            .env("STAND_IN_BOOT", self.path("boot"))
            .current_dir(&self.directory)
            .stdin(Stdio::null());
        command
    }

    /// Boots and waits for the end.
    pub(crate) fn boot(&self, options: &[&str]) -> Ran {
        Ran::of(&self.command(options).output().unwrap())
    }

    /// Checks that the process whose id the boot has noted in the file `pid` is gone; one that was ended may take a
    /// moment, and its new parent may let it lie.
    pub(crate) fn assert_gone(&self) {
        let pid = fs::read_to_string(self.path("pid")).unwrap();
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

    /// Waits until a file of the test is there, and not empty.
    pub(crate) fn wait_for(&self, name: &str) {
        let there = (0..3000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            fs::read(self.path(name)).is_ok_and(|content| !content.is_empty())
        });
        assert!(there, "{name} does not come");
    }

    /// Writes a program of the test, and returns its path.
    pub(crate) fn program(&self, name: &str, commands: &str) -> PathBuf {
        self.write(name, format!("#!/bin/sh\n{commands}\n").as_bytes());
        let path = self.path(name);
        assert!(Command::new("chmod").arg("+x").arg(&path).status().unwrap().success());
        path
    }

    /// Boots, with the standard output in our hands.
    pub(crate) fn start(&self, options: &[&str]) -> Child {
        self.command(options).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// Sends a signal to the program, with the shell's own kill: the program is no part of a small system.
pub(crate) fn send(signal: &str, child: &Child) {
    let kill = Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", child.id())).status();
    assert!(kill.unwrap().success());
}

/// Builds a file that is linked for AArch64 and loads an arm64 Linux header.
fn elf() -> Vec<u8> {
    let mut header = [0u8; 64];
    header[56..60].copy_from_slice(b"ARM\x64");
    let start = 64 + 56;
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend([2u16, 183].map(u16::to_le_bytes).concat()); // ET_EXEC, EM_AARCH64
    bytes.extend(1u32.to_le_bytes());
    bytes.extend([0x4020_0000u64, 64, 0].map(u64::to_le_bytes).concat());
    bytes.extend(0u32.to_le_bytes());
    bytes.extend([64u16, 56, 1, 64, 0, 0].map(u16::to_le_bytes).concat());
    bytes.extend([1u32, 5].map(u32::to_le_bytes).concat()); // PT_LOAD, R+X
    bytes.extend([start, 0xffff_8000_4020_0000, 0x4020_0000, 64, 64, 4096].map(u64::to_le_bytes).concat());
    bytes.extend(header);
    bytes
}
