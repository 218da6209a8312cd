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
const CASES: &str = "???-every-*";

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

    /// Boots, with the standard output in our hands.
    pub(crate) fn start(&self, options: &[&str]) -> Child {
        self.command(options).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
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
